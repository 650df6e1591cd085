#pragma once

#include "recon/core/json_fwd.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A string that identifies one kind of thing, so that a pair's id is never passed where a user's is asked
/// for.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it

 private:
  std::string value_;
};

using UserId = Id<struct UserIdTag>;
using SessionId = Id<struct SessionIdTag>;
using GroupId = Id<struct GroupIdTag>;
/// `user/session_id/turn`
using PairId = Id<struct PairIdTag>;

/// The records of a run's files (DESIGN section 5), one struct a file. `from_json` is strict about the fields
/// it needs and throws RunError saying which field is missing or of the wrong type; fields it does not know
/// are ignored.
struct Turn {
  std::string author;
  std::string text;
  std::string id = {};  ///< the source's own id of the turn, where it has one; written only then
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
  [[nodiscard]] static Session from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
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
  /// Written as `context_cut`, and `context_first_kept` where that is so. A file without them has no gaps.
  ContextGap context_gap = ContextGap::none;
  std::string action;
  [[nodiscard]] bool is_test() const { return split == Split::test; }
  [[nodiscard]] static Pair from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
};

struct Neighbor {
  PairId pair_id;
  double similarity = 0;
};

/// A line of neighbors.jsonl: the train pairs nearest to a test pair, nearest first.
struct Neighbors {
  PairId pair_id;
  std::vector<Neighbor> neighbors;
  [[nodiscard]] static Neighbors from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
};

/// A line of candidates.jsonl: one of N reasoning traces sampled for a pair.
struct Candidate {
  PairId pair_id;
  int candidate = 0;
  std::string reasoning;
  double copied = 0;  ///< see verbatim_overlap (text.hpp)
  std::string model;
  [[nodiscard]] static Candidate from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  /// Appends what `to_json().dump()` gives, quickly. False, with anything appended, where that would throw.
  [[nodiscard]] bool append_json(std::string& into) const;
};

/// A line of reconstructions.jsonl: the action a model gives for context + candidate.
struct Reconstruction {
  PairId pair_id;
  int candidate = 0;
  int sample = 0;
  std::string action;
  std::string model;
  [[nodiscard]] static Reconstruction from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  /// Appends what `to_json().dump()` gives, quickly. False, with anything appended, where that would throw.
  [[nodiscard]] bool append_json(std::string& into) const;
};

struct Score {
  int candidate = 0;
  std::optional<double> style;
  std::optional<double> intent;
  std::optional<double> values;
  double overall = 0;  ///< in 0..1 from a judge; nats per token from the likelihood scorer
};

/// A line of judgments.jsonl: scores of all candidates of a pair against the true action.
struct Judgment {
  PairId pair_id;
  std::vector<Score> scores;  ///< by candidate
  std::vector<int> order;     ///< 0-based candidates in the order shown to the judge
  std::string scorer;         ///< "llm" or "likelihood"
  std::string model;
  std::string why = {};  ///< the judge's reason, where it was asked for one and gave it; written only then
  [[nodiscard]] static Judgment from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
};

/// A line of traces.METHOD.jsonl: the one trace a method keeps for a pair.
struct Trace {
  PairId pair_id;
  std::string method;
  std::optional<int> candidate;  ///< which candidate it was; null for the baseline
  std::string reasoning;
  std::optional<double> score;
  bool copying = false;  ///< every candidate copied more than `select.max_copied`; written only when true
  [[nodiscard]] static Trace from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  /// Appends what `to_json().dump()` gives, quickly. False, with anything appended, where that would throw.
  [[nodiscard]] bool append_json(std::string& into) const;
};

/// A line of actions.METHOD.jsonl: the action generated for a test pair.
struct Action {
  PairId pair_id;
  std::string method;
  std::string action;
  std::string model;
  [[nodiscard]] static Action from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
  /// Appends what `to_json().dump()` gives, quickly. False, with anything appended, where that would throw.
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
  [[nodiscard]] static Verdict from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
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
  bool operator==(const RejectCause&) const = default;
};

/// A line of rejects.jsonl: what could not be done and why. One per stage and key; tried again on the next
/// run.
struct Reject {
  std::string stage;
  std::string key;                  ///< pair id, file name or other record key
  std::vector<RejectCause> causes;  ///< one or more, in the order in which they were met
  std::string raw;                  ///< the reply or line as it came, possibly shortened; may be empty
  /// "kind: message", for several causes with "; " between them: for people, never to be read back.
  [[nodiscard]] std::string describe() const;
  /// Reads the lines of older versions, too: their sentence `error` is a cause of unknown kind.
  [[nodiscard]] static Reject from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
};

}  // namespace recon

template <class Tag>
struct std::hash<recon::Id<Tag>> {
  std::size_t operator()(const recon::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
