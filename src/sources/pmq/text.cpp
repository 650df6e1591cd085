#include "text.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace recon {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

template <std::size_t Count>
bool starts_with_any(std::string_view text, const std::array<std::string_view, Count>& starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view s) { return text.starts_with(s); });
}

template <std::size_t Count>
bool ends_with_any(std::string_view text, const std::array<std::string_view, Count>& ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view s) { return text.ends_with(s); });
}

constexpr std::array<std::string_view, 4> dashes = {"—", "–", "―", "-"};
constexpr std::array<std::string_view, 9> closing = {".", ",", ";", ":", "!", "?", ")", "”", "’"};
constexpr std::array<std::string_view, 4> opening = {"(", "“", "‘", "["};

/// `text` without dashes and white space at its end.
std::string_view without_dashes(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    text = trim(text);
    for (const std::string_view dash : dashes) {
      if (text.ends_with(dash)) {
        text.remove_suffix(dash.size());
        again = true;
      }
    }
  }
  return text;
}

/// Decides by what stands inside square brackets, in lower case, whether the editors put it there. What is
/// said of a recording ("inaudible") stays, since it decides whether a turn may be a target; so do words
/// that they added to a quotation.
bool is_editorial(std::string_view inner, bool at_edge) {
  constexpr std::array<std::string_view, 13> marks = {
      "interruption",   "laughter",    "applause",   "official report", "hon. member",
      "an hon. member", "several hon", "hon member", "interjection",    "hansard",
      "cheers",         "vol. ",       "hear, hear"};
  inner = trim(inner);
  if (inner.empty() || inner == "r" || starts_with_any(inner, marks)) return true;
  if (inner.find("in the chair") != std::string_view::npos) return true;
  // Numbers of questions. A short one within a paragraph may be a year that explains the words.
  const std::size_t shortest = at_edge ? 1 : 5;
  return inner.size() >= shortest && inner.size() <= 8 && std::all_of(inner.begin(), inner.end(), is_digit);
}

/// Copies a paragraph without gaps and editors' marks, with the spaces right where something was taken out.
class ParagraphCleaner {
 public:
  explicit ParagraphCleaner(std::string_view paragraph) : rest_(paragraph) {}

  std::string text() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == pmq_gap) {
        rest_.remove_prefix(1);
        close_gap();
      } else if (c != '[' || !take_mark()) {
        out_ += c;
        rest_.remove_prefix(1);
      }
    }
    return collapse_ascii_white_space(out_);
  }

 private:
  static constexpr std::size_t longest_mark = 400;
  std::string_view rest_;
  std::string out_;

  /// The length of the bracketed text in front, brackets included; 0 where it does not end soon.
  [[nodiscard]] std::size_t bracketed() const {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest_.size() && i < longest_mark; ++i) {
      if (rest_[i] == '[') ++depth;
      if (rest_[i] == ']' && --depth == 0) return i + 1;
    }
    return 0;
  }

  bool take_mark() {
    const std::size_t length = bracketed();
    if (length == 0) return false;
    const std::string inner = collapse_ascii_white_space(ascii_lower_case(rest_.substr(1, length - 2)));
    const bool at_edge = trim(out_).empty() || trim(rest_.substr(length)).empty();
    if (!is_editorial(inner, at_edge)) return false;
    rest_.remove_prefix(length);
    if (inner.starts_with("official report")) {
      // The dash in front and the remark behind belong to the reference.
      constexpr std::string_view correction = " (Correction)";
      if (rest_.starts_with(correction)) rest_.remove_prefix(correction.size());
      const std::string_view kept = without_dashes(out_);
      out_.resize(static_cast<std::size_t>(kept.data() + kept.size() - out_.data()));
    }
    close_gap();
    return true;
  }

  void close_gap() {
    while (!rest_.empty() && rest_.front() == pmq_gap) rest_.remove_prefix(1);
    if (rest_.empty() || out_.empty()) return;
    const bool space_before = is_space(out_.back());
    if (starts_with_any(rest_, closing)) {
      while (!out_.empty() && is_space(out_.back())) out_.pop_back();
    } else if (!space_before && !is_space(rest_.front()) && !ends_with_any(out_, opening) &&
               !ends_with_any(out_, dashes) && !starts_with_any(rest_, dashes)) {
      out_ += ' ';
    }
  }
};

