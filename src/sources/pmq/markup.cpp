#include "recon/core/ascii.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "text.hpp"

namespace recon {

namespace {

/// What HTML means by `&#128;` to `&#159;`: the characters of Windows-1252.
constexpr std::array<std::uint16_t, 32> windows_1252 = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

/// The names of U+00A0 to U+00FF.
constexpr std::array<std::string_view, 96> latin_1_names = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",    "copy",
    "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn", "sup2",   "sup3",
    "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",   "raquo",  "frac14", "frac12",
    "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde", "Auml",   "Aring",  "AElig",  "Ccedil",
    "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave", "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde",
    "Ograve", "Oacute", "Ocirc",  "Otilde", "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",
    "Uuml",   "Yacute", "THORN",  "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",
    "aelig",  "ccedil", "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",
    "eth",    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

struct NamedCharacter {
  std::string_view name;
  std::uint32_t code;
};

constexpr std::array other_names = {
    NamedCharacter{"amp", '&'},       NamedCharacter{"lt", '<'},        NamedCharacter{"gt", '>'},
    NamedCharacter{"quot", '"'},      NamedCharacter{"apos", '\''},     NamedCharacter{"ndash", 0x2013},
    NamedCharacter{"mdash", 0x2014},  NamedCharacter{"lsquo", 0x2018},  NamedCharacter{"rsquo", 0x2019},
    NamedCharacter{"sbquo", 0x201A},  NamedCharacter{"ldquo", 0x201C},  NamedCharacter{"rdquo", 0x201D},
    NamedCharacter{"bdquo", 0x201E},  NamedCharacter{"dagger", 0x2020}, NamedCharacter{"bull", 0x2022},
    NamedCharacter{"hellip", 0x2026}, NamedCharacter{"euro", 0x20AC},   NamedCharacter{"trade", 0x2122},
    NamedCharacter{"thinsp", 0x2009}, NamedCharacter{"ensp", 0x2002},   NamedCharacter{"emsp", 0x2003},
    NamedCharacter{"minus", 0x2212},  NamedCharacter{"OElig", 0x0152},  NamedCharacter{"oelig", 0x0153},
    NamedCharacter{"Scaron", 0x0160}, NamedCharacter{"scaron", 0x0161}, NamedCharacter{"Yuml", 0x0178},
};

std::optional<std::uint32_t> named_character(std::string_view name) {
  const auto* latin = std::find(latin_1_names.begin(), latin_1_names.end(), name);
  if (latin != latin_1_names.end()) return 0xA0 + static_cast<std::uint32_t>(latin - latin_1_names.begin());
  const auto* other = std::find_if(other_names.begin(), other_names.end(),
                                   [&](const NamedCharacter& entry) { return entry.name == name; });
  if (other != other_names.end()) return other->code;
  return std::nullopt;
}

/// The character of `#8212` or `#x2014`.
std::optional<std::uint32_t> numbered_character(std::string_view name) {
  name.remove_prefix(1);
  const bool hexadecimal = !name.empty() && (name.front() == 'x' || name.front() == 'X');
  if (hexadecimal) name.remove_prefix(1);
  if (name.empty() || name.size() > 8) return std::nullopt;
  std::uint64_t code = 0;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!is_digit(c) && !(hexadecimal && letter)) return std::nullopt;
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    code = code * (hexadecimal ? 16 : 10) + static_cast<std::uint64_t>(digit);
  }
  if (code >= 0x80 && code < 0xA0) return windows_1252.at(code - 0x80);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code == 0 || surrogate || code > 0x10FFFF) return 0xFFFD;
  return static_cast<std::uint32_t>(code);
}

constexpr std::array<std::string_view, 15> block_tags = {
    "p", "div", "blockquote", "ul", "ol", "li", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr"};

/// Turns markup into text, front to back; every step looks ahead a bounded number of bytes.
class MarkupText {
 public:
  explicit MarkupText(std::string_view value) : rest_(value) {}

  std::string text() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '<' && read_tag()) continue;
      if (c == '&' && read_entity()) continue;
      if (c == '\r') {
        if (rest_.size() < 2 || rest_[1] != '\n') out_ += '\n';
      } else {
        out_ += c == pmq_gap ? ' ' : c;
      }
      rest_.remove_prefix(1);
    }
    return std::move(out_);
  }

 private:
  static constexpr std::size_t longest_tag = 1000;
  static constexpr std::size_t longest_entity = 32;
  static constexpr std::size_t longest_column = 40;

  std::string_view rest_;
  std::string out_;

  /// The end of the tag in front (after its '>'), or 0: a '>' in an attribute's value does not end it.
  [[nodiscard]] std::size_t tag_end() const {
    const std::string_view window = rest_.substr(0, longest_tag);
    char quote = 0;
    for (std::size_t i = 1; i < window.size(); ++i) {
      const char c = window[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return i + 1;
      }
    }
    return 0;
  }

  bool read_tag() {
    if (rest_.size() < 3) return false;
    const std::size_t name_at = rest_[1] == '/' ? 2 : 1;
    if (!is_letter(rest_[name_at]) && rest_[1] != '!') return false;
    const std::size_t end = tag_end();
    if (end == 0) return false;
    const std::string_view tag = rest_.substr(0, end);
    std::size_t name_end = name_at;
    while (is_letter(tag[name_end]) || is_digit(tag[name_end])) ++name_end;
    const std::string name = ascii_lower_case(tag.substr(name_at, name_end - name_at));
    rest_.remove_prefix(end);
    if (name == "span" && name_at == 1 && tag.find("column-number") != std::string_view::npos) {
      out_ += pmq_gap;
      skip_column_number();
    } else if (name == "br") {
      out_ += '\n';
    } else if (name == "td" || name == "th" || name == "questiontext") {
      out_ += ' ';
    } else if (std::find(block_tags.begin(), block_tags.end(), name) != block_tags.end()) {
      out_ += "\n\n";
    }
    return true;
  }

  /// The number itself, where the span holds it ("954", "12WH").
  void skip_column_number() {
    const std::size_t end = rest_.substr(0, longest_column).find("</");
    if (end == std::string_view::npos) return;
    const std::string_view number = trim(rest_.substr(0, end));
    const bool plain =
        std::all_of(number.begin(), number.end(), [](char c) { return is_digit(c) || is_letter(c); });
    if (plain && (number.empty() || is_digit(number.front()))) rest_.remove_prefix(end);
  }

  bool read_entity() {
    const std::size_t end = rest_.substr(0, longest_entity).find(';');
    if (end == std::string_view::npos || end < 2) return false;
    const std::string_view name = rest_.substr(1, end - 1);
    const auto code = name.front() == '#' ? numbered_character(name) : named_character(name);
    if (!code) return false;
    append_utf8(out_, *code == static_cast<unsigned char>(pmq_gap) ? ' ' : *code);
    rest_.remove_prefix(end + 1);
    return true;
  }
};

}  // namespace

std::string hansard_value_text(std::string_view value) { return MarkupText(value).text(); }

bool is_italic_value(std::string_view value) {
  const std::string text = ascii_lower_case(trim(value));
  const auto within = [&](std::string_view open, std::string_view close) {
    return text.starts_with(open) && text.ends_with(close) && text.find(close) + close.size() == text.size();
  };
  return within("<em>", "</em>") || within("<i>", "</i>");
}

}  // namespace recon
