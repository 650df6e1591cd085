#pragma once

#include "recon/core/text.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace recon {

/// Whether there is more than white space, of Unicode too.
[[nodiscard]] inline bool has_words(std::string_view text) {
  const std::string_view rest = trim(text);
  if (rest.empty()) return false;
  const bool ascii = static_cast<unsigned char>(rest.front()) < 0x80U;
  return ascii || count_words(rest) > 0;
}

/// The lines of a text in memory, without their ends ("\n", "\r\n" or "\r").
class TextLines {
 public:
  explicit TextLines(std::string_view text) : rest_(text) {}
  [[nodiscard]] std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t end = rest_.find_first_of("\r\n");
    const std::string_view line = rest_.substr(0, end);
    if (end == std::string_view::npos) {
      rest_ = {};
    } else {
      rest_.remove_prefix(end + (rest_.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    return line;
  }

 private:
  std::string_view rest_;
};

}  // namespace recon
