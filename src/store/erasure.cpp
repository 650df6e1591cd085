#include "recon/store/maintenance.hpp"
#include "recon/store/store.hpp"

#include "database.hpp"
#include "removal.hpp"

namespace recon {
namespace {

using ErasureScope = std::function<bool(std::string_view record, std::string_view purpose)>;

void choose(SQLite::Database& database, const ErasureScope& concerned) {
  make_chosen(database);
  SQLite::Statement insert(database, "INSERT OR IGNORE INTO chosen VALUES (?)");
  SQLite::Statement select(database, "SELECT question, record, purpose FROM questions");
  while (select.executeStep()) {
    if (!concerned(select.getColumn(1).getString(), select.getColumn(2).getString())) continue;
    StatementUse use(insert);
    use.bind(1, digest_from_column(select.getColumn(0)));
    use->exec();
  }
}

}  // namespace

void for_each_question(const std::filesystem::path& store,
                       const std::function<void(std::string_view record, std::string_view purpose)>& use) {
  // For writing: a store that a killed process left in the middle of a commit can't be read otherwise.
  const auto database = open_store_file(store, {});
  guarded(store, "reading from the response store failed", [&] {
    SQLite::Statement select(*database, "SELECT record, purpose FROM questions");
    while (select.executeStep()) use(select.getColumn(0).getString(), select.getColumn(1).getString());
  });
}

std::size_t forget_answers(const std::filesystem::path& store, const ErasureScope& concerned) {
  const auto database = open_store_file(store, {});
  return guarded(store, "answers can't be removed", [&] {
    database->exec("PRAGMA secure_delete = ON");
    std::size_t answers = 0;
    {
      SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
      choose(*database, concerned);
      answers = count_chosen(*database, {}).answers;
      delete_chosen(*database, {});
      transaction.commit();
    }
    wipe_deleted(*database, store);
    return answers;
  });
}

}  // namespace recon
