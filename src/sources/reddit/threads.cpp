#include "threads.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::size_t fewest_turns = 2;
constexpr std::size_t shortest_average = 20;  // code points a turn

/// As ingest looks at a session's date.
bool lies_in_range(const std::string& day, const UserConfig& user) {
  if (!user.from && !user.to) return true;
  return !day.empty() && (!user.from || day >= *user.from) && (!user.to || day < *user.to);
}

/// Which of several copies of a record counts: what its author deleted is not restored from an older copy;
/// else a copy whose text is still there is better than one whose is not.
int preference(const ThreadEntry& copy) {
  if (copy.author_deleted) return 0;
  return copy.is_deleted || copy.has_removal_title ? 2 : 1;
}

}  // namespace

std::string utc_day(std::int64_t seconds) {
  const std::chrono::year_month_day day{
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(seconds)))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

RedditUsers::RedditUsers(const std::vector<UserConfig>& users) {
  std::map<std::string, std::vector<UserConfig>> by_name;
  for (const UserConfig& user : users) by_name[user.name].push_back(user);
  for (auto& [name, named] : by_name) names_.push_back({name, std::move(named)});
}

std::optional<std::uint32_t> RedditUsers::find(std::string_view author) const {
  const auto found =
      std::lower_bound(names_.begin(), names_.end(), author,
                       [](const Named& named, std::string_view name) { return named.name < name; });
  if (found == names_.end() || found->name != author) return std::nullopt;
  return static_cast<std::uint32_t>(found - names_.begin());
}

bool RedditUsers::wants(std::uint32_t user, const std::string& day) const {
  const std::vector<UserConfig>& users = names_[user].users;
  return day.empty() || std::any_of(users.begin(), users.end(),
                                    [&](const UserConfig& config) { return lies_in_range(day, config); });
}

bool RedditUsers::wants_as_well(std::uint32_t user, const std::string& day,
                                const std::string& session_day) const {
  const std::vector<UserConfig>& users = names_[user].users;
  return std::none_of(users.begin(), users.end(), [&](const UserConfig& config) {
    return lies_in_range(day, config) && !lies_in_range(session_day, config);
  });
}

std::string_view discard_reason(const ThreadFacts& facts) {
  if (facts.root_is_deleted) return "thread of a deleted or removed post";
  if (facts.root_has_removal_title) return "thread of a post with a removal notice as title";
  if (facts.turns < fewest_turns) return "thread of fewer than two turns";
  if (facts.has_deleted_turn) return "thread with a deleted turn";
  if (facts.code_points < shortest_average * facts.turns) return "thread of short turns";
  return {};
}

bool comes_before(const ThreadEntry& a, const ThreadEntry& b) {
  return std::tie(a.post, a.name, a.sequence) < std::tie(b.post, b.name, b.sequence);
}

PostThreads::PostThreads(std::vector<ThreadEntry> entries, const RedditName& post, const RedditUsers& users)
    : entries_(std::move(entries)), post_(post), users_(&users) {
  keep_one_of_each_name();
  find_parents();
  paths_.resize(entries_.size());
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (is_end(i) && is_kept(i)) kept.push_back(i);
  }
  leave_out_beginnings(kept);
  paths_ = {};
}

std::vector<std::size_t> PostThreads::thread(std::size_t end) const {
  std::vector<std::size_t> turns;
  for (std::size_t at = end; at != nothing; at = parents_[at]) turns.push_back(at);
  std::reverse(turns.begin(), turns.end());
  return turns;
}

/// Of a record that the source holds several times, one counts.
void PostThreads::keep_one_of_each_name() {
  std::size_t kept = 0;
  for (const ThreadEntry& entry : entries_) {
    if (kept == 0 || entries_[kept - 1].name != entry.name) {
      entries_[kept++] = entry;
      continue;
    }
    ++skips_["repeated record"];
    ThreadEntry& best = entries_[kept - 1];
    ThreadEntry other = entry;
    if (preference(other) < preference(best)) std::swap(best, other);
    // Where a text is gone its author may be, too, and another copy knows whose it was.
    if (best.is_deleted && best.user == ThreadEntry::no_user) best.user = other.user;
  }
  entries_.resize(kept);
}

void PostThreads::find_parents() {
  const auto find = [this](const RedditName& name) -> std::size_t {
    const auto found = std::lower_bound(
        entries_.begin(), entries_.end(), name,
        [](const ThreadEntry& entry, const RedditName& wanted) { return entry.name < wanted; });
    return found != entries_.end() && found->name == name ? static_cast<std::size_t>(found - entries_.begin())
                                                          : nothing;
  };
  const std::size_t root = find(post_);
  if (root != nothing) root_ = root;
  parents_.reserve(entries_.size());
  for (const ThreadEntry& entry : entries_) {
    parents_.push_back(entry.name.kind == RedditKind::post ? nothing : find(entry.parent));
  }
}

