#pragma once

#include "recon/core/json_fwd.hpp"
#include "recon/records/fields.hpp"
#include "recon/records/ids.hpp"
#include "recon/records/subject.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// The records of a run's files (DESIGN section 5), one struct a file, each with the descriptors of its
/// fields (fields.hpp), in the order in which they are written. `from_json` is strict about the fields it
/// needs and throws RunError saying which field is missing or of the wrong type; fields it does not know are
/// ignored. `append_json` appends what `to_json().dump()` gives, quickly: false, with anything appended,
/// where that would throw.
struct Turn {
  std::string author;
  std::string text;
  std::string id = {};  ///< the source's own id of the turn, where it has one; written only then
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("author", &Turn::author), field("text", &Turn::text),
                      field("id", &Turn::id, "the source's own id, where it has ids (reddit)", if_set));
  }
  bool operator==(const Turn&) const = default;
};

/// A line of sessions.jsonl.
struct Session {
  SessionId session_id;
  GroupId group;  ///< defaults to the session's id
  std::string domain;
  std::string date;  ///< ISO, empty when unknown
  std::string title;
  std::vector<Turn> turns;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(
        field("session_id", &Session::session_id),
        field("group", &Session::group, "defaults to `session_id`", defaulted),
        field("domain", &Session::domain, "`scotus`, `pmq`, `podcast`, `reddit` or any other word"),
        field("date", &Session::date, "ISO date, empty when unknown", defaulted),
        field("title", &Session::title, "", defaulted),
        field("turns", &Session::turns,
              "list of `{author, text}`, with `id` where the source has ids of its own (reddit)"));
  }
  [[nodiscard]] static Session from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

enum class Split { train_0, train_1, test };
[[nodiscard]] const char* to_string(Split split);

/// Where earlier turns or words of a context were left out to keep its budget.
enum class ContextGap {
  none,
  at_beginning,
  after_first,  ///< between the first turn (or its beginning) and the later ones
};

/// A line of pairs.jsonl: a context and the user's action that followed it.
struct Pair {
  PairId pair_id;
  UserId user;
  std::string author;  ///< the user's name in the turns
  std::string domain;
  SessionId session_id;
  GroupId group;
  std::size_t turn = 0;  ///< 0-based index of the action in its session
  Split split = Split::train_0;
  std::vector<Turn> context;
  bool context_cut = false;
  bool context_first_kept = false;  ///< of a context that was cut
  std::string action;
  [[nodiscard]] ContextGap context_gap() const {
    if (!context_cut) return ContextGap::none;
    return context_first_kept ? ContextGap::after_first : ContextGap::at_beginning;
  }
  void set_context_gap(ContextGap gap) {
    context_cut = gap != ContextGap::none;
    context_first_kept = gap == ContextGap::after_first;
  }
  [[nodiscard]] bool is_test() const { return split == Split::test; }
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(
        field("pair_id", &Pair::pair_id, "`user/session_id/turn`"),
        field("user", &Pair::user, "the user's id in the config"),
        field("author", &Pair::author, "the user's name in the turns; never shown to a model"),
        field("domain", &Pair::domain, "of the session"),
        field("session_id", &Pair::session_id, "of the session"),
        field("group", &Pair::group, "of the session"),
        field("turn", &Pair::turn, "0-based index of the action in its session"),
        field("split", &Pair::split,
              "`train_0`, `train_1` or `test`; the pool for retrieval is both train parts"),
        field("context", &Pair::context,
              "list of `{author, text}`: the turns before the action, as far as they fit `context_tokens` "
              "(see [method.md](method.md#how-a-context-is-cut)); names hidden with `mask_user`"),
        field("context_cut", &Pair::context_cut,
              "true where earlier turns or words were left out. A file without it counts as false",
              defaulted),
        field("context_first_kept", &Pair::context_first_kept,
              "only where true: what was left out stood after the first turn, which was kept", if_set),
        field("action", &Pair::action, "what the user said"));
  }
  [[nodiscard]] static Pair from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

struct Neighbor {
  PairId pair_id;
  double similarity = 0;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("pair_id", &Neighbor::pair_id), field("similarity", &Neighbor::similarity));
  }
};

/// A line of neighbors.jsonl: the train pairs nearest to a test pair, nearest first.
struct Neighbors {
  PairId pair_id;
  std::vector<Neighbor> neighbors;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("pair_id", &Neighbors::pair_id, "the test pair"),
                      field("neighbors", &Neighbors::neighbors,
                            "list of `{pair_id, similarity}`, nearest first, 2k of them; the first k that "
                            "have a trace in every compared method become the examples"));
  }
  [[nodiscard]] static Neighbors from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

