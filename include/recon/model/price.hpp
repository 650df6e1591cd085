#pragma once

#include "recon/model/model_config.hpp"
#include "recon/model/request.hpp"

#include <optional>

namespace recon {

/// What tokens cost with a model, in USD. Cached tokens are part of the prompt's and are charged once.
[[nodiscard]] double usd_of(const Usage& usage, const ModelConfig& model);

/// The most tokens that one attempt at a request can use: of the prompt one a byte (no tokenizer makes more)
/// and some for the markup around messages; of each reply `max_tokens` or, without it, the model's context
/// window. Nullopt where neither bounds the reply.
[[nodiscard]] std::optional<Usage> most_usage(const Request& request, int samples, const ModelConfig& model);

/// The prompt's tokens by the project's rule (core/text.hpp): an estimate, for plans and rate limits.
[[nodiscard]] std::int64_t estimated_prompt_tokens(const Request& request);

}  // namespace recon
