#pragma once

#include "recon/model/model_config.hpp"
#include "recon/model/request.hpp"

#include <cstdint>
#include <optional>

namespace recon {

/// What tokens cost with a model, in USD. Cached tokens are part of the prompt's and are charged once.
[[nodiscard]] double usd_of(const Usage& usage, const ModelConfig& model);

/// No price, or zeros: the model's tokens cost no money.
[[nodiscard]] bool costs_nothing(const ModelConfig& model);

/// The most tokens that one reply can take: `max_tokens` or, without it, the model's context window; what
/// `extra_body` says of it counts too. Nullopt where nothing bounds the reply.
[[nodiscard]] std::optional<std::int64_t> most_reply_tokens(const ChatRequest& chat,
                                                            const ModelConfig& model);
/// How many replies a request for that many samples is charged for at most: with `best_of` in `extra_body` a
/// server makes more than it sends.
[[nodiscard]] std::int64_t most_replies(const Request& request, int samples);

/// The most tokens that one attempt at a request can use: of the prompt one a byte (no tokenizer makes more)
/// and some for the markup around messages; of each reply `most_reply_tokens`. Nullopt where nothing bounds
/// the reply.
[[nodiscard]] std::optional<Usage> most_usage(const Request& request, int samples, const ModelConfig& model);

/// The prompt's tokens by the project's rule (core/text.hpp): an estimate, for plans and rate limits.
[[nodiscard]] std::int64_t estimated_prompt_tokens(const Request& request);
/// The same, but with no more than tokenizers give for other scripts than Latin, for which that rule counts
/// high: six bytes of them a token. What a server counts well below this it has not read.
[[nodiscard]] std::int64_t cautious_prompt_tokens(const Request& request);
/// By the same rule: what a server may show the model beside the messages, the reply's schema and
/// `extra_body`.
[[nodiscard]] std::int64_t estimated_attached_tokens(const Request& request);

}  // namespace recon
