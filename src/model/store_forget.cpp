#include "recon/core/error.hpp"
#include "recon/model/store.hpp"

#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

namespace recon {
namespace {

constexpr int busy_timeout_ms = 30'000;

using Concerned = std::function<bool(std::string_view record, std::string_view purpose)>;

std::vector<std::string> questions_of(SQLite::Database& database, const Concerned& concerned) {
  std::vector<std::string> found;
  SQLite::Statement select(database, "SELECT question, record, purpose FROM questions");
  while (select.executeStep()) {
    const SQLite::Column question = select.getColumn(0);
    if (concerned(select.getColumn(1).getString(), select.getColumn(2).getString()))
      found.emplace_back(static_cast<const char*>(question.getBlob()),
                         static_cast<std::size_t>(question.getBytes()));
  }
  return found;
}

std::size_t remove(SQLite::Database& database, const char* statement, const std::string& question) {
  SQLite::Statement removal(database, statement);
  removal.bind(1, question.data(), static_cast<int>(question.size()));
  return static_cast<std::size_t>(removal.exec());
}

}  // namespace

std::size_t forget_answers(const std::filesystem::path& store, const Concerned& concerned) {
  { const ResponseStore is_a_store(store, false); }
  try {
    SQLite::Database database(store.string(), SQLite::OPEN_READWRITE, busy_timeout_ms);
    database.exec("PRAGMA secure_delete = ON");
    std::size_t answers = 0;
    {
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      const std::vector<std::string> questions = questions_of(database, concerned);
      // The one exception to the rule that answers stay; the rule itself comes back with the same
      // transaction.
      const std::string guard =
          database.execAndGet("SELECT sql FROM sqlite_master WHERE name = 'answers_remain'").getString();
      database.exec("DROP TRIGGER answers_remain");
      for (const std::string& question : questions) {
        answers += remove(database, "DELETE FROM answers WHERE question = ?", question);
        remove(database, "DELETE FROM failures WHERE question = ?", question);
        remove(database, "DELETE FROM questions WHERE question = ?", question);
      }
      database.exec(guard);
      transaction.commit();
    }
    // Neither free pages nor the log keep a copy; also of what an interrupted call removed.
    database.exec("VACUUM");
    if (database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() != 0) {
      throw RunError(
          fmt::format("{}: the answers are removed, but another process still reads the old ones, so that "
                      "their bytes stay in "
                      "the file; end it and run the same command again",
                      store.string()));
    }
    return answers;
  } catch (const SQLite::Exception& error) {
    throw RunError(
        fmt::format("{}: answers can't be removed: {}; end other processes that use the store and run again",
                    store.string(), error.what()));
  }
}

}  // namespace recon
