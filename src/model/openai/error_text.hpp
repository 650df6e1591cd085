#pragma once

#include "recon/core/json.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace recon {

/// JSON that stands within a text, as proxies write it ("RateLimitError: Provider - {...}"), also as Python
/// prints it ("Error code: 400 - {'error': ...}", "b'{\n ...'"); nullopt where there is none.
[[nodiscard]] std::optional<Json> json_within(std::string_view text);

/// What a page or an XML document says: its title, message or first heading, else its words without tags.
/// Nullopt where the text is neither.
[[nodiscard]] std::optional<std::string> words_of_page(std::string_view text);

/// The pause that a text asks for in words: "retry after 20 seconds", "try again in 1m30.5s", "in 500ms".
[[nodiscard]] std::optional<std::chrono::milliseconds> wait_told_in(std::string_view text);

/// A text from a server as one line fit for a message: valid UTF-8, white space collapsed, long ones cut.
[[nodiscard]] std::string one_line(std::string_view text);

/// True where one of the phrases stands in `text`.
template <typename Phrases>
[[nodiscard]] bool says_any(std::string_view text, const Phrases& phrases) {
  for (const std::string_view phrase : phrases) {
    if (text.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace recon