/// A line of candidates.jsonl: one of N reasoning traces sampled for a pair.
struct Candidate {
  PairId pair_id;
  int candidate = 0;
  std::string reasoning;
  double copied = 0;  ///< see verbatim_overlap (text.hpp)
  std::string model;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("pair_id", &Candidate::pair_id),
                      field("candidate", &Candidate::candidate, "0 .. N-1"),
                      field("reasoning", &Candidate::reasoning, "the trace"),
                      field("copied", &Candidate::copied,
                            "words of the longest span that the trace shares with the action and not with "
                            "the context, as a share of the action's words"),
                      field("model", &Candidate::model));
  }
  [[nodiscard]] static Candidate from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

/// A line of reconstructions.jsonl: the action a model gives for context + candidate.
struct Reconstruction {
  PairId pair_id;
  int candidate = 0;
  int sample = 0;
  std::string action;
  std::string model;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("pair_id", &Reconstruction::pair_id),
                      field("candidate", &Reconstruction::candidate),
                      field("sample", &Reconstruction::sample),
                      field("action", &Reconstruction::action,
                            "as the model gave it, trimmed, with copied entities as characters again"),
                      field("model", &Reconstruction::model));
  }
  [[nodiscard]] static Reconstruction from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

struct Score {
  int candidate = 0;
  std::optional<double> style;
  std::optional<double> intent;
  std::optional<double> values;
  double overall = 0;  ///< in 0..1 from a judge; nats per token from the likelihood scorer
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("candidate", &Score::candidate), field("style", &Score::style, "", nullable),
                      field("intent", &Score::intent, "", nullable),
                      field("values", &Score::values, "", nullable), field("overall", &Score::overall));
  }
};

/// A line of judgments.jsonl: scores of all candidates of a pair against the true action.
struct Judgment {
  PairId pair_id;
  std::vector<Score> scores;  ///< by candidate
  std::vector<int> order;     ///< 0-based candidates in the order shown to the judge
  std::string scorer;         ///< "llm" or "likelihood"
  std::string model;
  std::string why = {};  ///< the judge's reason, where it was asked for one and gave it; written only then
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(
        field("pair_id", &Judgment::pair_id),
        field("scores", &Judgment::scores,
              "by candidate: `{candidate, style, intent, values, overall}`. From a judge all lie in 0..1. "
              "The likelihood scorer gives `overall` in nats per token and leaves the other three null"),
        field("order", &Judgment::order, "the 0-based candidates in the order in which the judge saw them"),
        field("scorer", &Judgment::scorer, "`llm` or `likelihood`"), field("model", &Judgment::model),
        field("why", &Judgment::why,
              "only with `judge.explain`, where the judge gave one: its reason in its own words", if_set));
  }
  [[nodiscard]] static Judgment from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

/// A line of traces.METHOD.jsonl: the one trace a method keeps for a pair.
struct Trace {
  PairId pair_id;
  std::string method;
  std::optional<int> candidate;  ///< which candidate it was; null for the baseline
  std::string reasoning;
  std::optional<double> score;
  bool copying = false;  ///< every candidate copied more than `select.max_copied`; written only when true
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(
        field("pair_id", &Trace::pair_id), field("method", &Trace::method),
        field("candidate", &Trace::candidate, "which candidate it was; null for `backward`", nullable),
        field("reasoning", &Trace::reasoning),
        field("score", &Trace::score, "its `overall`, where there is one", nullable),
        field("copying", &Trace::copying,
              "only where true: every candidate copied more than `select.max_copied`, and this one copied "
              "least",
              if_set));
  }
  [[nodiscard]] static Trace from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

/// A line of actions.METHOD.jsonl: the action generated for a test pair.
struct Action {
  PairId pair_id;
  std::string method;
  std::string action;
  std::string model;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("pair_id", &Action::pair_id), field("method", &Action::method),
                      field("action", &Action::action), field("model", &Action::model));
  }
  [[nodiscard]] static Action from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

enum class Outcome { a, b, tie, tie_bad, na };
[[nodiscard]] const char* to_string(Outcome outcome);

