#include "reader.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace recon {
namespace {

std::string_view text_of(const SQLite::Column& column) {
  const char* text = column.getText();  // before the length: SQLite may convert
  return {text, static_cast<std::size_t>(column.getBytes())};
}

}  // namespace

AnswerReader::AnswerReader(std::filesystem::path path, SQLite::Database& database, const StoreLayout& layout)
    : path_(std::move(path)),
      unchecked_(layout.checksums ? layout.unchecked_answers : INT64_MAX),
      select_(database, fmt::format("SELECT sample, answer, created, {}, rowid FROM answers "
                                    "WHERE question = ? ORDER BY sample",
                                    layout.checksums ? "checksum" : "NULL")) {}

AnswerReader::Row AnswerReader::checked_row(const Digest& question) {
  const SQLite::Column checksum = select_.getColumn(3);
  const Row row{select_.getColumn(0).getInt64(), text_of(select_.getColumn(1)), text_of(select_.getColumn(2)),
                !checksum.isNull()};
  if (!row.has_checksum) {
    if (select_.getColumn(4).getInt64() > unchecked_) fail(question, row.sample, "its checksum is missing");
    return row;
  }
  const AnswerChecksum expected = answer_checksum(question, row.sample, row.text);
  const auto* stored = static_cast<const std::uint8_t*>(checksum.getBlob());
  if (static_cast<std::size_t>(checksum.getBytes()) != expected.size() ||
      !std::equal(expected.begin(), expected.end(), stored))
    fail(question, row.sample, "its checksum differs");
  return row;
}

Answer AnswerReader::parse(const Digest& question, const Row& row) {
  try {
    return parser_.parse(row.text);
  } catch (const std::exception& error) {
    fail(question, row.sample, error.what());
  }
}

std::vector<StoredAnswer> AnswerReader::read(const Digest& question) {
  std::vector<StoredAnswer> found;
  for_each(question, [&](const Row& row) {
    found.push_back({static_cast<int>(row.sample), parse(question, row)});
  });
  return found;
}

void AnswerReader::fail(const Digest& question, std::int64_t sample, std::string_view why) const {
  throw RunError(
      fmt::format("{}: the stored answer {} of question {} can't be read: {}; the file is damaged: restore a "
                  "copy of the store, or see what else is wrong with `recon cache verify`",
                  path_.string(), sample, question.hex(), why));
}

}  // namespace recon
