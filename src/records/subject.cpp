#include "recon/records/subject.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::string_view by_judge = " by ";
constexpr std::string_view replicate_begins = " (replicate ";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

std::optional<int> number_in(std::string_view digits) {
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// Behind a pair's id no slash follows, so that its end can be told: in a judge's name it is written so.
constexpr std::string_view slash = "%2F";

std::string without_slashes(std::string_view judge) {
  std::string text;
  for (const char c : judge) c == '/' ? text += slash : text += c;
  return text;
}

std::string with_slashes(std::string_view text) {
  std::string judge;
  while (!text.empty()) {
    const bool is_slash = text.starts_with(slash);
    judge += is_slash ? '/' : text.front();
    text.remove_prefix(is_slash ? slash.size() : 1);
  }
  return judge;
}

/// Takes " (replicate N)" from the end.
std::optional<int> take_replicate(std::string_view& text) {
  const std::size_t at = text.rfind(replicate_begins);
  if (at == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
  const std::size_t begin = at + replicate_begins.size();
  const auto number = number_in(text.substr(begin, text.size() - begin - 1));
  if (number) text = text.substr(0, at);
  return number;
}

}  // namespace

std::string Subject::text() const {
  std::string text;
  if (!pair.empty()) {
    text = pair.str();
    if (candidate) text += fmt::format("#{}", *candidate);
    if (!method.empty()) text += " " + method;
    if (!judge.empty()) text += std::string(by_judge) + without_slashes(judge);
    if (replicate.value_or(0) != 0) text += fmt::format("{}{})", replicate_begins, *replicate);
    return text;
  }
  text = file;
  if (line) text += fmt::format(":{}", *line);
  if (!item.empty()) text += (text.empty() ? "" : " ") + item;
  return text;
}

Subject Subject::from_text(std::string_view text) {
  std::string_view rest = text;
  Subject subject;
  subject.replicate = take_replicate(rest);
  const std::size_t last_slash = rest.rfind('/');
  const std::size_t turn = last_slash == std::string_view::npos ? 0 : digits_at(rest.substr(last_slash + 1));
  if (turn == 0) return of_item(std::string(text));
  const std::size_t end = last_slash + 1 + turn;
  subject.pair = PairId(std::string(rest.substr(0, end)));
  rest.remove_prefix(end);
  if (rest.starts_with('#')) {
    const std::size_t digits = digits_at(rest.substr(1));
    subject.candidate = number_in(rest.substr(1, digits));
    rest.remove_prefix(1 + digits);
  }
  if (const std::size_t judge = rest.find(by_judge); judge != std::string_view::npos) {
    subject.judge = with_slashes(rest.substr(judge + by_judge.size()));
    rest = rest.substr(0, judge);
  }
  if (rest.starts_with(' ')) subject.method = std::string(rest.substr(1));
  return subject;
}

}  // namespace recon
