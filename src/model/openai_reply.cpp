#include "recon/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "openai_wire.hpp"
#include "reply_json.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

WireReply problem(std::string message, Failure::Kind kind = Failure::Kind::malformed, bool try_again = true) {
  WireReply reply;
  reply.problem = WireReply::Problem{kind, std::move(message), try_again};
  return reply;
}

std::int64_t count_at(const Json& value, const char* key) {
  // More than any reply can have: what is larger is a server's mistake, and must not overflow in sums.
  constexpr double most = 1e12;
  const Json& number = at(value, key);
  return number.is_number() ? static_cast<std::int64_t>(std::clamp(number.get<double>(), 0.0, most)) : 0;
}

/// Servers differ: `cached` stands in prompt_tokens_details (OpenAI, vLLM), in the usage itself, or as
/// prompt_cache_hit_tokens; thinking is part of completion_tokens, or of total_tokens alone (then it is
/// added, since it is paid for). Cached tokens are part of the prompt's, thinking of the completion's.
Usage usage_of(const Json& reply) {
  const Json& usage = at(reply, "usage");
  Usage tokens;
  tokens.prompt = count_at(usage, "prompt_tokens");
  tokens.completion = count_at(usage, "completion_tokens");
  for (const std::int64_t cached :
       {count_at(at(usage, "prompt_tokens_details"), "cached_tokens"), count_at(usage, "cached_tokens"),
        count_at(usage, "prompt_cache_hit_tokens")})
    tokens.cached = std::max(tokens.cached, cached);
  tokens.cached = std::min(tokens.cached, tokens.prompt);
  tokens.reasoning = count_at(at(usage, "completion_tokens_details"), "reasoning_tokens");
  const std::int64_t unnamed = count_at(usage, "total_tokens") - tokens.prompt - tokens.completion;
  if (unnamed > 0) {
    tokens.completion += unnamed;
    tokens.reasoning = std::max(tokens.reasoning, unnamed);
  }
  tokens.reasoning = std::min(tokens.reasoning, tokens.completion);
  return tokens;
}

/// A message's content: text, nothing (a reply cut off while thinking, or a refusal), or a list of parts.
std::optional<std::string> content_text(const Json& content) {
  if (content.is_null()) return "";
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return std::nullopt;
  std::string text;
  for (const Json& part : content) {
    const Json& piece = at(part, "text");
    if (piece.is_string()) text += piece.get<std::string>();
  }
  return text;
}

Finish finish_of(const Json& choice) {
  const Json& reason = at(choice, "finish_reason");
  if (!reason.is_string()) return reason.is_null() ? Finish::stop : Finish::other;
  const std::string name = ascii_lower_case(reason.get<std::string>());
  if (name == "stop") return Finish::stop;
  if (name == "length" || name == "max_tokens") return Finish::length;
  if (name == "refusal") return Finish::declined;
  for (const char* filtered : {"content_filter", "safety", "prohibited_content", "blocklist", "recitation"}) {
    if (name.find(filtered) != std::string::npos) return Finish::content_filter;
  }
  return Finish::other;
}

WireReply chat_reply(const Json& choices, int samples) {
  WireReply reply;
  for (const Json& choice : choices) {
    if (reply.answers.size() >= static_cast<std::size_t>(std::max(1, samples))) break;
    const Json& message = at(choice, "message");
    const auto text = content_text(at(message, "content"));
    // A choice that can't be read does not spoil the others, which are paid for; a filter may leave no
    // message.
    if (!text || (!message.is_object() && finish_of(choice) != Finish::content_filter)) continue;
    ChatAnswer answer = chat_answer_from_text(*text, finish_of(choice));
    if (const Json& refusal = at(message, "refusal"); refusal.is_string() && answer.text.empty()) {
      answer.text = refusal.get<std::string>();
      answer.finish = Finish::declined;
    }
    for (const char* key : {"reasoning_content", "reasoning"}) {
      const Json& reasoning = at(message, key);
      if (answer.reasoning.empty() && reasoning.is_string()) answer.reasoning = reasoning.get<std::string>();
    }
    reply.answers.emplace_back(std::move(answer));
  }
  if (reply.answers.empty()) return problem("the server's reply has no choice with a message");
  return reply;
}

