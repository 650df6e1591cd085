#include "recon/core/invisible_text.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace recon {

namespace {

constexpr char32_t no_break_space = 0xA0, non_joiner = 0x200C, joiner = 0x200D;

struct Range {
  char32_t first, last;
};

template <std::size_t count>
bool is_in(const std::array<Range, count>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// Soft hyphen, direction marks, zero-width space, embeddings, word joiner and invisible operators, isolates,
/// byte order mark.
constexpr std::array<Range, 7> never_seen = {{{0xAD, 0xAD},
                                              {0x61C, 0x61C},
                                              {0x200B, 0x200B},
                                              {0x200E, 0x200F},
                                              {0x202A, 0x202E},
                                              {0x2060, 0x206F},
                                              {0xFEFF, 0xFEFF}}};

/// Spaces of other widths.
constexpr std::array<Range, 4> wide_spaces = {
    {{no_break_space, no_break_space}, {0x2000, 0x200A}, {0x202F, 0x202F}, {0x205F, 0x205F}}};

/// Scripts in which letters are joined, and in which a joiner may therefore be seen: from Arabic to
/// Mongolian, with their additions.
constexpr std::array<Range, 6> joining_scripts = {{{0x600, 0x1CFF},
                                                   {0xA800, 0xABFF},
                                                   {0xFB50, 0xFDFF},
                                                   {0xFE70, 0xFEFC},
                                                   {0x10A00, 0x11FFF},
                                                   {0x1E900, 0x1EEFF}}};
/// Those of India and around it, where a joiner at a word's end is seen too.
constexpr std::array<Range, 3> scripts_of_india = {{{0x900, 0xDFF}, {0x1000, 0x109F}, {0xA800, 0xABFF}}};

/// Pictures, and what stands with them: selectors, skin tones.
constexpr std::array<Range, 5> pictures = {
    {{0xA9, 0xAE}, {0x2190, 0x2BFF}, {0x3030, 0x303D}, {0xFE00, 0xFE0F}, {0x1F000, 0x1FAFF}}};

bool joins(char32_t c) { return c != 0x61C && is_in(joining_scripts, c); }

/// A character and the bytes that it takes.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

/// The character at `at`; bytes that are no UTF-8 stand for themselves.
Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  std::size_t bytes = 1;
  if (lead >= 0xF0U) {
    bytes = 4;
  } else if (lead >= 0xE0U) {
    bytes = 3;
  } else if (lead >= 0xC0U) {
    bytes = 2;
  }
  if (bytes == 1 || at + bytes > text.size()) return {lead, 1};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = (code << 6U) | (byte(at + i) & 0x3FU);
  return {code, bytes};
}

/// Whether a joiner or non-joiner is seen between its neighbours (0 for none).
bool changes_what_is_seen(char32_t mark, char32_t before, char32_t after) {
  if (is_in(scripts_of_india, before)) return true;
  if (mark == joiner) {
    return (joins(before) || joins(after)) || (is_in(pictures, before) && is_in(pictures, after));
  }
  return joins(before) && joins(after);
}

bool is_mark(char32_t c) { return c == joiner || c == non_joiner; }

struct NamedCharacter {
  std::string_view name;
  char32_t code;
};

/// Entities of HTML for what is not seen and for spaces.
constexpr std::array<NamedCharacter, 28> named = {{{"nbsp", no_break_space},
                                                   {"NonBreakingSpace", no_break_space},
                                                   {"ensp", 0x2002},
                                                   {"emsp", 0x2003},
                                                   {"emsp13", 0x2004},
                                                   {"emsp14", 0x2005},
                                                   {"numsp", 0x2007},
                                                   {"puncsp", 0x2008},
                                                   {"thinsp", 0x2009},
                                                   {"ThinSpace", 0x2009},
                                                   {"hairsp", 0x200A},
                                                   {"VeryThinSpace", 0x200A},
                                                   {"MediumSpace", 0x205F},
                                                   {"ZeroWidthSpace", 0x200B},
                                                   {"NegativeVeryThinSpace", 0x200B},
                                                   {"NegativeThinSpace", 0x200B},
                                                   {"NegativeMediumSpace", 0x200B},
                                                   {"NegativeThickSpace", 0x200B},
                                                   {"zwnj", non_joiner},
                                                   {"zwj", joiner},
                                                   {"lrm", 0x200E},
                                                   {"rlm", 0x200F},
                                                   {"NoBreak", 0x2060},
                                                   {"ApplyFunction", 0x2061},
                                                   {"InvisibleTimes", 0x2062},
                                                   {"InvisibleComma", 0x2063},
                                                   {"shy", 0xAD},
                                                   {"BOM", 0xFEFF}}};

bool is_of_interest(char32_t c) { return is_mark(c) || is_in(never_seen, c) || is_in(wide_spaces, c); }

/// The number of "#8203" or "#x200B", and the bytes it takes.
std::optional<Character> number_at(std::string_view text) {
  const bool hexadecimal = text.size() > 1 && (text[1] == 'x' || text[1] == 'X');
  const std::string_view digits = text.substr(hexadecimal ? 2 : 1).substr(0, 10);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
  if (error != std::errc()) return std::nullopt;
  return Character{code, static_cast<std::size_t>(end - text.data())};
}

/// An entity for something of interest at the start of `text`, which is an "&".
std::optional<Character> entity_at(std::string_view text) {
  constexpr std::string_view escaped = "amp;";
  std::size_t at = 1;
  while (text.substr(at).starts_with(escaped)) at += escaped.size();
  const std::string_view rest = text.substr(at);
  std::optional<Character> found;
  if (rest.starts_with('#')) {
    found = number_at(rest);
  } else {
    const auto* known = std::find_if(named.begin(), named.end(), [&](const NamedCharacter& character) {
      return rest.starts_with(character.name) && rest.substr(character.name.size()).starts_with(';');
    });
    if (known != named.end()) found = Character{known->code, known->name.size()};
  }
  if (!found || !is_of_interest(found->code)) return std::nullopt;
  found->bytes += at;
  // A number may lack its semicolon.
  if (text.substr(found->bytes).starts_with(';')) ++found->bytes;
  return found;
}

std::string with_entities_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mark = std::min(text.find('&', at), text.size());
    decoded += text.substr(at, mark - at);
    at = mark;
    if (at == text.size()) break;
    if (const std::optional<Character> entity = entity_at(text.substr(at))) {
      if (is_in(wide_spaces, entity->code)) {
        decoded += ' ';
      } else {
        append_utf8(decoded, entity->code);
      }
      at += entity->bytes;
    } else {
      decoded += text[at++];
    }
  }
  return decoded;
}