/// The path of the entry's parent, which is known unless the parent is missing.
PostThreads::Path PostThreads::path_above(std::size_t index) const {
  if (index == root_) return {};
  if (parents_[index] != nothing) return paths_[parents_[index]];
  Path path;
  path.flaw = Path::Flaw::missing;
  path.missing = entries_[index].parent;
  return path;
}

/// Makes the path of an entry known, without recursion: a thread may be very deep.
void PostThreads::walk(std::size_t index) {
  std::vector<std::size_t> walked;
  std::size_t at = index;
  while (at != nothing && paths_[at].state == Path::State::unknown) {
    paths_[at].state = Path::State::being_walked;
    walked.push_back(at);
    at = parents_[at];
  }
  if (at != nothing && paths_[at].state == Path::State::being_walked) paths_[at].flaw = Path::Flaw::loop;
  for (auto entry = walked.rbegin(); entry != walked.rend(); ++entry) {
    Path path = path_above(*entry);
    path.state = Path::State::known;
    ++path.turns;
    path.code_points += entries_[*entry].code_points;
    if (entries_[*entry].is_deleted && *entry != root_) add_deleted_turn(entries_[*entry].user, path);
    paths_[*entry] = path;
  }
}

/// Rule (iv) is about other people's turns: the user's own does not discard what the same user says below it.
void PostThreads::add_deleted_turn(std::uint32_t user, Path& path) {
  const bool of_others = path.deleted_of != ThreadEntry::no_user && path.deleted_of != user;
  if (user == ThreadEntry::no_user || of_others) {
    path.flaw = Path::Flaw::deleted;  // whatever else: the rule decides what a download could not change
  } else {
    path.deleted_of = user;
  }
}

bool PostThreads::is_end(std::size_t index) {
  const ThreadEntry& entry = entries_[index];
  if (entry.user == ThreadEntry::no_user || entry.name.kind != RedditKind::comment) return false;
  if (entry.is_deleted) {
    ++skips_["user's comment deleted or removed"];
    return false;
  }
  if (!users_->wants(entry.user, day(index))) {
    ++skips_["user's comment outside the dates"];
    return false;
  }
  return true;
}

bool PostThreads::is_kept(std::size_t index) {
  walk(index);
  const Path& path = paths_[index];
  ThreadFacts facts;
  facts.root_is_deleted = root_ && entries_[*root_].is_deleted;
  facts.root_has_removal_title = root_ && entries_[*root_].has_removal_title;
  facts.has_deleted_turn = path.flaw == Path::Flaw::deleted || (path.deleted_of != ThreadEntry::no_user &&
                                                                path.deleted_of != entries_[index].user);
  facts.turns = path.turns;
  facts.code_points = path.code_points;
  const bool is_gone = facts.root_is_deleted || facts.root_has_removal_title;
  if (!is_gone && !facts.has_deleted_turn && path.flaw == Path::Flaw::missing) {
    ++skips_["missing ancestor"];
    missing_.push_back(path.missing);
    if (!root_ && path.missing != post_) missing_.push_back(post_);
    return false;
  }
  if (!is_gone && !facts.has_deleted_turn && path.flaw == Path::Flaw::loop) {
    ++skips_["replies in a loop"];
    return false;
  }
  const std::string_view reason = discard_reason(facts);
  if (!reason.empty()) ++skips_[std::string(reason)];
  return reason.empty();
}

/// Sets the ends: the deepest first, each covers the users' comments above it.
void PostThreads::leave_out_beginnings(const std::vector<std::size_t>& kept) {
  std::vector<std::size_t> deepest_first = kept;
  std::stable_sort(deepest_first.begin(), deepest_first.end(),
                   [this](std::size_t a, std::size_t b) { return paths_[a].turns > paths_[b].turns; });
  std::vector<bool> is_kept(entries_.size()), is_covered(entries_.size());
  for (const std::size_t index : kept) is_kept[index] = true;
  for (const std::size_t end : deepest_first) {
    if (is_covered[end]) {
      ++skips_["beginning of a longer thread"];
      continue;
    }
    ends_.push_back(end);
    const std::string session_day = day(end);
    for (std::size_t at = parents_[end]; at != nothing; at = parents_[at]) {
      // A session has the date of its end, which may lie outside the dates of a user who speaks above.
      if (is_kept[at] && users_->wants_as_well(entries_[at].user, day(at), session_day))
        is_covered[at] = true;
    }
  }
  std::sort(ends_.begin(), ends_.end(), [this](std::size_t a, std::size_t b) {
    return reddit_id(entries_[a].name.id) < reddit_id(entries_[b].name.id);
  });
}

std::string PostThreads::day(std::size_t index) const {
  return entries_[index].created ? utc_day(*entries_[index].created) : std::string();
}

}  // namespace recon
