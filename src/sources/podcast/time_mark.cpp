#include "time_mark.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>

namespace recon {

namespace {

constexpr std::size_t longest_mark = 80;

std::size_t digits_at(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

/// The first of `words` that stands at the start; its bytes.
template <std::size_t count>
std::size_t one_of_at(std::string_view text, const std::array<std::string_view, count>& words) {
  for (const std::string_view word : words) {
    if (text.starts_with(word)) return word.size();
  }
  return 0;
}

std::size_t spaces_at(std::string_view text) {
  std::size_t at = 0;
  while (const std::size_t length = space_length(text.substr(at))) at += length;
  return at;
}

bool word_goes_on(std::string_view text) {
  return !text.empty() && (is_letter(text.front()) || is_digit(text.front()));
}

/// " am", "PM", "a.m." behind a time of the day.
std::size_t half_of_day_at(std::string_view text) {
  const std::size_t spaces = spaces_at(text);
  const std::string word = ascii_lower_case(text.substr(spaces, 4));
  for (const std::string_view half : {"a.m.", "p.m.", "am", "pm"}) {
    if (word.starts_with(half) && !word_goes_on(text.substr(spaces + half.size())))
      return spaces + half.size();
  }
  return 0;
}

/// ":24" or ".24": what parts two fields of a time, and two digits.
std::size_t field_at(std::string_view text, bool dotted) {
  const std::size_t mark = dotted ? (text.starts_with('.') ? 1 : 0) : colon_length(text);
  return mark > 0 && digits_at(text.substr(mark)) == 2 ? mark + 2 : 0;
}

/// "5:24", "00:05:24.000", "00.05.24"; bytes.
std::size_t clock_fields_at(std::string_view text) {
  const std::size_t first = digits_at(text);
  if (first == 0 || first > 3) return 0;
  for (const bool dotted : {false, true}) {
    std::size_t at = first;
    std::size_t fields = 1;
    while (const std::size_t length = field_at(text.substr(at), dotted)) {
      at += length;
      ++fields;
    }
    const bool fraction = at < text.size() && (text[at] == '.' || text[at] == ',');
    const std::size_t digits = fraction ? digits_at(text.substr(at + 1)) : 0;
    if (digits > 0 && !dotted) at += 1 + digits;
    if (fields >= (dotted ? 3U : 2U) && fields <= 4) return at;
  }
  return 0;
}

/// "1h02m03s", "5m 24s"; bytes. `fewest`: so many units at least.
std::size_t clock_units_at(std::string_view text, std::size_t fewest) {
  std::size_t at = 0;
  std::size_t units = 0;
  for (const char unit : {'h', 'm', 's'}) {
    const std::size_t begin = at + (units == 0 ? 0 : spaces_at(text.substr(at)));
    std::size_t end = begin + digits_at(text.substr(begin));
    if (end == begin) continue;
    if (end < text.size() && text[end] == '.') end += 1 + digits_at(text.substr(end + 1));
    if (end >= text.size() || ascii_lower_case(text[end]) != unit) continue;
    if (end + 1 < text.size() && is_letter(text[end + 1])) continue;
    at = end + 1;
    ++units;
  }
  return units >= fewest ? at : 0;
}

/// A time without brackets.
std::size_t clock_at(std::string_view text) {
  std::size_t length = clock_fields_at(text);
  if (length == 0) {
    constexpr std::size_t two_units = 2;
    length = clock_units_at(text, two_units);
  }
  if (length == 0 || word_goes_on(text.substr(length))) {
    const std::size_t half = length == 0 ? 0 : half_of_day_at(text.substr(length));
    return half > 0 ? length + half : 0;
  }
  return length + half_of_day_at(text.substr(length));
}

/// " --> ", " – ", "," and the like between the times of a range.
std::size_t range_mark_at(std::string_view text) {
  constexpr std::array<std::string_view, 9> marks = {"-->", "->", "→", "–", "—", "-", "~", "to ", ","};
  const std::size_t spaces = spaces_at(text);
  const std::size_t mark = one_of_at(text.substr(spaces), marks);
  return mark == 0 ? 0 : spaces + mark + spaces_at(text.substr(spaces + mark));
}

std::size_t range_at(std::string_view text) {
  const std::size_t from = clock_at(text);
  if (from == 0) return 0;
  const std::size_t mark = range_mark_at(text.substr(from));
  const std::size_t to = mark == 0 ? 0 : clock_at(text.substr(from + mark));
  return to == 0 ? from : from + mark + to;
}

/// "2024-05-01", "1/5/24"; bytes.
std::size_t date_at(std::string_view text) {
  std::size_t at = digits_at(text);
  for (int i = 0; i < 2; ++i) {
    if (at == 0 || at >= text.size() || std::string_view("-/.").find(text[at]) == std::string_view::npos)
      return 0;
    const std::size_t digits = digits_at(text.substr(at + 1));
    if (digits == 0 || digits > 4) return 0;
    at += 1 + digits;
  }
  return at;
}

/// "12.34" or "12.34s", as seconds.
std::size_t seconds_at(std::string_view text) {
  std::size_t at = digits_at(text);
  if (at == 0) return 0;
  if (at + 1 < text.size() && text[at] == '.') at += 1 + digits_at(text.substr(at + 1));
  return at;
}

/// Whether what stands in brackets is times and nothing else.
bool is_time_text(std::string_view inner) {
  constexpr std::array<std::string_view, 18> others = {"-->",      "->", "→",  "–",  "—",    "-",
                                                       "~",        ",",  "|",  "/",  "time", "timestamp",
                                                       "timecode", "at", "to", "am", "pm",   "@"};
  std::size_t clocks = 0;
  std::size_t plain_seconds = 0;
  const std::string lower = ascii_lower_case(inner);
  for (std::string_view rest = lower; !rest.empty();) {
    std::size_t length = spaces_at(rest);
    if (length == 0) {
      length = clock_at(rest);
      if (length == 0) length = clock_units_at(rest, 1);
      if (length > 0) ++clocks;
    }
    if (length == 0) length = date_at(rest);
    if (length == 0) {
      length = seconds_at(rest);
      if (length > 0) ++plain_seconds;
    }
    if (length == 0) length = one_of_at(rest, others);
    if (length == 0 && (rest.front() == 't' || rest.front() == '=' || rest.front() == ':')) length = 1;
    if (length == 0) return false;
    rest.remove_prefix(length);
  }
  const bool range = lower.find('-') != std::string::npos || lower.find("–") != std::string::npos;
  return clocks > 0 || (plain_seconds == 2 && range && lower.find('.') != std::string::npos);
}

struct Brackets {
  std::string_view open, close;
};
constexpr std::array<Brackets, 10> brackets = {{{"\\[", "\\]"},
                                                {"\\(", "\\)"},
                                                {"(", ")"},
                                                {"[", "]"},
                                                {"{", "}"},
                                                {"<", ">"},
                                                {"（", "）"},
                                                {"［", "］"},
                                                {"【", "】"},
                                                {"〔", "〕"}}};

/// The target of a link behind the words that are one.
std::size_t link_target_at(std::string_view text) {
  if (!text.starts_with('(')) return 0;
  const std::size_t end = text.find(')');
  if (end == std::string_view::npos) return 0;
  const std::string_view target = text.substr(1, end - 1);
  const bool address =
      target.find("://") != std::string_view::npos || target.starts_with('#') || target.starts_with('/');
  return address && target.find(' ') == std::string_view::npos ? end + 1 : 0;
}

std::size_t bracketed_at(std::string_view text) {
  for (const Brackets& pair : brackets) {
    if (!text.starts_with(pair.open)) continue;
    const std::size_t begin = pair.open.size();
    const std::string_view after = text.substr(begin, longest_mark);
    // "([00:05])"
    if (const std::size_t inner = bracketed_at(after); inner > 0) {
      if (after.substr(inner).starts_with(pair.close)) return begin + inner + pair.close.size();
      continue;
    }
    const std::size_t end = after.find(pair.close);
    if (end == std::string_view::npos || !is_time_text(after.substr(0, end))) continue;
    const std::size_t length = begin + end + pair.close.size();
    return length + (pair.close == "]" ? link_target_at(text.substr(length)) : 0);
  }
  return 0;
}

}  // namespace

std::size_t colon_length(std::string_view text) {
  constexpr std::array<std::string_view, 4> colons = {":", "：", "∶", "﹕"};
  return one_of_at(text, colons);
}

std::size_t space_length(std::string_view text) {
  if (text.empty()) return 0;
  const char c = text.front();
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (text.starts_with("\xC2\xA0")) return 2;
  const bool wide = text.starts_with("\xE2\x80") && text.size() > 2 &&
                    (static_cast<unsigned char>(text[2]) <= 0x8AU || text[2] == '\xAF');
  return wide || text.starts_with("\xE3\x80\x80") || text.starts_with("\xE2\x81\x9F") ? 3 : 0;
}

TimeMark time_mark_at(std::string_view text) {
  if (const std::size_t length = bracketed_at(text)) return {length, true};
  return {range_at(text), false};
}

TimeMark time_mark_at_end(std::string_view text) {
  const std::string_view whole = trim(text);
  const std::size_t first = whole.size() > longest_mark ? whole.size() - longest_mark : 0;
  TimeMark found;
  for (std::size_t at = whole.size(); at-- > first;) {
    const TimeMark mark = time_mark_at(whole.substr(at));
    if (mark.bytes != whole.size() - at) continue;
    const bool apart = at == 0 || mark.bracketed || space_length(whole.substr(at - 1)) == 1 ||
                       (at > 1 && space_length(whole.substr(at - 2)) == 2);
    if (apart) found = mark;
  }
  return found;
}

bool is_only_times(std::string_view text) {
  std::size_t marks = 0;
  for (std::size_t at = spaces_at(text); at < text.size(); ++marks) {
    const std::size_t length = time_mark_at(text.substr(at)).bytes;
    if (length == 0) return false;
    at += length;
    at += spaces_at(text.substr(at));
  }
  return marks > 0;
}

std::string without_bracketed_times(std::string_view text) {
  std::string rest;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find('[', at), text.size());
    rest += text.substr(at, open - at);
    at = open;
    if (at == text.size()) break;
    const std::size_t length = bracketed_at(text.substr(at));
    if (length == 0) {
      rest += text[at++];
      continue;
    }
    at += length;
    if (rest.empty() || rest.ends_with(' ')) at += spaces_at(text.substr(at));
  }
  while (rest.ends_with(' ')) rest.pop_back();
  return rest;
}

}  // namespace recon
