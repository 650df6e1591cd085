#include "recon/ingest/ingest.hpp"

#include "recon/core/context.hpp"
#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/text.hpp"
#include "recon/ingest/split.hpp"
#include "recon/ingest/turn_filter.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace recon {

namespace {

/// The filter of each domain that occurs; one for all where the config sets it.
class Filters {
 public:
  explicit Filters(const SourceConfig& source) {
    if (source.excluded_targets) configured_.emplace(*source.excluded_targets);
  }
  [[nodiscard]] bool excludes(const Session& session, const Turn& turn) {
    if (configured_) return configured_->excludes(turn.text);
    auto found = by_domain_.find(session.domain);
    if (found == by_domain_.end()) {
      found = by_domain_.emplace(session.domain, TurnFilter(TurnFilter::defaults(session.domain))).first;
    }
    return found->second.excludes(turn.text);
  }

 private:
  std::optional<TurnFilter> configured_;
  std::map<std::string, TurnFilter> by_domain_;
};

/// A user's sessions that hold a valid target, and the counts over them.
struct UserTargets {
  std::vector<EligibleSession> sessions;
  std::vector<std::size_t> session_indices;  ///< of each of `sessions` in the result's sessions
  std::size_t turns = 0, targets_all = 0, targets_excluded = 0, targets_without_context = 0,
              targets_valid = 0;
  std::size_t words = 0;  ///< of the valid targets
  std::size_t sessions_in_range = 0, sessions_without_date = 0;
};

bool in_range(const Session& session, const UserConfig& user) {
  if (!user.from && !user.to) return true;
  if (session.date.empty()) return false;
  return (!user.from || session.date >= *user.from) && (!user.to || session.date < *user.to);
}

void add_session(const Session& session, std::size_t index, const UserConfig& user, Filters& filters,
                 UserTargets& found) {
  UserTargets counted;
  EligibleSession eligible{session.session_id, session.group, session.date, {}};
  for (std::size_t i = 0; i < session.turns.size(); ++i) {
    const Turn& turn = session.turns[i];
    if (turn.author != user.name) continue;
    ++counted.targets_all;
    const std::size_t words = count_words(turn.text);
    if (words == 0 || filters.excludes(session, turn)) {
      ++counted.targets_excluded;
    } else if (i == 0) {
      ++counted.targets_without_context;
    } else {
      eligible.targets.push_back(i);
      counted.words += words;
    }
  }
  if (eligible.targets.empty()) return;
  found.turns += session.turns.size();
  found.targets_all += counted.targets_all;
  found.targets_excluded += counted.targets_excluded;
  found.targets_without_context += counted.targets_without_context;
  found.targets_valid += eligible.targets.size();
  found.words += counted.words;
  found.session_indices.push_back(index);
  found.sessions.push_back(std::move(eligible));
}

UserTargets find_targets(const std::vector<Session>& sessions, const UserConfig& user, Filters& filters) {
  UserTargets found;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const bool speaks = std::any_of(sessions[i].turns.begin(), sessions[i].turns.end(),
                                    [&](const Turn& turn) { return turn.author == user.name; });
    if (!speaks) continue;
    if (!in_range(sessions[i], user)) {
      if (sessions[i].date.empty()) ++found.sessions_without_date;
      continue;
    }
    ++found.sessions_in_range;
    add_session(sessions[i], i, user, filters, found);
  }
  return found;
}

std::vector<Session> read_sessions(SessionReader& reader, const SourceConfig& source) {
  std::vector<Session> sessions;
  while (std::optional<Session> session = reader.next()) {
    if (interrupt_requested()) throw Interrupted("interrupted while reading the source; nothing was written");
    if (!session->turns.empty()) sessions.push_back(std::move(*session));
  }
  if (sessions.empty()) {
    const auto& rejects = reader.rejects();
    throw RunError(fmt::format("source '{}': no session could be read{}", source.path.string(),
                               rejects.empty() ? std::string("; nothing in it has a transcript")
                                               : fmt::format(", {} failed, the first: {}: {}", rejects.size(),
                                                             rejects.front().key, rejects.front().error)));
  }
  std::sort(sessions.begin(), sessions.end(),
            [](const Session& a, const Session& b) { return a.session_id < b.session_id; });
  return sessions;
}

/// Throws RunError for a user who is no author of any turn.
void check_users(const std::vector<Session>& sessions, const IngestSettings& settings) {
  std::set<std::string> authors;
  for (const Session& session : sessions) {
    for (const Turn& turn : session.turns) authors.insert(turn.author);
  }
  for (const UserConfig& user : settings.users) {
    if (authors.contains(user.name)) continue;
    const auto nearest = nearest_word(user.name, {authors.begin(), authors.end()});
    throw RunError(
        fmt::format("users: '{}' (id '{}') never speaks in source '{}' ({} sessions, {} authors); {}",
                    user.name, user.id.str(), settings.source.path.string(), sessions.size(), authors.size(),
                    nearest ? fmt::format("did you mean '{}'?", *nearest)
                            : std::string("give the name exactly as the source does")));
  }
}

