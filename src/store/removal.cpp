#include "removal.hpp"

#include "recon/core/error.hpp"

#include "database.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr const char* removing = "answers can't be removed";
constexpr const char* not_wiped =
    "what was to be removed is removed, but its old bytes are not overwritten yet (run the same command "
    "again)";

/// A condition on rows of answers, failures or calls; the time is parameter 1 where there is one.
std::string is_concerned(const RemovalScope& scope) {
  return fmt::format("question IN (SELECT question FROM chosen){}", scope.before ? " AND created < ?1" : "");
}

SQLite::Statement statement(SQLite::Database& database, const RemovalScope& scope, const std::string& text) {
  SQLite::Statement made(database, text + is_concerned(scope));
  if (scope.before) made.bind(1, *scope.before);
  return made;
}

std::size_t count(SQLite::Database& database, const RemovalScope& scope, const char* table) {
  SQLite::Statement select = statement(database, scope, fmt::format("SELECT count(*) FROM {} WHERE ", table));
  select.executeStep();
  return static_cast<std::size_t>(select.getColumn(0).getInt64());
}

/// Fills `chosen` by the filter.
void choose(SQLite::Database& database, const StoreFilter& filter) {
  make_chosen(database);
  const char* rows = filter.failures_only ? "SELECT question, created FROM failures"
                                          : "SELECT question, created FROM answers UNION ALL "
                                            "SELECT question, created FROM failures";
  std::string query = fmt::format(
      "INSERT OR IGNORE INTO chosen SELECT question FROM questions WHERE EXISTS("
      "SELECT 1 FROM ({}) AS kept WHERE kept.question = questions.question {})",
      rows, filter.before ? "AND kept.created < :before" : "");
  if (filter.purpose) query += " AND purpose = :purpose";
  if (filter.identity) query += " AND instr(identity, :identity) > 0";
  if (filter.record_prefix) query += " AND substr(record, 1, length(:record)) = :record";
  SQLite::Statement insert(database, query);
  if (filter.before) insert.bind(":before", *filter.before);
  if (filter.purpose) insert.bind(":purpose", *filter.purpose);
  if (filter.identity) insert.bind(":identity", *filter.identity);
  if (filter.record_prefix) insert.bind(":record", *filter.record_prefix);
  insert.exec();
}

}  // namespace

void make_chosen(SQLite::Database& database) {
  database.exec("CREATE TEMP TABLE chosen(question BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID");
}

StoreRemoval count_chosen(SQLite::Database& database, const RemovalScope& scope) {
  StoreRemoval removal;
  removal.questions = static_cast<std::size_t>(database.execAndGet("SELECT count(*) FROM chosen").getInt64());
  removal.failures = count(database, scope, "failures");
  if (scope.failures_only) return removal;
  removal.answers = count(database, scope, "answers");
  const bool has_cost = layout_of(database).spending;
  SQLite::Statement cost =
      statement(database, scope,
                fmt::format("SELECT {}, total(prompt_tokens + completion) FROM calls WHERE ",
                            has_cost ? "total(usd)" : "0"));
  cost.executeStep();
  removal.usd = cost.getColumn(0).getDouble();
  removal.tokens = cost.getColumn(1).getInt64();
  return removal;
}

void delete_chosen(SQLite::Database& database, const RemovalScope& scope) {
  statement(database, scope, "DELETE FROM failures WHERE ").exec();
  if (!scope.failures_only) {
    // The one exception to the rule that answers stay; the rule itself comes back with the same transaction.
    const std::string rule =
        database.execAndGet("SELECT sql FROM sqlite_master WHERE name = 'answers_remain'").getString();
    database.exec("DROP TRIGGER answers_remain");
    statement(database, scope, "DELETE FROM answers WHERE ").exec();
    database.exec(rule);
  }
  for (const char* table : {"questions", "retries"}) {
    database.exec(
        fmt::format("DELETE FROM {0} WHERE question IN (SELECT question FROM chosen) "
                    "AND NOT EXISTS(SELECT 1 FROM answers WHERE answers.question = {0}.question) "
                    "AND NOT EXISTS(SELECT 1 FROM failures WHERE failures.question = {0}.question)",
                    table));
  }
}

void wipe_deleted(SQLite::Database& database, const std::filesystem::path& store) {
  const bool wiped = guarded(store, not_wiped, [&] {
    database.exec("VACUUM");
    return database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() == 0;
  });
  if (wiped) return;
  throw LockedError(fmt::format(
      "{}: the answers are removed, but another process still reads the old ones, so that their bytes stay "
      "in the file; end it and run the same command again",
      store.string()));
}

StoreRemoval preview_removal(const std::filesystem::path& store, const StoreFilter& filter) {
  const auto database = open_store_file(store, {.read_only = true});
  return guarded(store, "reading from the response store failed", [&] {
    choose(*database, filter);
    return count_chosen(*database, {filter.before, filter.failures_only});
  });
}

StoreRemoval remove_from_store(const std::filesystem::path& store, const StoreFilter& filter,
                               StoreJournal journal) {
  const auto database = open_store_file(store, {.journal = journal});
  return guarded(store, removing, [&] {
    const RemovalScope scope{filter.before, filter.failures_only};
    database->exec("PRAGMA secure_delete = ON");
    SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
    choose(*database, filter);
    const StoreRemoval removal = count_chosen(*database, scope);
    delete_chosen(*database, scope);
    transaction.commit();
    wipe_deleted(*database, store);
    return removal;
  });
}

}  // namespace recon
