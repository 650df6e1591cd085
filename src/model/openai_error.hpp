#pragma once

#include <string>
#include <string_view>

namespace recon {

/// The message of a server's error reply: `error.message`, `message`, `detail` or the text itself, on one
/// line.
[[nodiscard]] std::string server_message(const std::string& body);
/// True where an error message speaks of the parameter `n`, of the reply's schema, of the prompt's length.
[[nodiscard]] bool complains_about_n(const std::string& body);
[[nodiscard]] bool complains_about_schema(std::string_view body);
[[nodiscard]] bool complains_about_length(std::string_view body);
/// True where it asks for max_completion_tokens in place of max_tokens; speaks of an account without money;
/// of a prompt that the server's content filter refuses.
[[nodiscard]] bool wants_max_completion_tokens(std::string_view body);
[[nodiscard]] bool complains_about_quota(std::string_view body);
[[nodiscard]] bool complains_about_content(std::string_view body);

}  // namespace recon
