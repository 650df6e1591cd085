#include "judge_form.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "outcome_words.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::string_view why_key = "why";
constexpr std::array<std::string_view, 4> field_names{"style", "intent", "values", "overall"};
constexpr std::size_t overall_field = 3;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// How a key names a field: by its name, or as `style_score` or `style_verdict`.
enum class Naming : std::uint8_t { exact, longer };

bool names_field(std::string_view key, std::string_view field, Naming naming) {
  if (!key.starts_with(field)) return false;
  const std::string_view rest = key.substr(field.size());
  return naming == Naming::exact ? rest.empty() : is_one_of(rest, {"_score", "_verdict"});
}

bool is_container_key(std::string_view key) {
  return is_one_of(
      key, {"scores", "score", "ratings", "dimensions", "verdicts", "verdict", "judgment", "judgement"});
}

void collect_fields(const LooseValue& object, std::string_view field, Naming naming,
                    std::vector<const LooseValue*>& into) {
  for (const LooseMember& member : object.members) {
    if (names_field(form_key(member.key), field, naming)) into.push_back(&member.value);
  }
}

/// The values of a field in an object, or in the one object that it keeps its fields in.
std::vector<const LooseValue*> field_values(const LooseValue& object, std::string_view field) {
  std::vector<const LooseValue*> values;
  for (const Naming naming : {Naming::exact, Naming::longer}) {
    collect_fields(object, field, naming, values);
    if (!values.empty()) return values;
  }
  for (const Naming naming : {Naming::exact, Naming::longer}) {
    for (const LooseMember& member : object.members) {
      if (is_container_key(form_key(member.key)) && member.value.is_object())
        collect_fields(member.value, field, naming, values);
    }
    if (!values.empty()) return values;
  }
  return values;
}

/// A value with a reason beside it, or the value itself.
const LooseValue& bare_value(const LooseValue& value, std::initializer_list<std::string_view> keys) {
  if (!value.is_object()) return value;
  const LooseValue* found = nullptr;
  for (const LooseMember& member : value.members) {
    if (!is_one_of(form_key(member.key), keys)) continue;
    if (found != nullptr) return value;
    found = &member.value;
  }
  return found == nullptr ? value : *found;
}

/// What stands in a form where an answer goes: `A|B|tie`, `<0..1>`, `...`, nothing, a JSON schema.
bool is_placeholder(const LooseValue& value) {
  if (value.is_object()) {
    return std::any_of(value.members.begin(), value.members.end(), [](const LooseMember& member) {
      return is_one_of(form_key(member.key), {"type", "enum", "$ref"});
    });
  }
  if (!value.is_text()) return false;
  const std::string word = ascii_lower_case(trim(value.text));
  const auto has = [&](std::string_view part) { return word.find(part) != std::string::npos; };
  if (word.empty() || has("|") || has("...") || has("\xE2\x80\xA6") || (has("<") && has(">"))) return true;
  return is_one_of(word,
                   {"0..1", "0-1", "0.0-1.0", "0 to 1", "score", "number", "float", "verdict", "string"});
}

std::string shown(const LooseValue& value) {
  constexpr std::size_t longest = 40;
  if (value.is_object()) return "{...}";
  if (value.is_list()) return "[...]";
  return value.text.size() <= longest ? value.text
                                      : replace_invalid_utf8(value.text.substr(0, longest)) + "...";
}

