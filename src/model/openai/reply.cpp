#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "choice.hpp"
#include "framed_json.hpp"
#include "reply_body.hpp"
#include "reply_json.hpp"
#include "wire.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

WireReply problem(std::string message, Failure::Kind kind = Failure::Kind::malformed, bool try_again = true) {
  WireReply reply;
  reply.problem = WireReply::Problem{kind, std::move(message), try_again};
  return reply;
}

/// JSON of a value that may hold bytes that are no text.
std::string text_of_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::int64_t count_at(const Json& value, const char* key) {
  // More than any reply can have: what is larger is a server's mistake, and must not overflow in sums.
  constexpr double most = 1e12;
  const Json& number = at(value, key);
  const double count = number.is_number() ? number.get<double>() : 0.0;
  return std::isfinite(count) ? static_cast<std::int64_t>(std::clamp(count, 0.0, most)) : 0;
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

WireReply chat_reply(const Json& choices, int samples, std::int64_t repaired) {
  ChosenAnswers chosen = answers_of_choices(choices, samples, repaired);
  if (chosen.answers.empty() && !chosen.broken.empty()) {
    WireReply broken = problem(chosen.broken, Failure::Kind::server);
    auto error = error_in_good_reply(Json{{"error", chosen.error}});
    // What is wrong with a request shows before a reply begins; a choice that was begun is asked for again.
    if (error && kind_of(error->cause) != Failure::Kind::refused) broken.error = std::move(error);
    return broken;
  }
  if (chosen.answers.empty()) return problem("the server's reply has no choice with a message");
  WireReply reply;
  for (ChatAnswer& answer : chosen.answers) reply.answers.emplace_back(std::move(answer));
  return reply;
}

/// What the server says about withholding a reply; empty where it says nothing.
std::string block_of(const Json& reply) {
  for (const char* key : {"promptFeedback", "prompt_feedback"}) {
    const Json& feedback = at(reply, key);
    if (!at(feedback, "blockReason").is_null() || !at(feedback, "block_reason").is_null())
      return fmt::format("{}: {}", key, text_of_json(feedback));
  }
  const Json& filtered = at(reply, "prompt_filter_results");
  std::string text = filtered.is_structured() ? text_of_json(filtered) : "";
  return text.find("\"filtered\":true") == std::string::npos ? "" : "prompt_filter_results: " + text;
}

/// No choices, but charged for, or blocked in so many words: asked again, it would be charged for again.
std::optional<WireReply> withheld_reply(const Request& request, const Json& reply) {
  const Usage usage = usage_of(reply);
  const std::string block = block_of(reply);
  if (usage.prompt + usage.completion == 0 && block.empty()) return std::nullopt;
  const std::string words = block.empty() ? "no choices, though tokens were charged for" : block;
  const auto no_answer = [&] {
    return problem("the server withheld its reply: " + words, Failure::Kind::filtered, false);
  };
  return match(
      request,
      [&](const ChatRequest&) {
        WireReply withheld;
        withheld.answers.emplace_back(ChatAnswer{words, "", Finish::content_filter});
        return withheld;
      },
      [&](const ScoreRequest&) { return no_answer(); }, [&](const EmbedRequest&) { return no_answer(); });
}

WireReply no_echo(std::string_view found) {
  return problem(
      fmt::format("the server does not echo the prompt's tokens with their log-probabilities ({}); it cannot "
                  "score text: remove chat_template from the model, or use a server that honours echo and "
                  "logprobs in /completions, as vLLM does",
                  found),
      Failure::Kind::unsupported, false);
}

/// Null for what is no number. Some servers write those that JSON has no form for as text.
std::optional<double> log_probability_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto read = read_loosely("[" + value.get<std::string>() + "]");
  if (!read || read->documents.size() != 1 || read->documents.front().size() != 1) return std::nullopt;
  const Json& number = read->documents.front().front();
  return number.is_number() ? std::optional(number.get<double>()) : std::nullopt;
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
    const auto value = log_probability_of(values[i]);
    if (!texts[i].is_string() || !(value || values[i].is_null()))
      return problem(fmt::format("entry {} of the server's list of echoed tokens is of the wrong type: {} {}",
                                 i + 1, text_of_json(texts[i]), text_of_json(values[i])));
    tokens.texts.push_back(texts[i].get<std::string>());
    tokens.log_probabilities.push_back(value);
  }
  const Json& offsets = at(log_probabilities, "text_offset");
  const bool usable = offsets.is_array() && offsets.size() == texts.size() &&
                      std::all_of(offsets.begin(), offsets.end(),
                                  [](const Json& offset) { return offset.is_number_integer(); });
  if (usable) tokens.offsets = offsets.get<std::vector<std::int64_t>>();
  const std::string echoed = sent.body.at("prompt").get<std::string>();
  const auto score = score_of_echo(tokens, echoed, echoed.size() - sent.prompt.size());
  if (const auto* answer = std::get_if<ScoreAnswer>(&score)) {
    WireReply reply;
    reply.answers.emplace_back(*answer);
    return reply;
  }
  if (const std::string& impossible = std::get<EchoProblem>(score).impossible; !impossible.empty())
    return problem("the server's scores can't be used: " + impossible, Failure::Kind::malformed, false);
  // One or two tokens for a whole prompt: the new token alone, not the echo.
  if (texts.size() <= 2) return no_echo("the reply holds the new token only");
  return problem(fmt::format("the {} echoed tokens do not cover the continuation of {} bytes", texts.size(),
                             request.continuation.size()),
                 Failure::Kind::malformed, false);
}