/// Whether anything is said: a letter or digit of any script.
bool has_words(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_digit(text[i]) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z')) return true;
    if (text.substr(i).starts_with("\xE2\x80")) {
      i += 2;  // general punctuation
    } else if (byte == 0xC2) {
      i += 1;  // the signs of Latin-1
    } else if (byte >= 0x80) {
      return true;
    }
  }
  return false;
}

/// "12:44:00", "12.30 pm"
bool is_time_stamp(std::string_view lower) {
  constexpr std::array<std::string_view, 6> suffixes = {" pm", " am", " p.m.", " a.m.", " noon", " midnight"};
  bool suffixed = false;
  for (const std::string_view suffix : suffixes) {
    if (!lower.ends_with(suffix)) continue;
    lower.remove_suffix(suffix.size());
    suffixed = true;
    break;
  }
  if (lower.empty() || lower.size() > 8 || !is_digit(lower.front()) || !is_digit(lower.back())) return false;
  const bool colon = lower.find(':') != std::string_view::npos;
  return (suffixed || colon) &&
         std::all_of(lower.begin(), lower.end(), [](char c) { return is_digit(c) || c == '.' || c == ':'; });
}

/// What Hansard prints between speeches. A member's own words that end alike ("unemployment rose—") stay.
bool is_procedural(std::string_view paragraph) {
  constexpr std::size_t longest = 120;
  if (paragraph.size() > longest) return false;
  const std::string lower = ascii_lower_case(paragraph);
  if (is_time_stamp(lower)) return true;
  const std::string_view plain = without_dashes(lower);
  if (plain == "the prime minister was asked" || plain == "the prime minister was asked:") return true;
  if (plain == "rose" || plain == "several hon. members rose" || plain == "hon. members rose") return true;
  constexpr std::array<std::string_view, 8> titles = {"mr ", "mr. ", "mrs ", "mrs. ",
                                                      "ms ", "dr ",  "dr. ", "sir "};
  return plain.size() < lower.size() && plain.ends_with(" rose") && starts_with_any(plain, titles) &&
         count_words(plain) <= 6;
}

/// The paragraphs of a text: what stands between empty lines.
std::vector<std::string> paragraphs_of(std::string_view text) {
  std::vector<std::string> paragraphs(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    if (!line.empty()) {
      if (!paragraphs.back().empty()) paragraphs.back() += ' ';
      paragraphs.back() += line;
    } else if (!paragraphs.back().empty()) {
      paragraphs.emplace_back();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return paragraphs;
}

}  // namespace

std::string_view without_question_number(std::string_view text) {
  std::string_view rest = trim(text);
  if (!rest.empty() && (rest.front() == 'Q' || rest.front() == 'T')) rest.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  if (digits == 0 || digits > 3 || digits == rest.size() || rest[digits] != '.') return text;
  rest.remove_prefix(digits + 1);
  if (!rest.empty() && !is_space(rest.front()) && rest.front() != '[') return text;
  return trim(rest);
}

std::string clean_pmq_text(std::string_view text) {
  std::string cleaned;
  for (const std::string& paragraph : paragraphs_of(text)) {
    const std::string said = ParagraphCleaner(paragraph).text();
    if (!has_words(said) || is_procedural(said)) continue;
    if (!cleaned.empty()) cleaned += "\n\n";
    cleaned += said;
  }
  if (cleaned.starts_with('Q')) return std::string(without_question_number(cleaned));
  return cleaned;
}

}  // namespace recon
