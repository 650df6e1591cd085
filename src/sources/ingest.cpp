#include "recon/sources/ingest.hpp"

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/text.hpp"
#include "recon/ingest/name_mask.hpp"
#include "recon/ingest/pseudonyms.hpp"
#include "recon/ingest/session_index.hpp"
#include "recon/ingest/split.hpp"
#include "recon/records/context.hpp"
#include "recon/sources/source_kinds.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "user_turns.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// Authors seen, for the message about a name that does not occur; there is no need to remember millions.
constexpr std::size_t most_authors_remembered = 100'000;

/// The users under the names by which the sessions know them after screening.
std::vector<UserConfig> screened_users(const IngestSettings& settings) {
  std::vector<UserConfig> users = settings.users;
  if (uses_pseudonyms(settings.source)) {
    for (UserConfig& user : users) user.name = pseudonym_of(user.name);
  }
  return users;
}

/// Everything read so far.
struct Collected {
  SessionIndex index;
  std::unordered_set<std::string> authors;
  std::size_t forgotten_turns = 0;
  std::size_t duplicates = 0;
};

void collect(SessionReader& reader, const IngestSettings& settings, const std::vector<UserConfig>& users,
             Collected& collected) {
  const bool pseudonyms = uses_pseudonyms(settings.source);
  UserTurns user_turns(settings.source, users);
  std::vector<std::string> names;  // the users' own, which others may mention
  for (const UserConfig& user : settings.users) names.push_back(user.name);
  std::unordered_set<std::uint64_t> forgotten_words;
  while (std::optional<Session> session = reader.next()) {
    if (interrupt_requested()) throw Interrupted("interrupted while reading the source; nothing was written");
    const std::uint64_t words = SessionIndex::hash_of(*session);
    collected.forgotten_turns += settings.forgotten.remove_from(*session);
    if (session->turns.empty()) {
      forgotten_words.insert(words);
      continue;
    }
    if (pseudonyms) use_pseudonyms(*session, names);
    if (collected.authors.size() < most_authors_remembered) {
      for (const Turn& turn : session->turns) collected.authors.insert(turn.author);
    }
    collected.index.add(*session, words, user_turns.find(*session));
  }
  collected.index.sort();
  // A twin of what is forgotten, under another id, is forgotten too.
  collected.forgotten_turns += collected.index.drop_hashes(forgotten_words);
  if (settings.source.drop_duplicates) collected.duplicates = collected.index.drop_duplicates();
}

void check_found_any(const Collected& collected, const std::vector<Reject>& rejects,
                     const SourceConfig& source) {
  if (!collected.index.sessions().empty()) return;
  throw RunError(fmt::format(
      "source '{}': no session could be read{}", source.path.string(),
      rejects.empty() ? std::string("; nothing in it has a transcript")
                      : fmt::format(", {} failed, the first: {}: {}", rejects.size(),
                                    rejects.front().subject.text(), rejects.front().causes.front().message)));
}

/// Whether an author may be what the user meant: digits and brackets in a name are marks of the source, but
/// for digits in names of accounts.
bool may_be_proposed(std::string_view author, const SourceConfig& source) {
  const SourceKind* kind = find_source_kind(source.domain);
  const bool digits = kind != nullptr && kind->account_names;
  return author.find_first_of(digits ? "[](){}<>" : "[](){}<>0123456789") == std::string_view::npos;
}

/// Throws RunError for a user who is no author of any turn.
void check_users(const Collected& collected, const IngestSettings& settings,
                 const std::vector<UserConfig>& users) {
  for (std::size_t i = 0; i < users.size(); ++i) {
    const auto& sessions = collected.index.sessions();
    if (std::any_of(sessions.begin(), sessions.end(),
                    [&](const IndexedSession& session) { return !session.user_turns[i].empty(); }))
      continue;
    const UserConfig& user = settings.users[i];
    std::string advice = "give the name exactly as the source does";
    if (settings.forgotten.has_author(user.name)) {
      advice = "this run has been told to forget them: take them out of `users`";
    } else if (!uses_pseudonyms(settings.source)) {
      std::vector<std::string> known(collected.authors.begin(), collected.authors.end());
      std::erase_if(known,
                    [&](const std::string& author) { return !may_be_proposed(author, settings.source); });
      std::sort(known.begin(), known.end());
      const auto nearest = nearest_word(user.name, known);
      if (nearest) advice = fmt::format("did you mean '{}'?", *nearest);
    }
    throw RunError(fmt::format(
        "users: '{}' (id '{}') never speaks in source '{}' ({} sessions, {} authors); {}", user.name,
        user.id.str(), settings.source.path.string(), sessions.size(), collected.authors.size(), advice));
  }
}

