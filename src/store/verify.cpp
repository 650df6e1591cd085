#include "recon/core/error.hpp"
#include "recon/store/maintenance.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "answer.hpp"
#include "database.hpp"
#include "reader.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::size_t most_problems_listed = 100;

/// What is looked at, and the problems found.
class Verifier {
 public:
  Verifier(const std::filesystem::path& store, SQLite::Database& database)
      : store_(store), database_(database), layout_(layout_of(database)) {}

  StoreVerification run() {
    part("pages", [&] { check_pages(); });
    part("digests", [&] { check_digests(); });
    part("answers", [&] { check_answers(); });
    part("questions", [&] { check_parts(); });
    part("rows without a question", [&] { check_orphans(); });
    part("totals of runs", [&] { check_totals(); });
    return std::move(found_);
  }

 private:
  const std::filesystem::path& store_;
  SQLite::Database& database_;
  StoreLayout layout_;
  StoreVerification found_;

  void problem(std::string text) {
    if (found_.problems.size() < most_problems_listed) {
      found_.problems.push_back(std::move(text));
    } else {
      ++found_.more_problems;
    }
  }

  /// A part that damage keeps from being read is a problem, and the others are looked at all the same.
  template <class Work>
  void part(std::string_view name, const Work& work) {
    try {
      work();
    } catch (const SQLite::Exception& error) {
      problem(fmt::format("{} can't be read to the end: {}", name, error.what()));
    }
  }

  void check_pages() {
    SQLite::Statement check(database_, "PRAGMA integrity_check");
    while (check.executeStep()) {
      const std::string line = check.getColumn(0).getString();
      if (line != "ok") problem("SQLite: " + line);
    }
  }

  [[nodiscard]] std::vector<std::string> tables() const {
    std::vector<std::string> names = {"questions", "answers", "failures", "calls"};
    if (layout_.retries) names.emplace_back("retries");
    return names;
  }

  void check_digests() {
    for (const std::string& table : tables()) {
      const std::int64_t wrong =
          database_
              .execAndGet(fmt::format("SELECT count(*) FROM {} WHERE typeof(question) <> 'blob' OR "
                                      "length(question) <> 32",
                                      table))
              .getInt64();
      if (wrong > 0) problem(fmt::format("{}: {} rows whose digest is not 32 bytes long", table, wrong));
    }
  }

  void check_answers() {
    AnswerReader reader(store_, database_, layout_);
    SQLite::Statement keys(database_,
                           "SELECT DISTINCT question FROM answers WHERE length(question) = 32 "
                           "ORDER BY question");
    while (keys.executeStep()) {
      const Digest question = digest_from_column(keys.getColumn(0));
      try {
        reader.for_each(question, [&](const AnswerReader::Row& row) {
          ++found_.answers;
          found_.unchecked += row.has_checksum ? 0 : 1;
          static_cast<void>(reader.parse(question, row));
        });
      } catch (const RunError&) {
        problem(fmt::format("question {}: an answer can't be read: its checksum or its form is wrong",
                            question.hex()));
      }
    }
  }

  void check_parts() {
    SQLite::Statement select(database_, "SELECT question, parts FROM questions WHERE length(question) = 32");
    while (select.executeStep()) {
      if (!Json::accept(select.getColumn(1).getString())) {
        problem(
            fmt::format("question {}: its parts are no JSON", digest_from_column(select.getColumn(0)).hex()));
      }
    }
  }

  /// Calls may outlive their question: what they cost stays when answers are removed.
  void check_orphans() {
    for (const char* table : {"answers", "failures"}) {
      const std::int64_t orphans =
          database_
              .execAndGet(fmt::format(
                  "SELECT count(*) FROM {} WHERE question NOT IN (SELECT question FROM questions)", table))
              .getInt64();
      if (orphans > 0) problem(fmt::format("{}: {} rows whose question is not there", table, orphans));
    }
  }

  void check_totals() {
    if (!layout_.spending) return;
    SQLite::Statement select(
        database_,
        "SELECT run, coalesce(kept.usd, 0), coalesce(kept.tokens, 0), counted.usd, counted.tokens FROM "
        "(SELECT run, total(usd) AS usd, sum(prompt_tokens + completion) AS tokens FROM calls "
        "WHERE run IS NOT NULL GROUP BY run) AS counted LEFT JOIN spending AS kept USING (run)");
    while (select.executeStep()) {
      const double kept = select.getColumn(1).getDouble();
      const double counted = select.getColumn(3).getDouble();
      const bool equal = std::abs(kept - counted) <= 1e-6 * std::max(1.0, std::abs(counted));
      if (equal && select.getColumn(2).getInt64() == select.getColumn(4).getInt64()) continue;
      problem(fmt::format("run '{}': its total is {} USD and {} tokens, its calls sum to {} and {}",
                          select.getColumn(0).getString(), kept, select.getColumn(2).getInt64(), counted,
                          select.getColumn(4).getInt64()));
    }
  }
};

}  // namespace

StoreVerification verify_store(const std::filesystem::path& store) {
  const auto database = open_store_file(store, {.read_only = true, .check_whole = false});
  return guarded(store, "reading from the response store failed", [&] {
    const SQLite::Transaction snapshot(*database, SQLite::TransactionBehavior::DEFERRED);
    return Verifier(store, *database).run();
  });
}

}  // namespace recon
