#include "xml.hpp"

#include "recon/core/text.hpp"

#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::string_view own_label = "I";

/// U+0080..U+009F in UTF-8.
bool is_c1_control(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size() || static_cast<unsigned char>(text[at]) != 0xC2) return false;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  return second >= 0x80 && second <= 0x9F;
}

std::string escaped(std::string_view text, bool quotes) {
  std::string result;
  result.reserve(text.size());
  for (const char character : text) {
    switch (character) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += quotes ? "&quot;" : "\"";
        break;
      default:
        result += character;
    }
  }
  return result;
}

std::string one_line(std::string_view text) { return collapse_white_space(without_control_characters(text)); }

}  // namespace

std::string without_control_characters(std::string_view raw) {
  const std::string text = replace_invalid_utf8(raw);
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '\r') {
      if (at + 1 >= text.size() || text[at + 1] != '\n') result += '\n';
    } else if (is_c1_control(text, at)) {
      ++at;
    } else if (byte == '\t' || byte == '\n' || (byte >= 0x20 && byte != 0x7F)) {
      result += text[at];
    }
  }
  return result;
}

std::string xml_body(std::string_view text) { return escaped(without_control_characters(text), false); }

std::string xml_attribute(std::string_view text) { return escaped(one_line(text), true); }

std::string speaker_label(std::string_view author, std::string_view user_author) {
  std::string label = one_line(author);
  if (author == user_author || label == one_line(user_author)) return std::string(own_label);
  if (label.empty()) return "unknown speaker";
  // Somebody else who goes by "I" must not pass for the user.
  if (label == own_label) return "I (another speaker)";
  return label;
}

std::string render_turns(const std::vector<Turn>& turns, std::string_view user_author) {
  std::string result;
  for (const Turn& turn : turns) {
    if (!result.empty()) result += '\n';
    result += fmt::format("<turn author=\"{}\">{}</turn>",
                          xml_attribute(speaker_label(turn.author, user_author)), xml_body(turn.text));
  }
  return result;
}

}  // namespace recon
