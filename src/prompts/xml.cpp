#include "xml.hpp"

#include "recon/core/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace recon {

namespace {

constexpr std::string_view own_label = "I";
constexpr std::string_view left_out = "<left_out>Earlier words are left out here.</left_out>";

/// U+0080..U+009F in UTF-8.
bool is_c1_control(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size() || static_cast<unsigned char>(text[at]) != 0xC2) return false;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  return second >= 0x80 && second <= 0x9F;
}

enum class Byte : std::uint8_t { plain, control, escaped, beyond_ascii };

constexpr std::array<Byte, 256> byte_kinds() {
  std::array<Byte, 256> kinds{};
  for (std::size_t byte = 0; byte < kinds.size(); ++byte) {
    if (byte < 0x20 && byte != '\t' && byte != '\n') kinds[byte] = Byte::control;
    if (byte == 0x7F) kinds[byte] = Byte::control;
    if (byte == '&' || byte == '<' || byte == '>' || byte == '"') kinds[byte] = Byte::escaped;
    if (byte >= 0x80) kinds[byte] = Byte::beyond_ascii;
  }
  return kinds;
}

constexpr std::array<Byte, 256> kinds = byte_kinds();

Byte kind_of(char byte) { return kinds[static_cast<unsigned char>(byte)]; }

/// Bytes beyond ASCII: invalid ones replaced, control characters dropped.
void append_beyond_ascii(std::string& into, std::string_view text) {
  const std::string valid = replace_invalid_utf8(text);
  for (std::size_t at = 0; at < valid.size(); ++at) {
    if (is_c1_control(valid, at)) {
      ++at;
    } else {
      into += valid[at];
    }
  }
}

std::string_view entity_of(char byte) {
  switch (byte) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return "&quot;";
  }
}

struct Escaping {
  bool markup = false;
  bool quotes = false;
};

/// Cleans a text and escapes it on the way.
void append_clean(std::string& into, std::string_view text, Escaping escaping) {
  for (std::size_t at = 0; at < text.size();) {
    const Byte kind = kind_of(text[at]);
    std::size_t end = at + 1;
    if (kind == Byte::plain || kind == Byte::beyond_ascii) {
      while (end < text.size() && kind_of(text[end]) == kind) ++end;
    }
    if (kind == Byte::plain) {
      into.append(text, at, end - at);
    } else if (kind == Byte::beyond_ascii) {
      append_beyond_ascii(into, text.substr(at, end - at));
    } else if (kind == Byte::escaped) {
      const bool escape = text[at] == '"' ? escaping.quotes : escaping.markup;
      if (escape) {
        into += entity_of(text[at]);
      } else {
        into += text[at];
      }
    } else if (text[at] == '\r' && (end >= text.size() || text[end] != '\n')) {
      into += '\n';
    }
    at = end;
  }
}

std::string one_line(std::string_view text) { return collapse_white_space(without_control_characters(text)); }

/// The same for a user's name that is on one line already.
std::string label_of(std::string_view author, std::string_view user_author, std::string_view user_label) {
  if (author == user_author) return std::string(own_label);
  std::string label = one_line(author);
  if (label == user_label) return std::string(own_label);
  if (label.empty()) return "unknown speaker";
  // Somebody else who goes by "I" must not pass for the user.
  if (label == own_label) return "I (another speaker)";
  return label;
}

}  // namespace

std::string without_control_characters(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  append_clean(result, text, {});
  return result;
}

std::string xml_body(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 16);
  append_clean(result, text, {.markup = true, .quotes = false});
  return result;
}

std::string xml_attribute(std::string_view text) {
  std::string result;
  append_clean(result, one_line(text), {.markup = true, .quotes = true});
  return result;
}

std::string speaker_label(std::string_view author, std::string_view user_author) {
  return label_of(author, user_author, one_line(user_author));
}

std::string render_context(const std::vector<Turn>& turns, ContextGap gap, std::string_view user_author) {
  const std::string user_label = one_line(user_author);
  std::string result;
  std::size_t expected = left_out.size();
  for (const Turn& turn : turns) expected += turn.author.size() + turn.text.size() + 48;
  result.reserve(expected);
  const auto new_line = [&] {
    if (!result.empty()) result += '\n';
  };
  const auto mark_gap = [&](ContextGap here) {
    if (gap != here) return;
    new_line();
    result += left_out;
  };
  mark_gap(ContextGap::at_beginning);
  for (std::size_t at = 0; at < turns.size(); ++at) {
    const Turn& turn = turns[at];
    new_line();
    result += "<turn author=\"";
    append_clean(result, one_line(label_of(turn.author, user_author, user_label)),
                 {.markup = true, .quotes = true});
    result += "\">";
    append_clean(result, turn.text, {.markup = true, .quotes = false});
    result += "</turn>";
    if (at == 0) mark_gap(ContextGap::after_first);
  }
  return result;
}

}  // namespace recon
