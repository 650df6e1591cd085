#include "recon/records/records.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/json_text.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

const Json& field(const Json& value, const char* name) {
  const auto found = value.find(name);
  if (found == value.end()) throw RunError(fmt::format("field '{}' is missing", name));
  return *found;
}

[[noreturn]] void wrong_type(const char* name, const Json& found, std::string_view expected) {
  throw RunError(fmt::format("field '{}': found {}, expected {}", name, found.type_name(), expected));
}

std::string text_of(const Json& value, const char* name) {
  const Json& found = field(value, name);
  if (!found.is_string()) wrong_type(name, found, "a string");
  return found.get<std::string>();
}

std::string text_or(const Json& value, const char* name, std::string fallback) {
  const auto found = value.find(name);
  if (found == value.end() || found->is_null()) return fallback;
  return text_of(value, name);
}

double number_of(const Json& value, const char* name) {
  const Json& found = field(value, name);
  if (!found.is_number()) wrong_type(name, found, "a number");
  return found.get<double>();
}

std::optional<double> number_or_null(const Json& value, const char* name) {
  const auto found = value.find(name);
  if (found == value.end() || found->is_null()) return std::nullopt;
  return number_of(value, name);
}

int integer_from(const Json& found, const char* name) {
  if (!found.is_number_integer()) wrong_type(name, found, "an integer");
  const bool fits = found.is_number_unsigned() ? std::in_range<int>(found.get<std::uint64_t>())
                                               : std::in_range<int>(found.get<std::int64_t>());
  if (!fits)
    throw RunError(fmt::format("field '{}': found {}, expected a smaller number", name, found.dump()));
  return found.get<int>();
}

int integer_of(const Json& value, const char* name) { return integer_from(field(value, name), name); }

bool flag_of(const Json& value, const char* name) {
  const auto found = value.find(name);
  if (found == value.end() || found->is_null()) return false;
  if (!found->is_boolean()) wrong_type(name, *found, "true or false");
  return found->get<bool>();
}

const Json& array_of(const Json& value, const char* name) {
  const Json& found = field(value, name);
  if (!found.is_array()) wrong_type(name, found, "an array");
  return found;
}

Json number_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::vector<Turn> turns_of(const Json& value, const char* name) {
  std::vector<Turn> turns;
  for (const Json& turn : array_of(value, name)) {
    if (!turn.is_object()) wrong_type(name, turn, "an array of {author, text}");
    turns.push_back({text_of(turn, "author"), text_of(turn, "text"), text_or(turn, "id", {})});
  }
  return turns;
}

Json turns_json(const std::vector<Turn>& turns) {
  Json result = Json::array();
  for (const Turn& turn : turns) {
    Json written = {{"author", turn.author}, {"text", turn.text}};
    if (!turn.id.empty()) written["id"] = turn.id;
    result.push_back(std::move(written));
  }
  return result;
}

constexpr std::array<const char*, 3> split_names = {"train_0", "train_1", "test"};
constexpr std::array<const char*, 3> record_fault_names = {"unknown", "unreadable", "missing_input"};
constexpr std::array<const char*, 5> outcome_names = {"a", "b", "tie", "tie_bad", "na"};

template <class Enum, std::size_t count>
Enum named(const std::array<const char*, count>& names, const std::string& found, const char* field_name) {
  for (std::size_t i = 0; i < count; ++i) {
    if (found == names[i]) return static_cast<Enum>(i);
  }
  throw RunError(
      fmt::format("field '{}': found '{}', expected one of {}", field_name, found, fmt::join(names, ", ")));
}

std::optional<Outcome> outcome_or_null(const Json& value, const char* name) {
  const auto found = value.find(name);
  if (found == value.end() || found->is_null()) return std::nullopt;
  return named<Outcome>(outcome_names, text_of(value, name), name);
}

Json outcome_json(const std::optional<Outcome>& outcome) {
  return outcome ? Json(to_string(*outcome)) : Json(nullptr);
}