void warn_of_shortage(const UserConfig& user, const UserTargets& found, const SplitResult& split,
                      const SplitConfig& config, Log& log) {
  if (!split.shrunk) return;
  std::string why;
  if (found.targets_valid >= config.train_targets + config.test_targets) {
    why = fmt::format("; a {} is never divided between splits, so some targets are left over", config.unit);
  }
  if (found.sessions_in_range == 0) why = "; no session of theirs lies in the date range";
  if (found.sessions_without_date > 0) {
    why += fmt::format("; {} sessions without a date were left out", found.sessions_without_date);
  }
  log.warning(
      fmt::format("user '{}': {} valid targets in {} sessions are too few for {} train and {} test; shrunk "
                  "in proportion to {} train and {} test{}",
                  user.id.str(), found.targets_valid, found.sessions.size(), config.train_targets,
                  config.test_targets, split.train_0 + split.train_1, split.test, why));
}

Json counts_of(const UserConfig& user, const UserTargets& found, const SplitResult& split) {
  Json counts;
  counts["author"] = user.name;
  counts["sessions"] = found.sessions.size();
  counts["turns"] = found.turns;
  counts["targets_all"] = found.targets_all;
  counts["targets_excluded"] = found.targets_excluded;
  counts["targets_without_context"] = found.targets_without_context;
  counts["targets_valid"] = found.targets_valid;
  counts["words_valid"] = found.words;
  counts["sessions_without_date"] = found.sessions_without_date;
  counts["pairs"] = {{"train_0", split.train_0}, {"train_1", split.train_1}, {"test", split.test}};
  counts["shrunk"] = split.shrunk;
  return counts;
}

Pair make_pair(const Session& session, std::size_t turn, const UserConfig& user, Split split,
               CutContext context) {
  Pair pair;
  pair.pair_id = PairId(fmt::format("{}/{}/{}", user.id.str(), session.session_id.str(), turn));
  pair.user = user.id;
  pair.author = user.name;
  pair.domain = session.domain;
  pair.session_id = session.session_id;
  pair.group = session.group;
  pair.turn = turn;
  pair.split = split;
  pair.context = std::move(context.turns);
  pair.action = session.turns[turn].text;
  return pair;
}

/// Adds a user's pairs by session id and turn; gives how many contexts were cut.
std::size_t add_pairs(const UserConfig& user, const UserTargets& found, const SplitResult& split,
                      std::size_t context_tokens, const std::vector<Session>& sessions,
                      std::vector<Pair>& pairs) {
  std::vector<Assignment> assignments = split.assignments;
  // The eligible sessions come in the order of their ids.
  std::sort(assignments.begin(), assignments.end(),
            [](const Assignment& a, const Assignment& b) { return a.session < b.session; });
  std::size_t cut = 0;
  for (const Assignment& assignment : assignments) {
    const Session& session = sessions[found.session_indices[assignment.session]];
    const std::vector<std::size_t>& targets = found.sessions[assignment.session].targets;
    for (std::size_t i = 0; i < assignment.targets; ++i) {
      const std::vector<Turn> before(session.turns.begin(),
                                     session.turns.begin() + static_cast<std::ptrdiff_t>(targets[i]));
      CutContext context = cut_context(before, context_tokens);
      if (context.cut) ++cut;
      if (context.turns.empty()) {
        throw UsageError(fmt::format(
            "context_tokens: {} leaves no room for a single turn; give some hundreds", context_tokens));
      }
      pairs.push_back(make_pair(session, targets[i], user, assignment.split, std::move(context)));
    }
  }
  return cut;
}

Json counts_of_source(const IngestResult& result, const SessionReader& reader) {
  Json counts;
  std::size_t turns = 0, without_date = 0;
  for (const Session& session : result.sessions) {
    turns += session.turns.size();
    if (session.date.empty()) ++without_date;
  }
  counts["sessions"] = result.sessions.size();
  counts["turns"] = turns;
  counts["sessions_without_date"] = without_date;
  counts["skips"] = Json::object();
  for (const auto& [reason, count] : reader.skips()) counts["skips"][reason] = count;
  counts["rejects"] = result.rejects.size();
  return counts;
}

}  // namespace

IngestResult ingest(SessionReader& reader, const IngestSettings& settings, Log& log) {
  if (settings.users.empty()) {
    throw UsageError(
        "users: the config names no user; add {id: ..., name: ...} with a name as the source gives it");
  }
  IngestResult result;
  result.sessions = read_sessions(reader, settings.source);
  result.rejects = reader.rejects();
  check_users(result.sessions, settings);
  result.counts = counts_of_source(result, reader);

  Filters filters(settings.source);
  std::size_t cut = 0;
  Json users = Json::object();
  for (const UserConfig& user : settings.users) {
    const UserTargets found = find_targets(result.sessions, user, filters);
    const SplitResult split = split_sessions(found.sessions, settings.split, settings.seed, user.id);
    warn_of_shortage(user, found, split, settings.split, log);
    cut += add_pairs(user, found, split, settings.context_tokens, result.sessions, result.pairs);
    users[user.id.str()] = counts_of(user, found, split);
  }
  if (result.pairs.empty()) {
    throw RunError(
        fmt::format("source '{}': no user has a valid target (a turn after the first of its session, in "
                    "the date range, without an excluded mark); check users.from, users.to and "
                    "source.excluded_targets",
                    settings.source.path.string()));
  }
  result.counts["contexts_cut"] = cut;
  result.counts["users"] = std::move(users);
  return result;
}

}  // namespace recon
