#pragma once

#include "recon/core/json.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reader.hpp"
#include "writer.hpp"

namespace recon {

/// Everything that a store holds of one question.
struct StoreEntry {
  struct KeptAnswer {
    std::int64_t sample = 0;
    std::string text;  ///< JSON as the store keeps it
    std::string created;
  };
  struct KeptFailure {
    Failure failure;
    std::string created;
  };
  Digest question;
  std::optional<StoreWriter::Question> asked;  ///< absent for what only calls remember
  std::vector<KeptAnswer> answers;
  std::vector<KeptFailure> failures;
  std::vector<StoredCall> calls;
  int retries = 0;

  [[nodiscard]] Json to_json() const;
  /// Throws RunError saying what is wrong, for an unknown field too.
  [[nodiscard]] static StoreEntry from_json(const Json& value);
};

/// Reads the entries of a store one by one, in the order of their digests, from one state of the file.
class StoreEntryReader {
 public:
  explicit StoreEntryReader(const std::filesystem::path& store);
  /// Throws RunError for a damaged answer.
  [[nodiscard]] std::optional<StoreEntry> next();

 private:
  std::filesystem::path path_;
  std::unique_ptr<SQLite::Database> database_;
  StoreLayout layout_;
  SQLite::Transaction snapshot_;
  AnswerReader answers_;
  SQLite::Statement keys_, asked_, failures_, calls_;
  std::optional<SQLite::Statement> retries_;
  bool calls_left_ = false;

  void read_asked(StoreEntry& entry);
  void read_failures(StoreEntry& entry);
  void read_calls(StoreEntry& entry);
};

}  // namespace recon
