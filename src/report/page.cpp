#include "recon/report/page.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::size_t least_width = 30;
constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool starts_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

/// Without control characters, those of ISO 8859-1 included; tabs become spaces.
std::string harmless(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool second_control = byte == 0xc2U && i + 1 < text.size() &&
                                static_cast<unsigned char>(text[i + 1]) >= 0x80U &&
                                static_cast<unsigned char>(text[i + 1]) < 0xa0U;
    if (text[i] == '\t') {
      result += ' ';
    } else if (byte < 0x20U || byte == 0x7fU) {
      result += replacement;
    } else if (second_control) {
      result += replacement;
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// Bytes of the first `columns` code points.
std::size_t bytes_of_columns(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (starts_code_point(text[at]) && columns-- == 0) break;
  }
  return at;
}

void add_wrapped(std::string& out, std::string_view line, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  const std::size_t room = std::max(least_width, width) - std::min(indent, least_width / 2);
  if (line.empty()) out += "\n";
  while (!line.empty()) {
    std::size_t end = line.size();
    if (columns_of(line) > room) {
      end = bytes_of_columns(line, room);
      const std::size_t space = line.rfind(' ', end);
      if (space != std::string_view::npos && space > 0) end = space;
    }
    out += margin;
    out += line.substr(0, end);
    out += "\n";
    line.remove_prefix(end);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
}

}  // namespace

void Page::heading(std::string_view text) {
  if (!text_.empty()) text_ += "\n";
  const std::string shown = harmless(text);
  text_ += style_.colour ? fmt::format("\033[1;4m{}\033[0m\n", shown)
                         : fmt::format("{}\n{}\n", shown, std::string(columns_of(shown), '='));
}

void Page::subheading(std::string_view text) {
  const std::string shown = harmless(text);
  text_ += style_.colour ? fmt::format("\033[1m{}\033[0m\n", shown) : fmt::format("{}\n", shown);
}

void Page::text(std::string_view text, std::size_t indent) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    add_wrapped(text_, harmless(text.substr(at, end - at)), style_.width, indent);
    at = end + 1;
  }
}

std::string grouped(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string dollars(double usd) { return usd < 1 ? fmt::format("{:.4f}", usd) : fmt::format("{:.2f}", usd); }

}  // namespace recon
