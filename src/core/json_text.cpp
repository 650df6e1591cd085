#include "recon/core/json_text.hpp"

#include "recon/core/json.hpp"
#include "recon/core/text.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace recon {
namespace {

enum class Byte : std::uint8_t { plain, escaped, beyond_ascii };

constexpr std::array<Byte, 256> byte_kinds() {
  std::array<Byte, 256> kinds{};
  for (std::size_t byte = 0; byte < kinds.size(); ++byte) {
    if (byte >= 0x80) kinds[byte] = Byte::beyond_ascii;
    if (byte < 0x20 || byte == '"' || byte == '\\') kinds[byte] = Byte::escaped;
  }
  return kinds;
}

constexpr std::array<Byte, 256> kinds = byte_kinds();

Byte kind_of(char byte) { return kinds[static_cast<unsigned char>(byte)]; }

void append_escaped(std::string& into, char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view named = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  into += '\\';
  if (const std::size_t name = named.find(byte); name != std::string_view::npos) {
    into += letters[name];
    return;
  }
  into += "u00";
  into += digits[static_cast<unsigned char>(byte) >> 4U];
  into += digits[static_cast<unsigned char>(byte) & 15U];
}

/// Whether all of eight bytes are plain.
bool are_plain(const char* bytes) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t tops = 0x80 * ones;
  std::uint64_t eight = 0;
  std::memcpy(&eight, bytes, sizeof eight);
  // The top bit of some byte of `below(x, n)` is set where a byte of x is below n (and maybe in others then).
  const auto below = [&](std::uint64_t x, std::uint64_t n) { return (x - n * ones) & ~x & tops; };
  const std::uint64_t quotes = eight ^ ('"' * ones);
  const std::uint64_t backslashes = eight ^ ('\\' * ones);
  return ((eight & tops) | below(eight, 0x20) | below(quotes, 1) | below(backslashes, 1)) == 0;
}

}  // namespace

bool append_json_string(std::string& into, std::string_view text) {
  into += '"';
  bool all_ascii = true;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size()) {
      if (end + 8 <= text.size() && are_plain(text.data() + end)) {
        end += 8;
        continue;
      }
      if (kind_of(text[end]) == Byte::escaped) break;
      all_ascii = all_ascii && kind_of(text[end]) == Byte::plain;
      ++end;
    }
    into.append(text, at, end - at);
    if (end < text.size()) append_escaped(into, text[end]);
    at = end + 1;
  }
  into += '"';
  return all_ascii || !invalid_utf8_at(text);
}

bool append_json_number(std::string& into, double value) {
  if (!std::isfinite(value)) return false;
  if (value == 0 && !std::signbit(value)) {
    into += "0.0";
  } else {
    into += Json(value).dump();
  }
  return true;
}

}  // namespace recon