WireReply no_echo(std::string_view found) {
  return problem(
      fmt::format("the server does not echo the prompt's tokens with their log-probabilities ({}); it cannot "
                  "score text: remove chat_template from the model, or use a server that honours echo and "
                  "logprobs in /completions, as vLLM does",
                  found),
      Failure::Kind::unsupported, false);
}

WireReply score_reply(const Json& choices, const WireRequest& sent, const ScoreRequest& request) {
  const Json& log_probabilities = at(choices.front(), "logprobs");
  const Json& texts = at(log_probabilities, "tokens");
  const Json& values = at(log_probabilities, "token_logprobs");
  if (!texts.is_array() || !values.is_array())
    return no_echo("no lists of tokens and token_logprobs in the reply");
  if (texts.size() != values.size())
    return problem("the server's lists of tokens and token_logprobs differ in length");
  EchoedTokens tokens;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].is_string() || !(values[i].is_number() || values[i].is_null())) {
      return problem("the server's list of echoed tokens has an entry of the wrong type");
    }
    tokens.texts.push_back(texts[i].get<std::string>());
    tokens.log_probabilities.push_back(values[i].is_null() ? std::nullopt
                                                           : std::optional(values[i].get<double>()));
  }
  const Json& offsets = at(log_probabilities, "text_offset");
  const bool usable =
      offsets.is_array() && offsets.size() == texts.size() &&
      std::all_of(offsets.begin(), offsets.end(), [](const Json& at_) { return at_.is_number_integer(); });
  if (usable) tokens.offsets = offsets.get<std::vector<std::int64_t>>();
  const std::string echoed = sent.body.at("prompt").get<std::string>();
  const auto score = score_of_echo(tokens, echoed, echoed.size() - sent.prompt.size());
  if (score) {
    WireReply reply;
    reply.answers.emplace_back(*score);
    return reply;
  }
  // One or two tokens for a whole prompt: the new token alone, not the echo.
  if (texts.size() <= 2) return no_echo("the reply holds the new token only");
  return problem(fmt::format("the {} echoed tokens do not cover the continuation of {} bytes", texts.size(),
                             request.continuation.size()),
                 Failure::Kind::malformed, false);
}

WireReply embed_reply(const Json& reply) {
  const Json& data = at(reply, "data");
  if (!data.is_array() || data.empty()) return problem("the server's reply holds no embedding");
  const Json& list = at(data.front(), "embedding");
  if (!list.is_array() || list.empty()) return problem("the server's embedding is no list of numbers");
  EmbedAnswer answer;
  answer.vector.reserve(list.size());
  for (const Json& number : list) {
    const float value = number.is_number() ? number.get<float>() : NAN;
    if (!std::isfinite(value))
      return problem("the server's embedding holds something that is no finite number");
    answer.vector.push_back(value);
  }
  WireReply parsed;
  parsed.answers.emplace_back(std::move(answer));
  return parsed;
}

WireReply answers_of(const Request& request, const WireRequest& sent, int samples, const Json& reply) {
  if (auto error = error_in_good_reply(reply)) {
    WireReply parsed = problem(error->said(), kind_of(error->cause));
    parsed.error = std::move(error);
    return parsed;
  }
  if (std::holds_alternative<EmbedRequest>(request)) return embed_reply(reply);
  const Json& choices = at(reply, "choices");
  if (!choices.is_array())
    return problem("the server's reply has no list of choices; is base_url the address up to /v1?");
  if (choices.empty()) return problem("the server's reply has an empty list of choices");
  if (const auto* score = std::get_if<ScoreRequest>(&request)) return score_reply(choices, sent, *score);
  return chat_reply(choices, samples);
}

}  // namespace

WireReply from_wire(const Request& request, const WireRequest& sent, int samples, const std::string& body) {
  if (const auto wrong_at = invalid_utf8_at(body)) {
    return problem(fmt::format("the server's reply is not valid UTF-8 (byte {})", *wrong_at));
  }
  const auto reply = parse_reply_json(body);
  if (!reply) return problem("the server's reply is not valid JSON");
  WireReply parsed = answers_of(request, sent, samples, *reply);
  parsed.usage = usage_of(*reply);
  parsed.has_usage = at(at(*reply, "usage"), "prompt_tokens").is_number();
  return parsed;
}

}  // namespace recon
