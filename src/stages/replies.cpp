#include "recon/stages/replies.hpp"

#include "recon/core/json.hpp"

#include <array>

#include <fmt/format.h>

namespace recon {
namespace {

/// The end (one past) of the balanced object that starts at `begin`, strings respected; npos where it never
/// ends.
std::size_t end_of_object(std::string_view text, std::size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ' || c == '-') c = '_';
  }
  return text;
}

std::optional<Outcome> outcome_of(const std::string& word) {
  const std::string name = lower(word);
  if (name == "a") return Outcome::a;
  if (name == "b") return Outcome::b;
  if (name == "tie") return Outcome::tie;
  if (name == "tie_bad") return Outcome::tie_bad;
  if (name == "na" || name == "n/a") return Outcome::na;
  return std::nullopt;
}

std::optional<double> share_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const double value = found->get<double>();
  return value >= 0 && value <= 1 ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<Json> find_json_object(std::string_view reply) {
  for (std::size_t begin = reply.find('{'); begin != std::string_view::npos;
       begin = reply.find('{', begin + 1)) {
    const std::size_t end = end_of_object(reply, begin);
    if (end == std::string_view::npos) continue;
    Json value = Json::parse(reply.substr(begin, end - begin), nullptr, false);
    if (value.is_object()) return value;
  }
  return std::nullopt;
}

Parsed<std::vector<Score>> parse_listwise_reply(std::string_view reply, std::size_t count) {
  const auto object = find_json_object(reply);
  if (!object) return "no JSON object in the reply";
  const auto scores = object->find("scores");
  if (scores == object->end() || !scores->is_array()) return "the reply has no array 'scores'";
  if (scores->size() != count) return fmt::format("{} scores, expected {}", scores->size(), count);
  std::vector<std::optional<Score>> by_position(count);
  for (const Json& entry : *scores) {
    if (!entry.is_object() || !entry.contains("candidate") || !entry["candidate"].is_number_integer()) {
      return "a score has no integer 'candidate'";
    }
    const auto number = entry["candidate"].get<std::int64_t>();
    if (number < 1 || number > static_cast<std::int64_t>(count)) {
      return fmt::format("candidate {} does not exist, expected 1..{}", number, count);
    }
    std::optional<Score>& slot = by_position[static_cast<std::size_t>(number - 1)];
    if (slot) return fmt::format("candidate {} is scored twice", number);
    const auto overall = share_of(entry, "overall");
    Score score{static_cast<int>(number - 1), share_of(entry, "style"), share_of(entry, "intent"),
                share_of(entry, "values"), overall.value_or(0)};
    if (!overall || !score.style || !score.intent || !score.values) {
      return fmt::format("candidate {}: expected style, intent, values and overall in 0..1", number);
    }
    slot = score;
  }
  std::vector<Score> result;
  result.reserve(count);
  for (const auto& score : by_position) result.push_back(*score);
  return result;
}

std::string sample_listwise_reply(std::size_t count) {
  Json scores = Json::array();
  for (std::size_t number = 1; number <= count; ++number) {
    scores.push_back(
        {{"candidate", number}, {"style", 0.55}, {"intent", 0.55}, {"values", 0.55}, {"overall", 0.55}});
  }
  return Json{{"scores", std::move(scores)}}.dump();
}

std::string sample_pairwise_reply() {
  return Json{{"style", "tie"}, {"intent", "tie"}, {"values", "tie"}, {"overall", "tie"}}.dump();
}

Parsed<PairwiseReply> parse_pairwise_reply(std::string_view reply) {
  const auto object = find_json_object(reply);
  if (!object) return "no JSON object in the reply";
  PairwiseReply result;
  const std::array<std::pair<const char*, Outcome*>, 4> fields = {{{"style", &result.style},
                                                                   {"intent", &result.intent},
                                                                   {"values", &result.values},
                                                                   {"overall", &result.overall}}};
  for (const auto& [name, target] : fields) {
    const auto found = object->find(name);
    if (found == object->end() || !found->is_string()) return fmt::format("the reply has no '{}'", name);
    const auto outcome = outcome_of(found->get<std::string>());
    if (!outcome)
      return fmt::format("'{}' is '{}', expected A, B, tie, tie_bad or na", name, found->get<std::string>());
    *target = *outcome;
  }
  if (result.overall == Outcome::na) return "'overall' is 'na', expected A, B, tie or tie_bad";
  return result;
}

}  // namespace recon