/// What a reader says of bad input may name the users, and quote anybody.
std::vector<Reject> screened_rejects(const SessionReader& reader, const IngestSettings& settings) {
  std::vector<Reject> rejects = reader.rejects();
  if (!uses_pseudonyms(settings.source)) return rejects;
  const auto hide_names = [&](std::string& text) {
    for (const UserConfig& user : settings.users) {
      const std::string pseudonym = pseudonym_of(user.name);
      const auto same = [](char a, char b) { return ascii_lower_case(a) == ascii_lower_case(b); };
      for (auto at = text.begin();;) {
        at = std::search(at, text.end(), user.name.begin(), user.name.end(), same);
        if (at == text.end()) break;
        const auto offset = at - text.begin();
        text.replace(static_cast<std::size_t>(offset), user.name.size(), pseudonym);
        at = text.begin() + offset + static_cast<std::ptrdiff_t>(pseudonym.size());
      }
    }
  };
  for (Reject& reject : rejects) {
    hide_names(reject.subject.file);
    hide_names(reject.subject.item);
    for (RejectCause& cause : reject.causes) hide_names(cause.message);
    reject.raw.clear();
  }
  return rejects;
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
    why += fmt::format("; {} without a date left out", counted(found.sessions_without_date, "session"));
  }
  log.warning(fmt::format(
      "user '{}': {} in {}, fewer than the {} train and {} test asked for; shrunk "
      "in proportion to {} train and {} test{}",
      user.id.str(), counted(found.targets_valid, "valid target"), counted(found.sessions.size(), "session"),
      config.train_targets, config.test_targets, split.train_0 + split.train_1, split.test, why));
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
  pair.set_context_gap(context.gap);
  for (Turn& before : pair.context) before.id.clear();
  pair.action = session.turns[turn].text;
  return pair;
}

/// What was done to contexts.
struct ContextCounts {
  std::size_t cut = 0;
  std::size_t masked = 0;  ///< contexts in which a name was hidden
  std::size_t places = 0;  ///< where it stood
};

/// How many of the names hidden in a turn are in what is left of it.
std::size_t places_left(const Turn& turn, std::size_t places) {
  std::size_t left = 0;
  for (std::size_t at = turn.text.find(NameMask::stand_in); at != std::string::npos && left < places;
       at = turn.text.find(NameMask::stand_in, at + 1))
    ++left;
  return left;
}

/// The turns before a user's target as its context has them, before they are cut.
class MaskedTurns {
 public:
  MaskedTurns(std::vector<Turn> turns, const std::vector<NameMask>& masks) : turns_(std::move(turns)) {
    for (Turn& turn : turns_) {
      std::size_t places = 0;
      for (const NameMask& mask : masks) {
        MaskedText masked = mask.masked(turn.text);
        places += masked.places;
        turn.text = std::move(masked.text);
      }
      places_.push_back(places);
    }
  }

  [[nodiscard]] CutContext context_of(std::size_t target, const ContextBudget& budget,
                                      ContextCounts& counts) const {
    const std::vector<Turn> before(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(target));
    CutContext context = cut_context(before, budget);
    counts.cut += context.cut() ? 1 : 0;
    // Where the first turn is kept it is the session's; all others are the last ones before the target.
    std::size_t places = 0;
    for (std::size_t at = 0; at < context.turns.size(); ++at) {
      const bool first = at == 0 && context.gap == ContextGap::after_first;
      const std::size_t turn = first ? 0 : target - (context.turns.size() - at);
      places += places_left(context.turns[at], places_[turn]);
    }
    counts.places += places;
    counts.masked += places > 0 ? 1 : 0;
    return context;
  }

 private:
  std::vector<Turn> turns_;
  std::vector<std::size_t> places_;  ///< by turn
};

/// Those that hide a user: by the name that the config gives and by the one that the turns have.
std::vector<NameMask> masks_of(const UserConfig& configured, const UserConfig& screened, bool mask_user) {
  std::vector<NameMask> masks;
  if (!mask_user) return masks;
  masks.emplace_back(configured.name);
  if (screened.name != configured.name) masks.emplace_back(screened.name);
  return masks;
}

