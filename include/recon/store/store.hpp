#pragma once

#include "recon/model/request.hpp"
#include "recon/store/question_key.hpp"

#include <cstddef>
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

struct StoredAnswer {
  int sample = 0;
  Answer answer;
};

/// What one call cost and for whom.
struct Spending {
  std::string run;    ///< whose budget it counts against
  std::string model;  ///< its name in the config
  double usd = 0;
  bool assumed = false;  ///< the reply never came, but may be billed: tokens and dollars are upper estimates
};

/// What one call brought, to be stored together.
struct StoredCompletion {
  Digest question;
  std::vector<StoredAnswer> answers;
  Usage usage;
  std::optional<Failure> failure;
  Spending spending = {};
};

/// What the calls of a run cost so far, assumed ones among them.
struct Spent {
  double usd = 0;
  std::int64_t tokens = 0;  ///< of prompts and completions
};

/// A question that was asked once, as it is kept to explain a miss.
struct StoredQuestion {
  Digest digest;
  std::string identity;  ///< of the model
  std::string purpose;
  std::uint64_t seed = 0;
  int replicate = 0;
  std::string record;       ///< Task::key
  Json parts;               ///< QuestionKey::parts
  std::size_t answers = 0;  ///< that are stored
  std::string last_answer;  ///< when the last one came (UTC, ISO 8601); empty where none did
};

/// How SQLite protects a commit. `write_ahead` is fast, but needs shared memory between all processes that
/// use the file, which network file systems do not give; `automatic` takes `rollback` there, and leaves it to
/// a store that has it.
enum class StoreJournal { automatic, write_ahead, rollback };
/// From the config's `auto`, `wal` or `rollback`. Throws UsageError for another word.
[[nodiscard]] StoreJournal store_journal_from(std::string_view name);

/// The durable record of every answer paid for: SQLite, append-only, one transaction a `commit`, synced
/// before it returns. One thread uses an object; several processes may share the file.
///
/// Every answer has a checksum: a damaged one is an error, never a wrong answer. Stores of before checksums,
/// spending and retries stay readable; opening one for writing adds what is missing.
class ResponseStore {
 public:
  /// Opens or creates (missing folders too). Throws RunError for a file that is not a store, is damaged or
  /// has a newer format. `read_only` (for replaying) never changes the file, needs no permission to write and
  /// throws RunError for a missing one; where it may, SQLite leaves an empty `-wal` and a `-shm` file beside
  /// it. `journal` is for writing.
  ResponseStore(const std::filesystem::path& path, bool read_only,
                StoreJournal journal = StoreJournal::automatic);
  ~ResponseStore();
  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;

  /// Another object on the same file, for reading on another thread. Throws RunError where the file can't be
  /// opened a second time.
  [[nodiscard]] std::unique_ptr<ResponseStore> second_reader() const;

  /// All stored answers of a question, by sample index. Throws RunError naming the question where one is
  /// damaged. What another process stores is seen some milliseconds later at the latest. Reading is quickest
  /// before the first `remember`.
  [[nodiscard]] std::vector<StoredAnswer> answers(const Digest& question) const;
  /// To be called before a pause between reads of answers: what they see may be held for as long, and then
  /// the log of the file could not be emptied.
  void end_snapshot() const;
  /// The last final failure of a question. It stays when answers come later: whoever finds answers need not
  /// ask.
  [[nodiscard]] std::optional<Failure> failure(const Digest& question) const;
  /// Tokens of every call that was ever committed.
  [[nodiscard]] Usage total_usage() const;
  /// What every call of this run cost.
  [[nodiscard]] Spent spent(const std::string& run) const;
  /// The questions asked for a record, by purpose and digest.
  [[nodiscard]] std::vector<StoredQuestion> questions_of(std::string_view record) const;
  /// Completion tokens per answer of a model's questions of one purpose; nothing where no call reported any.
  /// The first call reads the whole store (seconds at a million questions).
  [[nodiscard]] std::optional<double> mean_completion_tokens(std::string_view identity,
                                                             std::string_view purpose) const;

  /// Remembers a question's parts (to explain a miss later); written with the next commit, and again with its
  /// answer, in case another process removed them meanwhile; dropped in a read-only store.
  void remember(const Digest& question, const QuestionKey& key, const std::string& record);
  /// Stores completions in one transaction; an answer already there stays as it is. Returns when synced to
  /// disk: the completions as they stand in the store now, which for a sample that another process stored
  /// first is the other's answer. Waits up to 10 minutes for another process that locks the file. Throws
  /// RunError when that fails (a full disk, say); then nothing of this commit is stored, everything earlier
  /// stays, and a later commit may work.
  std::vector<StoredCompletion> commit(std::vector<StoredCompletion> completions);

  /// Allows a question another round of replies after its unusable ones; stored at once.
  void grant_retry(const Digest& question);
  /// The same for many questions, in one transaction.
  void grant_retries(const std::vector<Digest>& questions);
  /// Rounds granted to a question. Costs nothing where the store held no grant when it was opened and none
  /// was made by this object.
  [[nodiscard]] int retries(const Digest& question) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  explicit ResponseStore(std::unique_ptr<State> state);
};

/// Deletes every answer and failure of the questions that `concerned` says yes to, by their record
/// (Task::key) and purpose, and overwrites where they were; what the calls cost stays. Returns the number of
/// answers. Throws RunError as ResponseStore does, and where another process keeps the old bytes in use.
std::size_t forget_answers(
    const std::filesystem::path& store,
    const std::function<bool(std::string_view record, std::string_view purpose)>& concerned);

}  // namespace recon
