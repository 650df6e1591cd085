#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace recon {

/// Appends a JSON string, the same bytes as Json::dump writes. False, with anything appended, for invalid
/// UTF-8.
[[nodiscard]] bool append_json_string(std::string& into, std::string_view text);
/// Appends a number as Json::dump writes it. False when it is not finite.
[[nodiscard]] bool append_json_number(std::string& into, double value);
void append_json_integer(std::string& into, std::integral auto value) { into += std::to_string(value); }

}  // namespace recon
