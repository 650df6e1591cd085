#pragma once

#include "recon/store/store.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "database.hpp"
#include "reader.hpp"
#include "writer.hpp"
#include <SQLiteCpp/SQLiteCpp.h>

namespace recon {

/// Lets reads that follow each other closely see one state of the file: to look for the newest takes as long
/// as to read an answer. What another process stores is seen some milliseconds later.
class ReadTransaction {
 public:
  explicit ReadTransaction(SQLite::Database& database);
  /// Before a read of answers.
  void renew();
  /// Before anything else, which is to see the newest state.
  void end();
  /// From now on every read sees the newest state, and nothing stays open between reads.
  void forgo();

 private:
  bool allowed_;  ///< with a rollback journal it would keep writers waiting
  bool open_ = false;
  std::chrono::steady_clock::time_point opened_;
  SQLite::Statement begin_, end_;
};

struct ResponseStore::State {
  State(std::filesystem::path file, std::unique_ptr<SQLite::Database> opened, bool read_only);

  std::filesystem::path path;
  std::unique_ptr<SQLite::Database> database;
  StoreLayout layout;
  ReadTransaction lease;
  AnswerReader answers;
  SQLite::Statement failure;
  std::optional<SQLite::Statement> retries;
  bool has_retries = false;
  std::optional<StoreWriter> writer;
  std::vector<StoreWriter::Question> remembered;
  /// Written, but without a completion so far: another process may have removed them meanwhile.
  std::unordered_map<Digest, StoreWriter::Question, DigestHash> waiting;
  /// By identity and purpose; made when first asked for, dropped by a commit.
  std::optional<std::map<std::pair<std::string, std::string>, double>> mean_completion_tokens;

  /// Throws RunError in a read-only store.
  StoreWriter& writing();
  /// Writes, and makes `completion` what the store holds now.
  void write(StoredCompletion& completion);
};

}  // namespace recon