/// Gives out a user's pairs by session id and turn.
void give_pairs(const UserConfig& user, const UserTargets& found, const SplitResult& split,
                const IngestSettings& settings, const std::vector<NameMask>& masks, SessionIndex& index,
                const IngestOutputs& outputs, ContextCounts& counts) {
  std::vector<Assignment> assignments = split.assignments;
  // The eligible sessions come in the order of their ids.
  std::sort(assignments.begin(), assignments.end(),
            [](const Assignment& a, const Assignment& b) { return a.session < b.session; });
  for (const Assignment& assignment : assignments) {
    const Session session = index.read(index.sessions()[found.session_indices[assignment.session]]);
    const std::vector<std::size_t>& targets = found.sessions[assignment.session].targets;
    const MaskedTurns turns(session.turns, masks);
    const ContextBudget budget =
        context_budget(settings.context_tokens, settings.context_keep_first, session.domain);
    for (std::size_t i = 0; i < assignment.targets; ++i) {
      CutContext context = turns.context_of(targets[i], budget, counts);
      if (context.turns.empty()) {
        throw UsageError(
            fmt::format("context_tokens: {} leaves no room for a single turn; give some hundreds",
                        settings.context_tokens));
      }
      outputs.pair(make_pair(session, targets[i], user, assignment.split, std::move(context)));
    }
  }
}

Json counts_of_source(const Collected& collected, const SessionReader& reader, const IngestResult& result,
                      const SourceConfig& source) {
  std::size_t turns = 0, without_date = 0;
  for (const IndexedSession& session : collected.index.sessions()) {
    turns += session.turns;
    if (session.date.empty()) ++without_date;
  }
  Json counts;
  if (const SourceKind* kind = find_source_kind(source.domain)) counts["terms"] = kind->terms;
  counts["pseudonyms"] = uses_pseudonyms(source);
  counts["sessions"] = collected.index.sessions().size();
  counts["turns"] = turns;
  counts["sessions_without_date"] = without_date;
  counts["duplicate_sessions"] = collected.duplicates;
  counts["forgotten_turns"] = collected.forgotten_turns;
  counts["skips"] = Json::object();
  for (const auto& [reason, count] : reader.skips()) counts["skips"][reason] = count;
  counts["missing"] = result.missing.size();
  counts["rejects"] = result.rejects.size();
  return counts;
}

}  // namespace

bool uses_pseudonyms(const SourceConfig& source) {
  if (source.pseudonyms) return *source.pseudonyms;
  const SourceKind* kind = find_source_kind(source.domain);
  return kind != nullptr && kind->pseudonyms;
}

IngestResult ingest(SessionReader& reader, const IngestSettings& settings, const IngestOutputs& outputs,
                    Log& log) {
  if (settings.users.empty()) {
    throw UsageError(
        "users: the config names no user; add {id: ..., name: ...} with a name as the source gives it");
  }
  const std::vector<UserConfig> users = screened_users(settings);
  Collected collected;
  collect(reader, settings, users, collected);
  IngestResult result;
  result.rejects = screened_rejects(reader, settings);
  result.missing = reader.missing();
  check_found_any(collected, result.rejects, settings.source);
  check_users(collected, settings, users);
  for (const IndexedSession& session : collected.index.sessions())
    outputs.session(collected.index.line(session));
  result.counts = counts_of_source(collected, reader, result, settings.source);

  ContextCounts contexts;
  std::size_t pairs = 0;
  std::string found_of_each;
  Json counts = Json::object();
  for (std::size_t i = 0; i < users.size(); ++i) {
    const UserConfig& user = users[i];
    const UserTargets found = find_targets(collected.index.sessions(), user, i);
    const SplitResult split = split_sessions(found.sessions, settings.split, settings.seed, user.id);
    warn_of_shortage(user, found, split, settings.split, log);
    give_pairs(user, found, split, settings, masks_of(settings.users[i], user, settings.mask_user),
               collected.index, outputs, contexts);
    pairs += split.train_0 + split.train_1 + split.test;
    counts[user.id.str()] = found.counts(user, split);
    found_of_each += fmt::format(
        "; '{}': {} turns in the date range, {} of them excluded by a mark, {} first of a session",
        user.id.str(), found.targets_all + found.left_out_excluded + found.left_out_without_context,
        found.left_out_excluded, found.left_out_without_context);
  }
  if (pairs == 0) {
    throw RunError(
        fmt::format("source '{}': no user has a valid target (a turn after the first of its session, in "
                    "the date range, without an excluded mark){}; check users.from, users.to and "
                    "source.excluded_targets",
                    settings.source.path.string(), found_of_each));
  }
  result.counts["contexts_cut"] = contexts.cut;
  if (settings.mask_user)
    result.counts["masked_names"] = {{"places", contexts.places}, {"contexts", contexts.masked}};
  result.counts["users"] = std::move(counts);
  return result;
}

}  // namespace recon
