#pragma once

#include "recon/model/model_config.hpp"
#include "recon/model/request.hpp"
#include "recon/prompts/prompts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace recon {

/// A chat question in a stage's words.
[[nodiscard]] ChatRequest chat_request(const Prompt& prompt, const Sampling& sampling,
                                       const ModelConfig& model);
[[nodiscard]] ScoreRequest score_request(const Prompt& prompt, std::string_view continuation);
/// The mean log-probability per token of a score. Throws std::logic_error for any other answer.
[[nodiscard]] double per_token_of(const Answer& answer);
/// Plain text replies: unusable when empty.
[[nodiscard]] std::optional<std::string> unusable_text(const Answer& answer);
/// The reply as it came, trimmed: for replies in JSON.
[[nodiscard]] std::string text_of(const Answer& answer);
/// What a trace or an action says (Prompts::plain_reply).
[[nodiscard]] std::string plain_text_of(const Answer& answer);

}  // namespace recon
