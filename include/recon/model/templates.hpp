#pragma once

#include "recon/model/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Renders messages with a named chat template (chatml, qwen3, llama3), ending where the assistant's reply
/// begins. For qwen3 an empty think block follows, so that scoring starts after it. Markers of control tokens
/// within the messages
/// (`<|`) are taken apart, so that text cannot open a message. Throws UsageError for an unknown name.
[[nodiscard]] std::string render_chat_template(std::string_view name, const std::vector<Message>& messages);
[[nodiscard]] const std::vector<std::string>& chat_template_names();

}  // namespace recon
