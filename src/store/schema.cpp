#include "schema.hpp"

#include <array>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr const char* first_schema = R"sql(
CREATE TABLE questions(
  question BLOB NOT NULL PRIMARY KEY, identity TEXT NOT NULL, purpose TEXT NOT NULL, seed INTEGER NOT NULL,
  replicate INTEGER NOT NULL, record TEXT NOT NULL, parts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE answers(
  question BLOB NOT NULL, sample INTEGER NOT NULL, answer TEXT NOT NULL, created TEXT NOT NULL,
  UNIQUE(question, sample));
CREATE TABLE failures(
  id INTEGER PRIMARY KEY AUTOINCREMENT, question BLOB NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
  raw TEXT NOT NULL, created TEXT NOT NULL);
CREATE INDEX failures_by_question ON failures(question, id);
CREATE TABLE calls(
  id INTEGER PRIMARY KEY AUTOINCREMENT, question BLOB NOT NULL, prompt_tokens INTEGER NOT NULL,
  cached INTEGER NOT NULL, completion INTEGER NOT NULL, reasoning INTEGER NOT NULL, created TEXT NOT NULL);
CREATE TRIGGER answers_stay BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_remain BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
)sql";

struct AddedColumn {
  const char* table;
  const char* name;
  const char* type;
};

/// Empty in the rows of before.
constexpr std::array<AddedColumn, 5> added_columns{{
    {"answers", "checksum", "BLOB"},
    {"calls", "run", "TEXT"},
    {"calls", "model", "TEXT"},
    {"calls", "usd", "REAL"},
    {"calls", "assumed", "INTEGER"},
}};

/// `facts`: `unchecked_answers` is the highest row id of answers when the column for checksums came, so that
/// a lost checksum of a later row is told from one that never was.
constexpr const char* added_tables = R"sql(
CREATE TABLE IF NOT EXISTS facts(name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spending(
  run TEXT NOT NULL PRIMARY KEY, usd REAL NOT NULL, tokens INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retries(question BLOB NOT NULL PRIMARY KEY, granted INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS questions_by_record ON questions(record);
CREATE INDEX IF NOT EXISTS calls_by_question ON calls(question, id);
INSERT OR IGNORE INTO facts SELECT 'unchecked_answers', coalesce(max(rowid), 0) FROM answers;
)sql";

/// The last thing to be added: where it is, everything is.
constexpr const char* is_complete =
    "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = 'calls_by_question'";

bool has(SQLite::Database& database, const char* count) { return database.execAndGet(count).getInt64() > 0; }

void extend(SQLite::Database& database) {
  for (const AddedColumn& column : added_columns) {
    const std::string there = fmt::format("SELECT count(*) FROM pragma_table_info('{}') WHERE name = '{}'",
                                          column.table, column.name);
    if (!has(database, there.c_str()))
      database.exec(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", column.table, column.name, column.type));
  }
  database.exec(added_tables);
}

}  // namespace

void make_or_extend_schema(SQLite::Database& database) {
  if (has(database, is_complete)) return;
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  if (database.execAndGet("PRAGMA application_id").getInt64() == 0) {  // else another process was faster
    database.exec(first_schema);
    database.exec(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", store_application_id,
                              store_format_version));
  }
  extend(database);
  transaction.commit();
}

}  // namespace recon