/// Writes the fields of one record; remembers whether one of them could not be written.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& into) : into_(into) {}

  FieldWriter& text(std::string_view name, std::string_view value) {
    begin(name);
    good_ = append_json_string(into_, value) && good_;
    return *this;
  }
  FieldWriter& integer(std::string_view name, int value) {
    begin(name);
    append_json_integer(into_, value);
    return *this;
  }
  FieldWriter& number(std::string_view name, double value) {
    begin(name);
    good_ = append_json_number(into_, value) && good_;
    return *this;
  }
  /// A constant in JSON.
  FieldWriter& constant(std::string_view name, std::string_view value) {
    begin(name);
    into_ += value;
    return *this;
  }
  [[nodiscard]] bool end() {
    into_ += '}';
    return good_;
  }

 private:
  std::string& into_;
  bool first_ = true;
  bool good_ = true;

  void begin(std::string_view name) {
    into_ += first_ ? "{\"" : ",\"";
    into_ += name;
    into_ += "\":";
    first_ = false;
  }
};

}  // namespace

const char* to_string(Split split) { return split_names.at(static_cast<std::size_t>(split)); }
const char* to_string(Outcome outcome) { return outcome_names.at(static_cast<std::size_t>(outcome)); }

Session Session::from_json(const Json& value) {
  Session session;
  session.session_id = SessionId(text_of(value, "session_id"));
  if (session.session_id.empty()) throw RunError("field 'session_id' is empty");
  session.group = GroupId(text_or(value, "group", session.session_id.str()));
  session.domain = text_of(value, "domain");
  session.date = text_or(value, "date", "");
  session.title = text_or(value, "title", "");
  session.turns = turns_of(value, "turns");
  return session;
}

Json Session::to_json() const {
  return {{"session_id", session_id.str()},
          {"group", group.str()},
          {"domain", domain},
          {"date", date},
          {"title", title},
          {"turns", turns_json(turns)}};
}

Pair Pair::from_json(const Json& value) {
  Pair pair;
  pair.pair_id = PairId(text_of(value, "pair_id"));
  pair.user = UserId(text_of(value, "user"));
  pair.author = text_of(value, "author");
  pair.domain = text_of(value, "domain");
  pair.session_id = SessionId(text_of(value, "session_id"));
  pair.group = GroupId(text_of(value, "group"));
  const int turn = integer_of(value, "turn");
  if (turn < 0) throw RunError(fmt::format("field 'turn': found {}, expected 0 or more", turn));
  pair.turn = static_cast<std::size_t>(turn);
  pair.split = named<Split>(split_names, text_of(value, "split"), "split");
  pair.context = turns_of(value, "context");
  const bool first_kept = flag_of(value, "context_first_kept");
  if (flag_of(value, "context_cut"))
    pair.context_gap = first_kept ? ContextGap::after_first : ContextGap::at_beginning;
  pair.action = text_of(value, "action");
  return pair;
}

Json Pair::to_json() const {
  Json written = {{"pair_id", pair_id.str()},
                  {"user", user.str()},
                  {"author", author},
                  {"domain", domain},
                  {"session_id", session_id.str()},
                  {"group", group.str()},
                  {"turn", turn},
                  {"split", to_string(split)},
                  {"context", turns_json(context)},
                  {"context_cut", context_gap != ContextGap::none}};
  if (context_gap == ContextGap::after_first) written["context_first_kept"] = true;
  written["action"] = action;
  return written;
}

Neighbors Neighbors::from_json(const Json& value) {
  Neighbors result;
  result.pair_id = PairId(text_of(value, "pair_id"));
  for (const Json& neighbor : array_of(value, "neighbors")) {
    result.neighbors.push_back({PairId(text_of(neighbor, "pair_id")), number_of(neighbor, "similarity")});
  }
  return result;
}

Json Neighbors::to_json() const {
  Json list = Json::array();
  for (const Neighbor& neighbor : neighbors) {
    list.push_back({{"pair_id", neighbor.pair_id.str()}, {"similarity", neighbor.similarity}});
  }
  return {{"pair_id", pair_id.str()}, {"neighbors", std::move(list)}};
}