/// What holds none of the characters in question is most of all text.
bool may_hold_invisible(std::string_view text) {
  constexpr std::string_view leads = "\xC2\xD8\xE2\xEF";
  return text.find_first_of(leads) != std::string_view::npos;
}

bool is_blank(std::string_view line) { return trim(line).empty(); }

/// Lines that have become empty would widen the gap between paragraphs.
std::string without_wide_gaps(std::string_view text) {
  std::string result;
  std::size_t empty = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    empty = is_blank(line) ? empty + 1 : 0;
    if (empty > 1) continue;
    if (!result.empty() || empty == 0) {
      if (!result.empty()) result += '\n';
      result += empty > 0 ? std::string_view() : line;
    }
  }
  return result;
}

}  // namespace

std::string without_invisible(std::string_view text) {
  if (!may_hold_invisible(text)) return std::string(text);
  std::string seen;
  seen.reserve(text.size());
  char32_t before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const std::size_t next = at + character.bytes;
    bool keep = !is_in(never_seen, character.code);
    if (is_mark(character.code)) {
      const char32_t after = next < text.size() ? character_at(text, next).code : 0;
      keep = changes_what_is_seen(character.code, before, after);
    }
    if (keep) {
      seen += text.substr(at, character.bytes);
      before = character.code;
    }
    at = next;
  }
  return seen;
}

std::string without_invisible_entities(std::string_view text) {
  if (text.find('&') == std::string_view::npos && !may_hold_invisible(text)) return std::string(text);
  const std::string decoded = with_entities_decoded(text);
  std::string seen = without_invisible(decoded);
  constexpr std::string_view unbreakable = "\xC2\xA0";
  for (std::size_t at = seen.find(unbreakable); at != std::string::npos; at = seen.find(unbreakable, at)) {
    seen.replace(at, unbreakable.size(), " ");
  }
  return seen == text ? seen : without_wide_gaps(seen);
}

}  // namespace recon