/// A line of verdicts.jsonl: two methods' actions for one test pair compared. `a` is the method, `b` the
/// baseline.
struct Verdict {
  PairId pair_id;
  UserId user;
  std::string domain;
  SessionId session_id;
  GroupId group;
  std::string a;
  std::string b;
  std::optional<Outcome> shown_first;  ///< `a` or `b`; absent where nothing was shown to a judge
  std::optional<Outcome> style;
  std::optional<Outcome> intent;
  std::optional<Outcome> values;
  Outcome overall = Outcome::tie;
  std::string model;
  int replicate = 0;
  std::optional<double> score_a;  ///< likelihood metric: mean log-probability per token, nats
  std::optional<double> score_b;
  std::string why = {};  ///< the judge's reason, where it was asked for one and gave it; written only then
  /// The two actions are the same text: a tie in everything that no judge was asked about, so that nothing
  /// was shown first. Written only when true.
  bool identical = false;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(
        field("pair_id", &Verdict::pair_id, "the test pair"), field("user", &Verdict::user, "of the pair"),
        field("domain", &Verdict::domain, "of the pair"),
        field("session_id", &Verdict::session_id, "of the pair"),
        field("group", &Verdict::group, "of the pair"), field("a", &Verdict::a, "the method"),
        field("b", &Verdict::b, "the baseline"),
        field("shown_first", &Verdict::shown_first,
              "`a` or `b`: which answer the judge saw first; null where it saw none (likelihood metric, "
              "equal texts)",
              nullable),
        field("style", &Verdict::style,
              "`a`, `b` (clearly closer, even if neither is close), `tie` (neither is closer, both are "
              "close), `tie_bad` (neither is closer, both are off), `na` (does not apply); judge only",
              nullable),
        field("intent", &Verdict::intent, "the same", nullable),
        field("values", &Verdict::values, "the same", nullable),
        field("overall", &Verdict::overall, "the same, without `na`"), field("model", &Verdict::model),
        field("replicate", &Verdict::replicate),
        field("score_a", &Verdict::score_a,
              "likelihood metric only: mean log-probability per token of the true action, nats", if_set),
        field("score_b", &Verdict::score_b, "the same of the baseline", if_set),
        field("why", &Verdict::why,
              "only with `evaluate.explain`, where the judge gave one: its reason in its own words", if_set),
        field("identical", &Verdict::identical,
              "only where true: both methods gave the same text (spaces at its ends aside); a `tie` in "
              "everything, and no judge was asked",
              if_set));
  }
  [[nodiscard]] static Verdict from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

/// What is wrong with a record by itself, without a question to a model that failed (for those see
/// Failure::Kind, whose words are told apart from these).
enum class RecordFault {
  unknown,        ///< written by an older version, which kept a sentence alone
  unreadable,     ///< of the source: a file or line is not what it should be
  missing_input,  ///< what it is made from is not there, or not complete
};
[[nodiscard]] const char* to_string(RecordFault fault);
[[nodiscard]] std::optional<RecordFault> record_fault_from(std::string_view name);

/// One reason of a reject.
struct RejectCause {
  std::string kind;  ///< a word of RecordFault or of Failure::Kind
  std::string message;
  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(field("kind", &RejectCause::kind), field("message", &RejectCause::message));
  }
  bool operator==(const RejectCause&) const = default;
};

/// A line of rejects.jsonl: what could not be done and why. One per stage and subject; tried again on the
/// next run.
struct Reject {
  std::string stage;
  Subject subject;
  std::vector<RejectCause> causes;  ///< one or more, in the order in which they were met
  std::string raw;                  ///< the reply or line as it came, possibly shortened; may be empty
  static constexpr auto fields() {
    return std::tuple(
        field("stage", &Reject::stage),
        field(
            "subject", &Reject::subject,
            "what it is about, an object: of a pair what applies of `pair`, `method`, `judge`, `candidate`, "
            "`replicate` (left out where it is 0); of a source `file`, `line`, `item`"),
        field("causes", &Reject::causes,
              "list of `{kind, message}`, one or more: the kinds are those of [`recon "
              "failures`](inspecting.md)"),
        field("raw", &Reject::raw, "the reply or line as it came, possibly shortened", Presence::defaulted));
  }
  /// "kind: message", for several causes with "; " between them: for people, never to be read back.
  [[nodiscard]] std::string describe() const;
  /// Reads the lines of older versions, too: their `key` becomes a subject, their sentence `error` a cause of
  /// unknown kind.
  [[nodiscard]] static Reject from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  [[nodiscard]] bool append_json(std::string& into) const;
};

}  // namespace recon