Candidate Candidate::from_json(const Json& value) {
  return {PairId(text_of(value, "pair_id")), integer_of(value, "candidate"), text_of(value, "reasoning"),
          number_of(value, "copied"), text_of(value, "model")};
}

Json Candidate::to_json() const {
  return {{"pair_id", pair_id.str()},
          {"candidate", candidate},
          {"reasoning", reasoning},
          {"copied", copied},
          {"model", model}};
}

bool Candidate::append_json(std::string& into) const {
  return FieldWriter(into)
      .text("pair_id", pair_id.str())
      .integer("candidate", candidate)
      .text("reasoning", reasoning)
      .number("copied", copied)
      .text("model", model)
      .end();
}

Reconstruction Reconstruction::from_json(const Json& value) {
  return {PairId(text_of(value, "pair_id")), integer_of(value, "candidate"), integer_of(value, "sample"),
          text_of(value, "action"), text_of(value, "model")};
}

Json Reconstruction::to_json() const {
  return {{"pair_id", pair_id.str()},
          {"candidate", candidate},
          {"sample", sample},
          {"action", action},
          {"model", model}};
}

bool Reconstruction::append_json(std::string& into) const {
  return FieldWriter(into)
      .text("pair_id", pair_id.str())
      .integer("candidate", candidate)
      .integer("sample", sample)
      .text("action", action)
      .text("model", model)
      .end();
}

Judgment Judgment::from_json(const Json& value) {
  Judgment judgment;
  judgment.pair_id = PairId(text_of(value, "pair_id"));
  for (const Json& score : array_of(value, "scores")) {
    judgment.scores.push_back({integer_of(score, "candidate"), number_or_null(score, "style"),
                               number_or_null(score, "intent"), number_or_null(score, "values"),
                               number_of(score, "overall")});
  }
  for (const Json& position : array_of(value, "order")) {
    judgment.order.push_back(integer_from(position, "order"));
  }
  judgment.scorer = text_of(value, "scorer");
  judgment.model = text_of(value, "model");
  judgment.why = text_or(value, "why", "");
  return judgment;
}

Json Judgment::to_json() const {
  Json list = Json::array();
  for (const Score& score : scores) {
    list.push_back({{"candidate", score.candidate},
                    {"style", number_json(score.style)},
                    {"intent", number_json(score.intent)},
                    {"values", number_json(score.values)},
                    {"overall", score.overall}});
  }
  Json result = {{"pair_id", pair_id.str()},
                 {"scores", std::move(list)},
                 {"order", order},
                 {"scorer", scorer},
                 {"model", model}};
  if (!why.empty()) result["why"] = why;
  return result;
}

Trace Trace::from_json(const Json& value) {
  Trace trace;
  trace.pair_id = PairId(text_of(value, "pair_id"));
  trace.method = text_of(value, "method");
  if (const auto found = value.find("candidate"); found != value.end() && !found->is_null()) {
    trace.candidate = integer_of(value, "candidate");
  }
  trace.reasoning = text_of(value, "reasoning");
  trace.score = number_or_null(value, "score");
  trace.copying = flag_of(value, "copying");
  return trace;
}

Json Trace::to_json() const {
  Json result = {{"pair_id", pair_id.str()},
                 {"method", method},
                 {"candidate", candidate ? Json(*candidate) : Json(nullptr)},
                 {"reasoning", reasoning},
                 {"score", number_json(score)}};
  if (copying) result["copying"] = true;
  return result;
}

bool Trace::append_json(std::string& into) const {
  FieldWriter writer(into);
  writer.text("pair_id", pair_id.str()).text("method", method);
  candidate ? writer.integer("candidate", *candidate) : writer.constant("candidate", "null");
  writer.text("reasoning", reasoning);
  score ? writer.number("score", *score) : writer.constant("score", "null");
  if (copying) writer.constant("copying", "true");
  return writer.end();
}

