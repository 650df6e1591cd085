#include "user_turns.hpp"

#include "recon/core/text.hpp"
#include "recon/sources/source_kinds.hpp"

#include <unordered_set>
#include <utility>

namespace recon {

namespace {

bool in_range(const IndexedSession& session, const UserConfig& user) {
  if (!user.from && !user.to) return true;
  if (session.date.empty()) return false;
  return (!user.from || session.date >= *user.from) && (!user.to || session.date < *user.to);
}

void add_session(const IndexedSession& session, std::size_t index, const std::vector<UserTurn>& turns,
                 UserTargets& found) {
  EligibleSession eligible{session.session_id, session.group, session.date, {}};
  std::size_t excluded = 0, without_context = 0, words = 0;
  for (const UserTurn& turn : turns) {
    if (turn.kind == UserTurn::Kind::excluded) {
      ++excluded;
    } else if (turn.kind == UserTurn::Kind::without_context) {
      ++without_context;
    } else {
      eligible.targets.push_back(turn.turn);
      words += turn.words;
    }
  }
  if (eligible.targets.empty()) {
    ++found.sessions_without_targets;
    found.left_out_excluded += excluded;
    found.left_out_without_context += without_context;
    return;
  }
  found.turns += session.turns;
  found.targets_all += turns.size();
  found.targets_excluded += excluded;
  found.targets_without_context += without_context;
  found.targets_valid += eligible.targets.size();
  found.words += words;
  found.session_indices.push_back(index);
  found.sessions.push_back(std::move(eligible));
}

}  // namespace

UserTurns::UserTurns(const SourceConfig& source, std::vector<UserConfig> users) : users_(std::move(users)) {
  if (source.excluded_targets) configured_.emplace(*source.excluded_targets);
}

const TurnFilter& UserTurns::filter_of(const std::string& domain) {
  if (configured_) return *configured_;
  auto found = by_domain_.find(domain);
  if (found == by_domain_.end()) {
    const SourceKind* kind = find_source_kind(domain);
    const std::vector<std::string> none;
    found = by_domain_.emplace(domain, TurnFilter(kind == nullptr ? none : kind->excluded_targets)).first;
  }
  return found->second;
}

std::vector<std::vector<UserTurn>> UserTurns::find(const Session& session) {
  std::vector<std::vector<UserTurn>> found(users_.size());
  for (std::size_t i = 0; i < session.turns.size(); ++i) {
    const Turn& turn = session.turns[i];
    for (std::size_t user = 0; user < users_.size(); ++user) {
      if (turn.author != users_[user].name) continue;
      const std::size_t words = count_words(turn.text);
      auto kind = UserTurn::Kind::target;
      if (words == 0 || filter_of(session.domain).excludes(turn.text)) {
        kind = UserTurn::Kind::excluded;
      } else if (i == 0) {
        kind = UserTurn::Kind::without_context;
      }
      found[user].push_back({i, kind, words, turn.id});
    }
  }
  return found;
}

UserTargets find_targets(const std::vector<IndexedSession>& sessions, const UserConfig& config,
                         std::size_t user) {
  UserTargets found;
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const std::vector<UserTurn>& turns = sessions[i].user_turns[user];
    if (turns.empty()) continue;
    if (!in_range(sessions[i], config)) {
      if (sessions[i].date.empty()) ++found.sessions_without_date;
      continue;
    }
    ++found.sessions_in_range;
    std::vector<UserTurn> first_seen;
    for (const UserTurn& turn : turns) {
      if (turn.id.empty() || seen.insert(turn.id).second) {
        first_seen.push_back(turn);
      } else {
        ++found.targets_repeated;
      }
    }
    add_session(sessions[i], i, first_seen, found);
  }
  return found;
}

Json UserTargets::counts(const UserConfig& user, const SplitResult& split) const {
  Json counts;
  counts["author"] = user.name;
  counts["sessions"] = sessions.size();
  counts["turns"] = turns;
  counts["targets_all"] = targets_all;
  counts["targets_excluded"] = targets_excluded;
  counts["targets_without_context"] = targets_without_context;
  counts["targets_valid"] = targets_valid;
  if (targets_repeated > 0) counts["targets_repeated"] = targets_repeated;
  if (sessions_without_targets > 0) {
    counts["left_out"] = {{"sessions", sessions_without_targets},
                          {"targets_excluded", left_out_excluded},
                          {"targets_without_context", left_out_without_context}};
  }
  counts["words_valid"] = words;
  counts["sessions_without_date"] = sessions_without_date;
  counts["pairs"] = {{"train_0", split.train_0}, {"train_1", split.train_1}, {"test", split.test}};
  counts["shrunk"] = split.shrunk;
  return counts;
}

}  // namespace recon
