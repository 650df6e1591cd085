#pragma once

#include "recon/model/request.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recon {

/// What identifies a question in the store (DESIGN section 5). Samples of one question share it.
struct QuestionKey {
  std::string identity;  ///< of the model
  std::string purpose;   ///< `baseline`, `candidates`, ...
  std::uint64_t seed = 0;
  int replicate = 0;
  Json request;  ///< semantic_json
  [[nodiscard]] Digest digest() const;
};

struct StoredAnswer {
  int sample = 0;
  Answer answer;
};

/// What one call brought, to be stored together.
struct StoredCompletion {
  Digest question;
  std::vector<StoredAnswer> answers;
  Usage usage;
  std::optional<Failure> failure;
};

/// The durable record of every answer paid for: SQLite, append-only, one transaction a `commit`, synced
/// before it returns. One thread uses an object; several processes may share the file.
class ResponseStore {
 public:
  /// Opens or creates (missing folders too). Throws RunError for a file that is not a store, is damaged or
  /// has a newer format. `read_only` (for replaying) never changes the file, needs no permission to write and
  /// throws RunError for a missing one; where it may, SQLite leaves an empty `-wal` and a `-shm` file beside
  /// it.
  ResponseStore(const std::filesystem::path& path, bool read_only);
  ~ResponseStore();
  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;

  /// All stored answers of a question, by sample index.
  [[nodiscard]] std::vector<StoredAnswer> answers(const Digest& question) const;
  /// The last final failure of a question. It stays when answers come later: whoever finds answers need not
  /// ask.
  [[nodiscard]] std::optional<Failure> failure(const Digest& question) const;
  /// Tokens of every call that was ever committed.
  [[nodiscard]] Usage total_usage() const;

  /// Remembers a question's parts (to explain a miss later); written with the next commit, dropped in a
  /// read-only store.
  void remember(const Digest& question, const QuestionKey& key, const std::string& record);
  /// Stores completions in one transaction; an answer already there stays as it is. Returns when synced to
  /// disk. Throws RunError when that fails (a full disk, say); then nothing of this commit is stored and
  /// everything earlier stays.
  void commit(const std::vector<StoredCompletion>& completions);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Deletes every answer and failure of the questions that `concerned` says yes to, by their record
/// (Task::key) and purpose, and overwrites where they were; what the calls cost stays. Returns the number of
/// answers. Throws RunError as ResponseStore does, and where another process keeps the old bytes in use.
std::size_t forget_answers(
    const std::filesystem::path& store,
    const std::function<bool(std::string_view record, std::string_view purpose)>& concerned);

}  // namespace recon
