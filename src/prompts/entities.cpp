#include "recon/core/text.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "xml.hpp"

namespace recon {

namespace {

struct NamedEntity {
  std::string_view name;
  std::string_view text;
};

/// The five of XML, as HTML writes them in capitals too, and the one that HTML editors leave everywhere.
constexpr std::array<NamedEntity, 10> named_entities{{
    {"amp", "&"},
    {"lt", "<"},
    {"gt", ">"},
    {"quot", "\""},
    {"apos", "'"},
    {"nbsp", "\xC2\xA0"},
    {"AMP", "&"},
    {"LT", "<"},
    {"GT", ">"},
    {"QUOT", "\""},
}};

/// Of "&" to ";"; leading zeros are allowed, but nobody writes more than a few.
constexpr std::size_t longest_entity = 16;

bool is_text(std::uint32_t code_point) {
  if (code_point == '\t' || code_point == '\n') return true;
  const bool control = code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  const bool no_character =
      (code_point & 0xFFFEU) == 0xFFFE || (code_point >= 0xFDD0 && code_point <= 0xFDEF);
  return !control && !surrogate && !no_character && code_point <= 0x10FFFF;
}

/// What stands between "&" and ";".
std::optional<std::string> text_of_entity(std::string_view inside) {
  for (const NamedEntity& entity : named_entities) {
    if (entity.name == inside) return std::string(entity.text);
  }
  if (!inside.starts_with('#')) return std::nullopt;
  inside.remove_prefix(1);
  const bool hexadecimal = inside.starts_with('x') || inside.starts_with('X');
  if (hexadecimal) inside.remove_prefix(1);
  std::uint32_t code_point = 0;
  const char* const end = inside.data() + inside.size();
  const auto parsed = std::from_chars(inside.data(), end, code_point, hexadecimal ? 16 : 10);
  if (parsed.ec != std::errc() || parsed.ptr != end || !is_text(code_point)) return std::nullopt;
  std::string text;
  append_utf8(text, code_point);
  return text;
}

}  // namespace

std::string without_entities(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find('&', at);
    result += text.substr(at, begin - at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = text.substr(begin, longest_entity).find(';');
    const auto found =
        end == std::string_view::npos ? std::nullopt : text_of_entity(text.substr(begin + 1, end - 1));
    result += found.value_or("&");
    at = begin + (found ? end + 1 : 1);
  }
  return result;
}

}  // namespace recon
