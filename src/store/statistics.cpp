#include "recon/core/error.hpp"
#include "recon/store/maintenance.hpp"

#include <functional>
#include <map>
#include <system_error>
#include <tuple>
#include <utility>

#include "database.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using Key = std::pair<std::optional<std::string>, std::optional<std::string>>;
using Groups = std::map<Key, StoreGroup>;

/// Every query gives identity and purpose first.
constexpr const char* questions_query =
    "SELECT identity, purpose, count(*) FROM questions GROUP BY identity, purpose";

constexpr const char* answers_query =
    "SELECT identity, purpose, count(*) FROM answers LEFT JOIN questions USING (question) "
    "GROUP BY identity, purpose";

/// Failed are the questions of `failed_query`.
constexpr const char* answered_query = R"sql(
SELECT identity, purpose, count(*)
FROM (SELECT question, max(created) AS answered,
             (SELECT max(created) FROM failures WHERE failures.question = answers.question) AS last
      FROM answers GROUP BY question) AS found
JOIN questions USING (question)
WHERE last IS NULL OR last < answered
   OR (last = answered AND NOT EXISTS(
         SELECT 1 FROM failures WHERE failures.question = found.question AND failures.created = last
         AND kind IN ('unusable', 'truncated', 'declined', 'filtered')))
GROUP BY identity, purpose
)sql";

/// A reply that is no use is stored together with the failure that says so, within the same millisecond;
/// after any other failure an answer of the same millisecond came later.
constexpr const char* failed_query = R"sql(
SELECT identity, purpose, count(*)
FROM (SELECT question, kind, max(created) AS last,
             (SELECT max(created) FROM answers WHERE answers.question = failures.question) AS answered
      FROM failures GROUP BY question)
LEFT JOIN questions USING (question)
WHERE answered IS NULL OR last > answered
   OR (last = answered AND kind IN ('unusable', 'truncated', 'declined', 'filtered'))
GROUP BY identity, purpose
)sql";

constexpr const char* calls_query = R"sql(
SELECT identity, purpose, count(*), total(prompt_tokens), total(cached), total(completion), total(reasoning),
       {}
FROM calls LEFT JOIN questions USING (question) GROUP BY identity, purpose
)sql";

void for_each_group(SQLite::Database& database, const std::string& query, Groups& groups,
                    const std::function<void(StoreGroup&, SQLite::Statement&)>& use) {
  const auto text = [](const SQLite::Column& column) {
    return column.isNull() ? std::nullopt : std::optional(column.getString());
  };
  SQLite::Statement select(database, query);
  while (select.executeStep()) {
    Key key(text(select.getColumn(0)), text(select.getColumn(1)));
    StoreGroup& group = groups[key];
    std::tie(group.identity, group.purpose) = std::move(key);
    use(group, select);
  }
}

std::size_t size_in(SQLite::Statement& row, int column) {
  return static_cast<std::size_t>(row.getColumn(column).getInt64());
}

void add(StoreGroup& total, const StoreGroup& group) {
  total.questions += group.questions;
  total.answers += group.answers;
  total.answered += group.answered;
  total.failed += group.failed;
  total.calls += group.calls;
  total.usage += group.usage;
  total.usd += group.usd;
  total.usd_assumed += group.usd_assumed;
}

Groups groups_of(SQLite::Database& database) {
  Groups groups;
  for_each_group(database, questions_query, groups,
                 [](StoreGroup& group, SQLite::Statement& row) { group.questions = size_in(row, 2); });
  for_each_group(database, answers_query, groups,
                 [](StoreGroup& group, SQLite::Statement& row) { group.answers = size_in(row, 2); });
  for_each_group(database, answered_query, groups,
                 [](StoreGroup& group, SQLite::Statement& row) { group.answered = size_in(row, 2); });
  for_each_group(database, failed_query, groups,
                 [](StoreGroup& group, SQLite::Statement& row) { group.failed = size_in(row, 2); });
  const char* dollars =
      layout_of(database).spending ? "total(usd), total(usd) FILTER (WHERE assumed)" : "0, 0";
  for_each_group(database, fmt::format(calls_query, dollars), groups,
                 [](StoreGroup& group, SQLite::Statement& row) {
                   group.calls = size_in(row, 2);
                   group.usage = {.prompt = row.getColumn(3).getInt64(),
                                  .cached = row.getColumn(4).getInt64(),
                                  .completion = row.getColumn(5).getInt64(),
                                  .reasoning = row.getColumn(6).getInt64()};
                   group.usd = row.getColumn(7).getDouble();
                   group.usd_assumed = row.getColumn(8).getDouble();
                 });
  return groups;
}

}  // namespace

StoreStatistics store_statistics(const std::filesystem::path& store) {
  const auto database = open_store_file(store, {.read_only = true});
  StoreStatistics statistics;
  guarded(store, "reading from the response store failed", [&] {
    const SQLite::Transaction snapshot(*database, SQLite::TransactionBehavior::DEFERRED);
    for (auto& [key, group] : groups_of(*database)) {
      add(statistics.total, group);
      statistics.groups.push_back(std::move(group));
    }
  });
  std::error_code error;
  statistics.bytes = std::filesystem::file_size(store, error);
  if (error) throw RunError(fmt::format("{}: can't be looked at: {}", store.string(), error.message()));
  return statistics;
}

}  // namespace recon