/// A value for people; JSON has no form for numbers that are not finite.
std::string shown(const Json& value) {
  return value.is_number_float() ? fmt::format("{}", value.get<double>()) : text_of_json(value);
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
      return problem(fmt::format("number {} of the server's embedding is {}, not finite",
                                 answer.vector.size() + 1, shown(number)));
    answer.vector.push_back(value);
  }
  WireReply parsed;
  parsed.answers.emplace_back(std::move(answer));
  return parsed;
}

/// What `read` makes of the list of choices, where there is one.
WireReply read_choices(const Request& request, const Json& reply,
                       const std::function<WireReply(const Json& choices)>& read) {
  const Json& choices = at(reply, "choices");
  if (!choices.is_array() || choices.empty()) {
    if (auto withheld = withheld_reply(request, reply)) return std::move(*withheld);
  }
  if (!choices.is_array())
    return problem("the server's reply has no list of choices; is base_url the address up to /v1?");
  if (choices.empty()) return problem("the server's reply has an empty list of choices");
  WireReply parsed = read(choices);
  parsed.choices = choices.size();
  return parsed;
}

WireReply answers_of(const Request& request, const WireRequest& sent, int samples, const ReplyBody& body) {
  const Json& reply = body.json;
  // What was repaired may hold bytes that are no text.
  const Json mended = body.repaired > 0 ? Json::parse(text_of_json(reply)) : Json();
  if (auto error = error_in_good_reply(body.repaired > 0 ? mended : reply)) {
    WireReply parsed = problem(error->said(), kind_of(error->cause));
    parsed.error = std::move(error);
    return parsed;
  }
  const auto of_choices = [&](const auto& read) { return read_choices(request, reply, read); };
  return match(
      request,
      [&](const ChatRequest&) {
        return of_choices([&](const Json& choices) { return chat_reply(choices, samples, body.repaired); });
      },
      [&](const ScoreRequest& score) {
        return of_choices([&](const Json& choices) { return score_reply(choices, sent, score); });
      },
      [&](const EmbedRequest&) { return embed_reply(reply); });
}

}  // namespace

WireReply from_wire(const Request& request, const WireRequest& sent, int samples, const std::string& body) {
  const auto read = read_reply_body(body);
  if (const auto* unreadable = std::get_if<UnreadableBody>(&read)) return problem(unreadable->why);
  const auto& reply = std::get<ReplyBody>(read);
  WireReply parsed = answers_of(request, sent, samples, reply);
  parsed.usage = usage_of(reply.json);
  parsed.has_usage = at(at(reply.json, "usage"), "prompt_tokens").is_number();
  for (Answer& answer : parsed.answers) {
    match(
        answer, [&](ChatAnswer& chat) { chat.prompt_tokens = parsed.usage.prompt; }, [](ScoreAnswer&) {},
        [](EmbedAnswer&) {});
  }
  return parsed;
}

}  // namespace recon
