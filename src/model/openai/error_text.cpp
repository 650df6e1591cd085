#include "error_text.hpp"

#include "recon/core/text.hpp"
#include "recon/http/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace recon {
namespace {

using std::chrono::milliseconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// The end of the object or list that begins at `begin`, brackets within strings of either quote left out;
/// nullopt where it does not end.
std::optional<std::size_t> end_of_structure(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  char quote = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return std::nullopt;
}

/// A string as Python prints it, from its opening quote at `at` on, as a JSON string; moves behind it.
std::string json_string(std::string_view text, std::size_t& at) {
  const char quote = text[at];
  std::string json = "\"";
  for (++at; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      ++at;
      if (text[at] == '\'') {
        json += '\'';
      } else {
        json += {'\\', text[at]};
      }
    } else if (text[at] == '"') {
      json += "\\\"";
    } else {
      json += text[at];
    }
  }
  ++at;
  return json + '"';
}

/// The text of a Python value as JSON.
std::string json_of_python(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> words = {
      {{"None", "null"}, {"True", "true"}, {"False", "false"}}};
  std::string json;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '"' || text[at] == '\'') {
      json += json_string(text, at);
      continue;
    }
    const auto word = std::find_if(words.begin(), words.end(), [&](const auto& known) {
      return text.substr(at).starts_with(known.first);
    });
    if (word != words.end()) {
      json += word->second;
      at += word->first.size();
    } else {
      json += text[at++];
    }
  }
  return json;
}

std::optional<Json> parsed(std::string_view text) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded() || !(value.is_object() || value.is_array()) || value.empty()) return std::nullopt;
  return value;
}

/// "\n" between the fields of printed bytes is two characters, which JSON does not know there.
std::string without_printed_line_breaks(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r')) {
      plain += ' ';
      ++i;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::optional<Json> parsed_in_any_form(std::string_view text) {
  if (auto json = parsed(text)) return json;
  if (auto python = parsed(json_of_python(text))) return python;
  return parsed(without_printed_line_breaks(text));
}

/// The text of the first element of that name.
std::optional<std::string> element(std::string_view page, std::string_view low, std::string_view name) {
  std::size_t at = 0;
  while ((at = low.find(name, at)) != std::string_view::npos) {
    const bool opens = at > 0 && low[at - 1] == '<';
    at += name.size();
    if (!opens || at >= low.size() || is_letter(low[at])) continue;
    const std::size_t begin = low.find('>', at);
    if (begin == std::string_view::npos) return std::nullopt;
    const std::size_t end = low.find("</", begin);
    std::string text = collapse_white_space(page.substr(begin + 1, end - begin - 1));
    if (!text.empty()) return text;
  }
  return std::nullopt;
}

std::string without_tags(std::string_view page) {
  std::string text;
  bool in_tag = false;
  for (const char c : page) {
    if (c == '<') in_tag = true;
    if (!in_tag) text += c;
    if (c != '>' || !in_tag) continue;
    in_tag = false;
    text += ' ';
  }
  return collapse_white_space(text);
}

std::string with_characters(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> entities = {
      {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}}};
  for (const auto& [entity, character] : entities) {
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; at += character.size())
      text.replace(at, entity.size(), character);
  }
  return text;
}

std::optional<double> number_of(std::string_view digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// The seconds of a unit of time as texts write it; nullopt for any other word.
std::optional<double> seconds_of_unit(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, double>, 18> units = {{{"ms", 0.001},
                                                                          {"millisecond", 0.001},
                                                                          {"milliseconds", 0.001},
                                                                          {"s", 1},
                                                                          {"sec", 1},
                                                                          {"secs", 1},
                                                                          {"second", 1},
                                                                          {"seconds", 1},
                                                                          {"m", 60},
                                                                          {"min", 60},
                                                                          {"mins", 60},
                                                                          {"minute", 60},
                                                                          {"minutes", 60},
                                                                          {"h", 3600},
                                                                          {"hour", 3600},
                                                                          {"hours", 3600},
                                                                          {"d", 86'400},
                                                                          {"days", 86'400}}};
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const auto& known) { return known.first == word; });
  if (unit == units.end()) return std::nullopt;
  return unit->second;
}

/// A duration at the beginning of a text: "20", "1m30.5s", "12.3 seconds", "2 minutes and 5 seconds". A
/// number alone is seconds.
std::optional<milliseconds> duration_at(std::string_view text) {
  double seconds = 0;
  bool found = false;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t number_end = at;
    while (number_end < text.size() && (is_digit(text[number_end]) || text[number_end] == '.')) ++number_end;
    std::string_view digits = text.substr(at, number_end - at);
    while (digits.ends_with('.')) digits.remove_suffix(1);  // of the sentence
    const auto number = number_of(digits);
    if (!number) break;
    std::size_t word = at + digits.size();
    // A date, a time of day or a name.
    if (word < text.size() && std::string_view("-:/_").find(text[word]) != std::string_view::npos) break;
    if (word < text.size() && text[word] == ' ') ++word;
    std::size_t word_end = word;
    while (word_end < text.size() && is_letter(text[word_end])) ++word_end;
    const auto unit = seconds_of_unit(text.substr(word, word_end - word));
    if (!unit && found) break;
    seconds += *number * unit.value_or(1);
    found = true;
    if (!unit) break;
    at = word_end;
    for (const std::string_view joint : {", ", " and ", " "}) {
      if (!text.substr(at).starts_with(joint)) continue;
      at += joint.size();
      break;
    }
  }
  if (!found) return std::nullopt;
  return pause_of_seconds(seconds);
}

}  // namespace

std::optional<Json> json_within(std::string_view text) {
  constexpr int most_tries = 16;
  int tries = 0;
  for (std::size_t at = 0;
       (at = text.find_first_of("{[", at)) != std::string_view::npos && tries < most_tries; ++at, ++tries) {
    const auto end = end_of_structure(text, at);
    if (!end) continue;
    const std::string_view candidate = text.substr(at, *end - at);
    // "[1, 2]" or a set of words is part of a sentence.
    auto value = parsed_in_any_form(candidate);
    if (value && (value->is_object() || value->front().is_object())) return value;
  }
  return std::nullopt;
}

std::optional<std::string> words_of_page(std::string_view text) {
  const std::string_view page = trim(text);
  if (!page.starts_with('<')) return std::nullopt;
  const std::string low = ascii_lower_case(page);
  for (const std::string_view name : {"title", "message", "h1"}) {
    if (auto found = element(page, low, name)) return with_characters(*std::move(found));
  }
  return with_characters(without_tags(page));
}

std::optional<milliseconds> wait_told_in(std::string_view text) {
  constexpr std::array<std::string_view, 16> beginnings = {
      "retry after ",    "retry-after: ",  "retry_after: ", "retry in ",     "retry your request after ",
      "retry again in ", "retried after ", "retried in ",   "try again in ", "try again after ",
      "wait for ",       "wait ",          "reset in ",     "resets in ",    "reset after ",
      "available in "};
  const std::string low = ascii_lower_case(text);
  for (const std::string_view beginning : beginnings) {
    for (std::size_t at = 0; (at = low.find(beginning, at)) != std::string::npos;) {
      at += beginning.size();
      std::string_view rest = std::string_view(low).substr(at);
      for (const std::string_view filler : {"at least ", "about ", "approximately ", "another "}) {
        if (rest.starts_with(filler)) rest.remove_prefix(filler.size());
      }
      if (const auto wait = duration_at(rest)) return wait;
    }
  }
  return std::nullopt;
}

std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 300;
  return short_line(text, longest);
}

}  // namespace recon
