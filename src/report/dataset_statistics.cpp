#include "recon/report/dataset_statistics.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/core/text.hpp"
#include "recon/records/records.hpp"
#include "recon/statistics/near_duplicates.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "text_table.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// A user's targets in one session.
struct UsedSession {
  bool test = false;
  std::size_t targets = 0;
  std::size_t last_turn = 0;
};

/// One user's pairs, while they are read.
struct UserPairs {
  std::string domain;
  std::map<std::string, UsedSession> sessions;
  std::size_t grpo_targets = 0;
  std::size_t words = 0;
  std::vector<std::string> train, test;  ///< the targets' texts

  void add(Pair pair) {
    domain = pair.domain;
    UsedSession& session = sessions[pair.session_id.str()];
    session.test = pair.is_test();
    ++session.targets;
    session.last_turn = std::max(session.last_turn, pair.turn);
    if (pair.split == Split::train_1) ++grpo_targets;
    words += count_words(pair.action);
    (pair.is_test() ? test : train).push_back(std::move(pair.action));
  }
};

UserStatistics finished(const std::string& user, const UserPairs& pairs) {
  UserStatistics statistics;
  DatasetRow& row = statistics.row;
  row.user = user;
  row.domain = pairs.domain;
  row.grpo_targets = pairs.grpo_targets;
  for (const auto& [id, session] : pairs.sessions) {
    SplitStatistics& split = session.test ? row.test : row.train;
    ++split.sessions;
    split.targets += session.targets;
    split.context_turns += session.last_turn + 1 - session.targets;
  }
  const std::size_t targets = row.train.targets + row.test.targets;
  row.average_words = targets == 0 ? 0 : static_cast<double>(pairs.words) / static_cast<double>(targets);

  std::vector<std::string> all = pairs.train;
  all.insert(all.end(), pairs.test.begin(), pairs.test.end());
  const auto count = [](const std::vector<bool>& flags) {
    return static_cast<std::size_t>(std::count(flags.begin(), flags.end(), true));
  };
  statistics.repeated.targets = count(have_near_duplicate(all));
  statistics.repeated.test_in_train = count(have_near_duplicate(pairs.test, pairs.train));
  statistics.paper = paper_row(user);
  return statistics;
}

/// The id at the front of a line as recon writes it; empty where the line looks otherwise.
std::string_view leading_id(std::string_view line) {
  constexpr std::string_view front = R"({"session_id":")";
  if (!line.starts_with(front)) return {};
  line.remove_prefix(front.size());
  const std::size_t end = line.find_first_of("\"\\");
  return end == std::string_view::npos || line[end] == '\\' ? std::string_view() : line.substr(0, end);
}

/// Dates of the sessions used, by id. Most lines need not be parsed to see that they are not wanted.
void read_dates(const std::filesystem::path& file, std::map<std::string, std::string>& dates) {
  std::size_t found = 0;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    const std::string_view id = leading_id(line->text);
    if (!id.empty() && !dates.contains(std::string(id))) continue;
    if (line->text.empty()) continue;
    const Session session = Session::from_json(parse_json_line(lines.name(), *line));
    const auto wanted = dates.find(session.session_id.str());
    if (wanted == dates.end()) continue;
    wanted->second = session.date;
    ++found;
  }
  if (found < dates.size()) {
    throw RunError(
        fmt::format("{}: holds {} of the {} sessions that the pairs come from; run `recon ingest` again",
                    file.string(), found, dates.size()));
  }
}

std::string date_range(const DatasetRow& row) {
  if (row.first.empty()) return "-";
  return row.first == row.last ? row.first : fmt::format("{}..{}", row.first, row.last);
}

std::vector<std::string> cells_of(const std::string& name, const DatasetRow& row) {
  const auto number = [](std::size_t value) { return fmt::format("{}", value); };
  return {name,
          number(row.train.sessions),
          number(row.train.targets),
          number(row.train.context_turns),
          number(row.grpo_targets),
          number(row.test.sessions),
          number(row.test.targets),
          number(row.test.context_turns),
          fmt::format("{:.1f}", row.average_words),
          date_range(row)};
}

Json split_json(const SplitStatistics& split) {
  return {{"sessions", split.sessions}, {"targets", split.targets}, {"context_turns", split.context_turns}};
}

Json row_json(const DatasetRow& row) {
  return {{"train", split_json(row.train)}, {"grpo_targets", row.grpo_targets},
          {"test", split_json(row.test)},   {"average_words", row.average_words},
          {"first_date", row.first},        {"last_date", row.last}};
}

}  // namespace

std::vector<UserStatistics> dataset_statistics(const std::filesystem::path& pairs,
                                               const std::filesystem::path& sessions) {
  std::vector<UserStatistics> all;
  std::map<std::string, std::string> dates;
  std::vector<std::vector<std::string>> sessions_of;
  std::string user;
  UserPairs current;
  const auto finish = [&] {
    if (user.empty()) return;
    all.push_back(finished(user, current));
    sessions_of.emplace_back();
    for (const auto& [id, session] : current.sessions) {
      sessions_of.back().push_back(id);
      dates[id];
    }
    current = UserPairs();
  };
  for_each_record<Pair>(pairs, [&](Pair&& pair) {
    if (pair.user.str() != user) {
      finish();
      user = pair.user.str();
    }
    current.add(std::move(pair));
  });
  finish();
  read_dates(sessions, dates);
  for (std::size_t i = 0; i < all.size(); ++i) {
    DatasetRow& row = all[i].row;
    for (const std::string& id : sessions_of[i]) {
      const std::string& date = dates[id];
      if (date.empty()) continue;
      if (row.first.empty() || date < row.first) row.first = date;
      if (date > row.last) row.last = date;
    }
  }
  return all;
}

std::string statistics_table(const std::vector<UserStatistics>& statistics) {
  TextTable table;
  table.title = "what was ingested (paper: its Table 1)";
  table.header = {"",           "train sess.", "targets",       "context turns", "GRPO targets",
                  "test sess.", "targets",     "context turns", "avg. words",    "dates"};
  for (const UserStatistics& user : statistics) {
    table.rows.push_back(cells_of(fmt::format("{} ({})", user.row.user, user.row.domain), user.row));
    if (user.paper) table.rows.push_back(cells_of("  paper", *user.paper));
  }
  const NearDuplicateRule rule;
  for (const UserStatistics& user : statistics) {
    table.notes.push_back(
        fmt::format("{}: {} of {} targets have a near-duplicate among the others; {} of {} test targets have "
                    "one in train",
                    user.row.user, user.repeated.targets, user.row.train.targets + user.row.test.targets,
                    user.repeated.test_in_train, user.row.test.targets));
  }
  table.notes.push_back(
      fmt::format("near-duplicate: at least {} words, and {:.0f} % of all word triples shared",
                  rule.least_words, 100 * rule.similarity));
  return plain_text(table);
}

Json statistics_json(const std::vector<UserStatistics>& statistics) {
  Json users = Json::array();
  for (const UserStatistics& user : statistics) {
    Json entry = {{"user", user.row.user}, {"domain", user.row.domain}};
    entry.update(row_json(user.row));
    entry["near_duplicates"] = {{"targets", user.repeated.targets},
                                {"test_in_train", user.repeated.test_in_train}};
    entry["paper"] = user.paper ? row_json(*user.paper) : Json(nullptr);
    users.push_back(std::move(entry));
  }
  return {{"users", std::move(users)}};
}

}  // namespace recon