/// Marks and quotes that models put around a word.
std::string_view without_marks(std::string_view text) {
  constexpr std::string_view marks = "*_`\"'#: \t";
  while (!text.empty() && marks.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (!text.empty() && marks.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return text;
}

std::optional<double> number_in(const LooseValue& value) {
  if (value.kind == LooseValue::Kind::number) return value.number;
  return value.is_text() ? read_loose_number(without_marks(value.text)) : std::nullopt;
}

std::optional<double> share_in(const LooseValue& field) {
  const auto number = number_in(bare_value(field, {"score", "value", "rating"}));
  if (!number || !(*number >= 0 && *number <= 1)) return std::nullopt;
  return *number + 0.0;  // no negative zero
}

std::optional<Outcome> outcome_in(const LooseValue& field) {
  const LooseValue& value =
      bare_value(field, {"verdict", "winner", "answer", "choice", "value", "result", "outcome"});
  return value.is_text() ? outcome_from_words(value.text) : std::nullopt;
}

/// The whole number that names a candidate: `1`, `1.0`, `"1"`, `candidate 1`.
std::optional<double> candidate_number(std::string_view text) {
  std::string word = ascii_lower_case(without_marks(text));
  constexpr std::string_view noun = "candidate";
  if (word.starts_with(noun)) word = std::string(without_marks(std::string_view(word).substr(noun.size())));
  const auto number = read_loose_number(word);
  return number && std::floor(*number) == *number ? number : std::nullopt;
}

std::optional<double> candidate_in(const LooseValue& value) {
  if (value.is_object() || value.is_list()) return std::nullopt;
  return candidate_number(value.text);
}

bool is_candidate_key(std::string_view key) {
  return is_one_of(key, {"candidate", "candidate_number", "candidate_no"});
}

bool has_candidate(const LooseValue& object) {
  return object.is_object() &&
         std::any_of(object.members.begin(), object.members.end(),
                     [](const auto& member) { return is_candidate_key(form_key(member.key)); });
}

std::size_t fields_in(const LooseValue& object) {
  return static_cast<std::size_t>(std::count_if(field_names.begin(), field_names.end(), [&](auto field) {
    return !field_values(object, field).empty();
  }));
}

/// Whether all fields that an object has are placeholders, and there is one.
bool restates_form(const LooseValue& object) {
  bool any = false;
  for (const std::string_view field : field_names) {
    for (const LooseValue* value : field_values(object, field)) {
      if (!is_placeholder(*value)) return false;
      any = true;
    }
  }
  return any;
}

/// Reads a field that may stand twice only if it says the same.
template <class Value>
Parsed<Value> read_field(const LooseValue& object, std::string_view field,
                         std::optional<Value> (*read)(const LooseValue&), std::string_view expected) {
  const auto values = field_values(object, field);
  if (values.empty()) return fmt::format("no '{}'", field);
  std::optional<Value> result;
  for (const LooseValue* value : values) {
    const auto found = read(*value);
    if (!found) return fmt::format("'{}' is '{}', expected {}", field, shown(*value), expected);
    if (result && *result != *found) return fmt::format("'{}' stands twice and differs", field);
    result = found;
  }
  return *result;
}

/// A candidate and what is said of it.
struct Entry {
  std::optional<double> number;  ///< nullopt: no whole number
  const LooseValue* value = nullptr;
};

/// The candidate of an object; nullopt where it has none or two.
Entry entry_from(const LooseValue& object) {
  Entry entry{std::nullopt, &object};
  bool first = true;
  for (const LooseMember& member : object.members) {
    if (!is_candidate_key(form_key(member.key))) continue;
    const auto number = candidate_in(member.value);
    if (!first && number != entry.number) return {std::nullopt, &object};
    entry.number = number;
    first = false;
  }
  return entry;
}

Parsed<Score> read_score(const Entry& entry, std::size_t count) {
  if (!entry.number) return "a score has no integer 'candidate'";
  if (!(*entry.number >= 1 && *entry.number <= static_cast<double>(count)))
    return fmt::format("candidate {} does not exist, expected 1..{}", *entry.number, count);
  std::array<double, field_names.size()> shares{};
  for (std::size_t i = 0; i < field_names.size(); ++i) {
    const auto share = read_field<double>(*entry.value, field_names.at(i), share_in, "a number in 0..1");
    if (const auto problem = problem_in(share))
      return fmt::format("candidate {}: {}", *entry.number, *problem);
    shares.at(i) = std::get<double>(share);
  }
  return Score{static_cast<int>(*entry.number) - 1, shares[0], shares[1], shares[2], shares[overall_field]};
}

Parsed<ListwiseReply> read_scores(const std::vector<Entry>& entries, std::size_t count) {
  if (entries.size() != count) return fmt::format("{} scores, expected {}", entries.size(), count);
  std::vector<std::optional<Score>> by_position(count);
  for (const Entry& entry : entries) {
    const auto score = read_score(entry, count);
    if (const auto problem = problem_in(score)) return *problem;
    const auto& read = std::get<Score>(score);
    std::optional<Score>& slot = by_position[static_cast<std::size_t>(read.candidate)];
    if (slot) return fmt::format("candidate {} is scored twice", read.candidate + 1);
    slot = read;
  }
  ListwiseReply reply;
  for (const auto& score : by_position) reply.scores.push_back(*score);
  return reply;
}

/// Entries by their candidates' names, `{"1": {...}, "2": {...}}`; nullopt where an object is something else.
std::optional<std::vector<Entry>> entries_by_name(const LooseValue& object) {
  std::vector<Entry> entries;
  for (const LooseMember& member : object.members) {
    const auto number = candidate_number(member.key);
    if (!number || !member.value.is_object()) return std::nullopt;
    // An entry that names another candidate than its key is none.
    const bool agrees = !has_candidate(member.value) || entry_from(member.value).number == number;
    entries.push_back({agrees ? number : std::nullopt, &member.value});
  }
  return entries.empty() ? std::nullopt : std::optional(std::move(entries));
}

/// The entries of a list or an object, whatever they are.
std::vector<Entry> entries_in(const LooseValue& value) {
  if (value.is_object()) {
    if (has_candidate(value)) return {entry_from(value)};
    if (auto named = entries_by_name(value)) return *std::move(named);
  }
  std::vector<Entry> entries;
  for (const LooseMember& member : value.members)
    entries.push_back(member.value.is_object() ? entry_from(member.value)
                                               : Entry{std::nullopt, &member.value});
  return entries;
}

bool restate_form(const std::vector<Entry>& entries) {
  return !entries.empty() && std::all_of(entries.begin(), entries.end(), [](const Entry& entry) {
    return is_placeholder(*entry.value) || (entry.value->is_object() && restates_form(*entry.value));
  });
}

Claim<ListwiseReply> claim_of_entries(const std::vector<Entry>& entries, std::size_t count) {
  if (restate_form(entries)) return std::nullopt;
  return read_scores(entries, count);
}

constexpr std::string_view tool_input_key = "input";

/// `{"type": "tool_use", "name": ..., "input": {...}}`, as some families hand over an object.
bool is_tool_call(const LooseValue& object) {
  return std::any_of(object.members.begin(), object.members.end(), [](const LooseMember& member) {
    return form_key(member.key) == "type" && member.value.is_text() &&
           is_one_of(form_key(member.value.text), {"tool_use", "tool_call", "function_call", "function"});
  });
}

}  // namespace

std::string form_key(std::string_view key) {
  std::string name;
  for (const char c : without_marks(key)) name += c == ' ' || c == '-' ? '_' : ascii_lower_case(c);
  return name;
}

bool is_aside(const LooseMember& member, const LooseValue& object) {
  const std::string key = form_key(member.key);
  if (key == tool_input_key && is_tool_call(object)) return false;
  return is_one_of(
      key, {why_key,       "reason",   "reasons",  "reasoning", "rationale", "explanation",  "thought",
            "thoughts",    "thinking", "analysis", "comment",   "comments",  "notes",        "draft",
            "first_draft", "example",  "format",   "form",      "schema",    tool_input_key, "prompt"});
}

std::string why_in(const LooseValue& value) {
  for (const LooseMember& member : value.members) {
    if (form_key(member.key) == why_key && member.value.is_text())
      return std::string(trim(member.value.text));
  }
  return "";
}

Claim<PairwiseReply> PairwiseForm::claim_of(const LooseValue& value) const {
  if (!value.is_object() || !begins(value) || restates_form(value)) return std::nullopt;
  PairwiseReply reply;
  const std::array<Outcome*, field_names.size()> targets{&reply.style, &reply.intent, &reply.values,
                                                         &reply.overall};
  for (std::size_t i = 0; i < field_names.size(); ++i) {
    const auto outcome =
        read_field<Outcome>(value, field_names.at(i), outcome_in, "A, B, tie, tie_bad or na");
    if (const auto problem = problem_in(outcome)) return *problem;
    *targets.at(i) = std::get<Outcome>(outcome);
  }
  if (reply.overall == Outcome::na) return "'overall' is 'na', expected A, B, tie or tie_bad";
  reply.why = why_in(value);
  return reply;
}

bool PairwiseForm::begins(const LooseValue& value) const {
  const auto direct = [&](std::string_view field) {
    return std::any_of(value.members.begin(), value.members.end(), [&](const LooseMember& member) {
      const std::string key = form_key(member.key);
      return names_field(key, field, Naming::exact) || names_field(key, field, Naming::longer);
    });
  };
  return direct(field_names[overall_field]) ||
         std::count_if(field_names.begin(), field_names.end(), direct) >= 2;
}

std::string PairwiseForm::missing() {
  return "the reply has no object with 'style', 'intent', 'values' and 'overall'";
}

bool PairwiseForm::same(const Reply& a, const Reply& b) {
  return a.style == b.style && a.intent == b.intent && a.values == b.values && a.overall == b.overall;
}

Claim<ListwiseReply> ListwiseForm::claim_of(const LooseValue& value) const {
  if (value.is_list()) {
    const bool has_entry =
        std::any_of(value.members.begin(), value.members.end(),
                    [](const LooseMember& element) { return has_candidate(element.value); });
    return has_entry ? claim_of_entries(entries_in(value), count_) : std::nullopt;
  }
  if (!value.is_object() || has_candidate(value)) return std::nullopt;
  std::vector<const LooseValue*> lists;
  for (const LooseMember& member : value.members) {
    if (form_key(member.key) == "scores" && !is_placeholder(member.value)) lists.push_back(&member.value);
  }
  if (lists.empty()) {
    const auto named = entries_by_name(value);
    return named ? claim_of_entries(*named, count_) : std::nullopt;
  }
  Claim<ListwiseReply> claim;
  for (const LooseValue* list : lists) {
    if (!list->is_list() && !list->is_object()) return "the reply has no array 'scores'";
    auto next = claim_of_entries(entries_in(*list), count_);
    if (!next) continue;
    const auto* first = claim ? std::get_if<ListwiseReply>(&*claim) : nullptr;
    const auto* second = std::get_if<ListwiseReply>(&*next);
    if (second == nullptr) return next;
    if (first != nullptr && !same(*first, *second)) return "'scores' stands twice and differs";
    claim = std::move(next);
  }
  if (claim && std::holds_alternative<ListwiseReply>(*claim))
    std::get<ListwiseReply>(*claim).why = why_in(value);
  return claim;
}

bool ListwiseForm::begins(const LooseValue& value) const {
  return std::any_of(value.members.begin(), value.members.end(), [&](const LooseMember& member) {
    const std::string key = form_key(member.key);
    if (value.is_list()) return has_candidate(member.value);
    return key == "scores" || is_candidate_key(key);
  });
}

std::string ListwiseForm::missing() { return "the reply has no object with a list 'scores'"; }

bool ListwiseForm::same(const Reply& a, const Reply& b) {
  return std::equal(a.scores.begin(), a.scores.end(), b.scores.begin(), b.scores.end(),
                    [](const Score& left, const Score& right) {
                      return left.candidate == right.candidate && left.style == right.style &&
                             left.intent == right.intent && left.values == right.values &&
                             left.overall == right.overall;
                    });
}

std::optional<std::size_t> ListwiseForm::entry_of(const LooseValue& value) const {
  if (!has_candidate(value) || fields_in(value) == 0 || restates_form(value)) return std::nullopt;
  const auto number = entry_from(value).number;
  return number && *number >= 1 && *number <= static_cast<double>(count_)
             ? static_cast<std::size_t>(*number) - 1
             : count_;
}

Parsed<ListwiseReply> ListwiseForm::from_entries(const std::vector<const LooseValue*>& entries) const {
  std::vector<Entry> read;
  read.reserve(entries.size());
  for (const LooseValue* entry : entries) read.push_back(entry_from(*entry));
  return read_scores(read, count_);
}

}  // namespace recon
