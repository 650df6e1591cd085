#include "entry.hpp"

#include "recon/core/error.hpp"

#include <cstring>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr const char* reading = "reading from the response store failed";

std::string keys_query(const StoreLayout& layout) {
  return fmt::format(
      "SELECT question FROM questions UNION SELECT question FROM answers "
      "UNION SELECT question FROM failures UNION SELECT question FROM calls {}ORDER BY 1",
      layout.retries ? "UNION SELECT question FROM retries " : "");
}

std::string calls_query(const StoreLayout& layout) {
  return fmt::format(
      "SELECT question, prompt_tokens, cached, completion, reasoning, created, {} FROM calls "
      "ORDER BY question, created, id",
      layout.spending ? "run, model, usd, assumed" : "NULL, NULL, NULL, NULL");
}

std::unique_ptr<SQLite::Database> open_for_reading(const std::filesystem::path& store) {
  return open_store_file(store, {.read_only = true});
}

}  // namespace

StoreEntryReader::StoreEntryReader(const std::filesystem::path& store)
    : path_(store),
      database_(open_for_reading(store)),
      layout_(layout_of(*database_)),
      snapshot_(*database_, SQLite::TransactionBehavior::DEFERRED),
      answers_(store, *database_, layout_),
      keys_(*database_, keys_query(layout_)),
      asked_(*database_,
             "SELECT identity, purpose, seed, replicate, record, parts FROM questions WHERE question = ?"),
      failures_(*database_,
                "SELECT kind, message, raw, created FROM failures WHERE question = ? ORDER BY created, id"),
      calls_(*database_, calls_query(layout_)) {
  if (layout_.retries) retries_.emplace(*database_, "SELECT granted FROM retries WHERE question = ?");
}

std::optional<StoreEntry> StoreEntryReader::next() {
  return guarded(path_, reading, [&]() -> std::optional<StoreEntry> {
    if (!calls_.hasRow() && !calls_.isDone()) calls_.executeStep();
    if (!keys_.executeStep()) return std::nullopt;
    StoreEntry entry;
    entry.question = digest_from_column(keys_.getColumn(0));
    read_asked(entry);
    answers_.for_each(entry.question, [&](const AnswerReader::Row& row) {
      static_cast<void>(answers_.parse(entry.question, row));  // nothing unreadable is handed on
      entry.answers.push_back({row.sample, std::string(row.text), std::string(row.created)});
    });
    read_failures(entry);
    read_calls(entry);
    if (retries_) {
      StatementUse select(*retries_);
      select.bind(1, entry.question);
      if (select->executeStep()) entry.retries = select->getColumn(0).getInt();
    }
    return entry;
  });
}

void StoreEntryReader::read_asked(StoreEntry& entry) {
  StatementUse select(asked_);
  select.bind(1, entry.question);
  if (!select->executeStep()) return;
  StoreWriter::Question asked;
  asked.digest = entry.question;
  asked.identity = select->getColumn(0).getString();
  asked.purpose = select->getColumn(1).getString();
  asked.seed = static_cast<std::uint64_t>(select->getColumn(2).getInt64());
  asked.replicate = select->getColumn(3).getInt();
  asked.record = select->getColumn(4).getString();
  asked.parts = select->getColumn(5).getString();
  if (!Json::accept(asked.parts)) {
    throw RunError(fmt::format(
        "{}: the stored parts of question {} are no JSON; the file is damaged: restore a copy of the store",
        path_.string(), entry.question.hex()));
  }
  entry.asked = std::move(asked);
}

void StoreEntryReader::read_failures(StoreEntry& entry) {
  StatementUse select(failures_);
  select.bind(1, entry.question);
  while (select->executeStep()) {
    const std::string kind = select->getColumn(0).getString();
    const auto known = failure_kind_from(kind);
    if (!known) {
      throw RunError(
          fmt::format("{}: unknown kind of failure '{}' of question {}; the store was written by "
                      "another version of recon",
                      path_.string(), kind, entry.question.hex()));
    }
    entry.failures.push_back(
        {Failure{*known, select->getColumn(1).getString(), select->getColumn(2).getString()},
         select->getColumn(3).getString()});
  }
}

/// The cursor over all calls runs along with the one over all questions.
void StoreEntryReader::read_calls(StoreEntry& entry) {
  for (; calls_.hasRow(); calls_.executeStep()) {
    if (digest_from_column(calls_.getColumn(0)) != entry.question) return;
    entry.calls.push_back(call_from_row(calls_, 1));
  }
}

}  // namespace recon
