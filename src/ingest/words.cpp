#include "words.hpp"

#include "recon/core/text.hpp"

#include <algorithm>

namespace recon {

namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const std::string_view bytes = text.substr(at, length);
  if (lead < 0xC2 || bytes.size() < length || invalid_utf8_at(bytes)) return {0, 1};
  char32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    value = (value << 6U) | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
  return {value, length};
}

bool within(char32_t value, char32_t first, char32_t last) { return value >= first && value <= last; }

bool is_combining_mark(char32_t value) { return within(value, 0x300, 0x36F); }

/// Beyond ASCII everything that is no space, punctuation, sign or picture.
bool is_letter_or_digit(char32_t value) {
  if (value < 0x80)
    return within(value, U'a', U'z') || within(value, U'A', U'Z') || within(value, U'0', U'9');
  if (value < 0xC0) return value == 0xAA || value == 0xBA;
  return value != 0xD7 && value != 0xF7 && !within(value, 0x2B9, 0x2BF) && !within(value, 0x2000, 0x2BFF) &&
         !within(value, 0x3000, 0x303F) && !within(value, 0xD800, 0xF8FF) && !within(value, 0xFE00, 0xFE0F) &&
         value != 0xFEFF && !within(value, 0xFF00, 0xFF0F) && value != 0xFFFD &&
         !within(value, 0x1F000, 0x1FAFF);
}

/// U+00C0..U+017F without accents and in lower case; `?` where a letter has no such form.
constexpr std::string_view latin_letters =
    "aaaaaa?ceeeeiiii?nooooo?ouuuuy??"
    "aaaaaa?ceeeeiiii?nooooo?ouuuuy?y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkkkllllllllllnnnnnnnnnoooooo??"
    "rrrrrrsssssssstttttt"
    "uuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(latin_letters.size() == 0x180 - 0xC0);

bool is_lower_case(char32_t value) {
  if (value < 0x80) return within(value, U'a', U'z');
  if (value < 0x100) return value >= 0xDF && value != 0xF7;
  if (within(value, 0x139, 0x148) || within(value, 0x179, 0x17E)) return value % 2 == 0;
  if (value < 0x180) return value % 2 == 1 || value == 0x138;
  return within(value, 0x3AC, 0x3CE) || within(value, 0x430, 0x45F);
}

char32_t folded(char32_t value) {
  if (within(value, U'A', U'Z')) return value + 0x20;
  if (within(value, 0xC0, 0x17F)) {
    const char letter = latin_letters[value - 0xC0];
    if (letter != '?') return static_cast<char32_t>(letter);
    if (within(value, 0xC6, 0xDE)) return value + 0x20;
    return is_lower_case(value) || value == 0xD7 ? value : value + 1;
  }
  if (within(value, 0x391, 0x3A9)) return value + 0x20;  // Greek
  if (within(value, 0x410, 0x42F)) return value + 0x20;  // Cyrillic
  if (within(value, 0x400, 0x40F)) return value + 0x50;
  return value;
}

}  // namespace

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint found = code_point_at(text, at);
    const bool mark = inside && is_combining_mark(found.value);
    const bool letter = !is_combining_mark(found.value) && is_letter_or_digit(found.value);
    if (letter && !inside) words.push_back({at, at, {}, !is_lower_case(found.value)});
    inside = letter || mark;
    at += found.length;
    if (inside) words.back().end = at;
    if (letter) words.back().folded += folded(found.value);
  }
  return words;
}

}  // namespace recon
