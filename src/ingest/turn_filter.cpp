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

/// Most patterns are plain words: these are searched for as they are, which is many times faster.
struct TurnFilter::Pattern {
  bool ignore_case = false;
  std::string literal;
  std::regex expression;
  bool is_literal = false;

  explicit Pattern(std::string text) {
    if (text.starts_with(ignore_case_prefix)) {
      ignore_case = true;
      text.erase(0, ignore_case_prefix.size());
    }
    is_literal = text.find_first_of("\\^$.|?*+()[]{}") == std::string::npos;
    if (is_literal) {
      literal = std::move(text);
      if (ignore_case)
        std::transform(literal.begin(), literal.end(), literal.begin(),
                       [](char c) { return ascii_lower_case(c); });
    } else {
      expression = compile(text, ignore_case);
    }
  }

  [[nodiscard]] bool found_in(std::string_view text) const {
    if (!is_literal) return std::regex_search(text.begin(), text.end(), expression);
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