Action Action::from_json(const Json& value) {
  return {PairId(text_of(value, "pair_id")), text_of(value, "method"), text_of(value, "action"),
          text_of(value, "model")};
}

Json Action::to_json() const {
  return {{"pair_id", pair_id.str()}, {"method", method}, {"action", action}, {"model", model}};
}

bool Action::append_json(std::string& into) const {
  return FieldWriter(into)
      .text("pair_id", pair_id.str())
      .text("method", method)
      .text("action", action)
      .text("model", model)
      .end();
}

Verdict Verdict::from_json(const Json& value) {
  Verdict verdict;
  verdict.pair_id = PairId(text_of(value, "pair_id"));
  verdict.user = UserId(text_of(value, "user"));
  verdict.domain = text_of(value, "domain");
  verdict.session_id = SessionId(text_of(value, "session_id"));
  verdict.group = GroupId(text_of(value, "group"));
  verdict.a = text_of(value, "a");
  verdict.b = text_of(value, "b");
  verdict.shown_first = outcome_or_null(value, "shown_first");
  verdict.style = outcome_or_null(value, "style");
  verdict.intent = outcome_or_null(value, "intent");
  verdict.values = outcome_or_null(value, "values");
  verdict.overall = named<Outcome>(outcome_names, text_of(value, "overall"), "overall");
  verdict.model = text_of(value, "model");
  verdict.replicate = integer_of(value, "replicate");
  verdict.score_a = number_or_null(value, "score_a");
  verdict.score_b = number_or_null(value, "score_b");
  verdict.why = text_or(value, "why", "");
  verdict.identical = flag_of(value, "identical");
  return verdict;
}

Json Verdict::to_json() const {
  Json result = {{"pair_id", pair_id.str()},
                 {"user", user.str()},
                 {"domain", domain},
                 {"session_id", session_id.str()},
                 {"group", group.str()},
                 {"a", a},
                 {"b", b},
                 {"shown_first", outcome_json(shown_first)},
                 {"style", outcome_json(style)},
                 {"intent", outcome_json(intent)},
                 {"values", outcome_json(values)},
                 {"overall", to_string(overall)},
                 {"model", model},
                 {"replicate", replicate}};
  if (score_a) result["score_a"] = *score_a;
  if (score_b) result["score_b"] = *score_b;
  if (!why.empty()) result["why"] = why;
  if (identical) result["identical"] = true;
  return result;
}

const char* to_string(RecordFault fault) { return record_fault_names.at(static_cast<std::size_t>(fault)); }

std::optional<RecordFault> record_fault_from(std::string_view name) {
  for (std::size_t i = 0; i < record_fault_names.size(); ++i) {
    if (name == record_fault_names.at(i)) return static_cast<RecordFault>(i);
  }
  return std::nullopt;
}

std::string Reject::describe() const {
  std::string text;
  for (const RejectCause& cause : causes)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", cause.kind, cause.message);
  return text;
}

Reject Reject::from_json(const Json& value) {
  Reject reject{text_of(value, "stage"), text_of(value, "key"), {}, text_or(value, "raw", "")};
  if (!value.contains("causes") && value.contains("error")) {
    reject.causes.push_back({to_string(RecordFault::unknown), text_of(value, "error")});
    return reject;
  }
  for (const Json& cause : array_of(value, "causes")) {
    if (!cause.is_object()) wrong_type("causes", cause, "an array of {kind, message}");
    reject.causes.push_back({text_of(cause, "kind"), text_of(cause, "message")});
  }
  if (reject.causes.empty()) throw RunError("field 'causes': found none, expected one or more");
  return reject;
}

Json Reject::to_json() const {
  Json list = Json::array();
  for (const RejectCause& cause : causes) list.push_back({{"kind", cause.kind}, {"message", cause.message}});
  return {{"stage", stage}, {"key", key}, {"causes", std::move(list)}, {"raw", raw}};
}

}  // namespace recon
