#include "recon/ingest/turn_filter.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::string_view ignore_case_prefix = "(?i)";

std::regex compile(const std::string& pattern, bool ignore_case) {
  auto flags = std::regex::ECMAScript | std::regex::optimize;
  if (ignore_case) flags |= std::regex::icase;
#ifdef __GLIBCXX__
  // The default matcher of libstdc++ recurses once a character and overflows the stack on a long turn.
  flags |= std::regex_constants::__polynomial;
#endif
  return std::regex(pattern, flags);
}

}  // namespace

/// What every match of a pattern begins with, at the beginning of the text: of "^\\[(a|b)" the bracket. Empty
/// where that can't be told at a glance.
std::string anchored_prefix(std::string_view pattern) {
  constexpr std::string_view special = "\\^$.|?*+()[]{}";
  if (!pattern.starts_with('^') || pattern.find('|') < pattern.find('(')) return {};
  std::string prefix;
  std::size_t at = 1;
  while (at < pattern.size()) {
    const bool escaped = pattern[at] == '\\' && at + 1 < pattern.size() &&
                         special.find(pattern[at + 1]) != std::string_view::npos;
    if (!escaped && special.find(pattern[at]) != std::string_view::npos) break;
    prefix += pattern[escaped ? at + 1 : at];
    at += escaped ? 2 : 1;
  }
  // A quantifier belongs to the last character.
  if (at < pattern.size() && std::string_view("?*+{").find(pattern[at]) != std::string_view::npos &&
      !prefix.empty())
    prefix.pop_back();
  // Behind a group there may be another alternative at the top.
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = at; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '[' || pattern[i] == ']') {
      in_class = pattern[i] == '[' || (in_class && pattern[i] != ']');
    } else if (in_class) {
      continue;
    } else if (pattern[i] == '(') {
      ++depth;
    } else if (pattern[i] == ')') {
      --depth;
    } else if (pattern[i] == '|' && depth == 0) {
      return {};
    }
  }
  return prefix;
}

/// Whether so many dashes stand in a row, but for those of an arrow, "-->".
bool has_dashes(std::string_view text, std::size_t count) {
  for (std::size_t at = text.find('-'); at != std::string_view::npos; at = text.find('-', at)) {
    const std::size_t end = std::min(text.find_first_not_of('-', at), text.size());
    const bool arrow = text.substr(end).starts_with('>');
    if (end - at >= count && !arrow) return true;
    at = end;
  }
  return false;
}

/// Most patterns are plain words: these are searched for as they are, which is many times faster.
struct TurnFilter::Pattern {
  bool ignore_case = false;
  std::string literal;
  std::regex expression;
  std::string prefix;  ///< of the expression's matches, see anchored_prefix
  bool is_literal = false;
  bool is_dashes = false;  ///< and nothing else

  explicit Pattern(std::string text) {
    if (text.starts_with(ignore_case_prefix)) {
      ignore_case = true;
      text.erase(0, ignore_case_prefix.size());
    }
    is_literal = text.find_first_of("\\^$.|?*+()[]{}") == std::string::npos;
    if (is_literal) {
      literal = std::move(text);
      is_dashes = literal.find_first_not_of('-') == std::string::npos;
      if (ignore_case)
        std::transform(literal.begin(), literal.end(), literal.begin(),
                       [](char c) { return ascii_lower_case(c); });
    } else {
      expression = compile(text, ignore_case);
      prefix = anchored_prefix(text);
    }
  }

  /// Spares most texts the expression, which takes a hundred times as long.
  [[nodiscard]] bool begins_with_prefix(std::string_view text) const {
    if (text.size() < prefix.size()) return false;
    return std::equal(prefix.begin(), prefix.end(), text.begin(), [&](char a, char b) {
      return ignore_case ? ascii_lower_case(a) == ascii_lower_case(b) : a == b;
    });
  }
  [[nodiscard]] bool found_in(std::string_view text) const {
    if (!is_literal) {
      return begins_with_prefix(text) && std::regex_search(text.begin(), text.end(), expression);
    }
    if (is_dashes) return has_dashes(text, literal.size());
    if (!ignore_case) return text.find(literal) != std::string_view::npos;
    return std::search(text.begin(), text.end(), literal.begin(), literal.end(),
                       [](char a, char b) { return ascii_lower_case(a) == b; }) != text.end();
  }
};

TurnFilter::TurnFilter(const std::vector<std::string>& excluded) {
  for (const std::string& pattern : excluded) {
    if (pattern.empty() || pattern == ignore_case_prefix) {
      throw UsageError("excluded_targets: an empty pattern would exclude every turn; remove it");
    }
    try {
      patterns_.push_back(std::make_unique<Pattern>(pattern));
    } catch (const std::regex_error& error) {
      throw UsageError(
          fmt::format("excluded_targets: '{}' is no ECMAScript regular expression ({}); put a "
                      "backslash in front of a character that stands for itself",
                      pattern, error.what()));
    }
  }
}

TurnFilter::~TurnFilter() = default;
TurnFilter::TurnFilter(TurnFilter&&) noexcept = default;
TurnFilter& TurnFilter::operator=(TurnFilter&&) noexcept = default;

bool TurnFilter::excludes(std::string_view text) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::unique_ptr<Pattern>& pattern) { return pattern->found_in(text); });
}

}  // namespace recon
