#pragma once

#include "recon/store/store.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

#include "answer.hpp"
#include "database.hpp"
#include <SQLiteCpp/SQLiteCpp.h>

namespace recon {

/// Answers of an open store, checked.
class AnswerReader {
 public:
  AnswerReader(std::filesystem::path path, SQLite::Database& database, const StoreLayout& layout);

  struct Row {
    std::int64_t sample = 0;
    std::string_view text;  ///< valid until the next row
    std::string_view created;
    bool has_checksum = false;  ///< those of an older recon have none
  };
  /// Calls `use` for every answer of a question, by sample, its checksum compared. Throws RunError naming
  /// the question where it differs.
  template <class Use>
  void for_each(const Digest& question, const Use& use) {
    StatementUse select(select_);
    select.bind(1, question);
    while (select->executeStep()) use(checked_row(question));
  }
  [[nodiscard]] std::vector<StoredAnswer> read(const Digest& question);
  /// Throws RunError naming the question for a text that is no answer.
  [[nodiscard]] Answer parse(const Digest& question, const Row& row);

 private:
  std::filesystem::path path_;
  std::int64_t unchecked_;
  SQLite::Statement select_;
  AnswerParser parser_;
  [[nodiscard]] Row checked_row(const Digest& question);
  [[noreturn]] void fail(const Digest& question, std::int64_t sample, std::string_view why) const;
};

}  // namespace recon
