#include "recon/model/price.hpp"

#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"

#include <algorithm>

namespace recon {
namespace {

/// Role names and markers around a message; chat templates in use take at most about a dozen tokens.
constexpr std::int64_t markup_estimate = 4;
constexpr std::int64_t markup_bound = 32;

struct Measure {
  std::int64_t (*of_text)(std::string_view text);
  std::int64_t markup;
};

std::int64_t bytes_of(std::string_view text) { return static_cast<std::int64_t>(text.size()); }
std::int64_t tokens_of(std::string_view text) { return static_cast<std::int64_t>(count_tokens(text)); }

/// Bytes of other scripts than Latin that a tokenizer makes one token of: two Chinese characters, three
/// Cyrillic ones.
constexpr std::int64_t bytes_per_foreign_token = 6;

std::int64_t cautious_tokens_of(std::string_view text) {
  std::int64_t characters = 0, bytes = 0;
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    bytes += value >= 0x80U ? 1 : 0;
    characters += value >= 0xc0U ? 1 : 0;
  }
  return std::max<std::int64_t>(0, tokens_of(text) - characters) + bytes / bytes_per_foreign_token;
}

std::int64_t measured(const std::vector<Message>& messages, const Measure& measure) {
  std::int64_t sum = 0;
  for (const Message& message : messages) sum += measure.of_text(message.content) + measure.markup;
  return sum;
}

std::int64_t measured(const Request& request, const Measure& measure) {
  return match(
      request, [&](const ChatRequest& chat) { return measured(chat.messages, measure); },
      [&](const ScoreRequest& score) {
        return measured(score.messages, measure) + measure.of_text(score.continuation);
      },
      [&](const EmbedRequest& embed) { return measure.of_text(embed.text); });
}

std::optional<std::int64_t> whole_number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

/// Servers that enforce a schema may show it to the model.
std::int64_t attached(const ChatRequest& chat, std::int64_t (*of_text)(std::string_view text)) {
  std::int64_t sum = chat.extra_body.empty() ? 0 : of_text(chat.extra_body.dump());
  if (chat.reply_schema) sum += of_text(chat.reply_schema->text());
  return sum;
}

}  // namespace

double usd_of(const Usage& usage, const ModelConfig& model) {
  const std::int64_t cached = std::clamp<std::int64_t>(usage.cached, 0, usage.prompt);
  return (static_cast<double>(usage.prompt - cached) * model.usd_per_million_prompt +
          static_cast<double>(cached) * model.usd_per_million_cached +
          static_cast<double>(usage.completion) * model.usd_per_million_completion) /
         1e6;
}

bool costs_nothing(const ModelConfig& model) {
  return model.usd_per_million_prompt == 0 && model.usd_per_million_cached == 0 &&
         model.usd_per_million_completion == 0;
}

std::optional<Usage> most_usage(const Request& request, int samples, const ModelConfig& model) {
  Usage most;
  most.prompt = measured(request, {&bytes_of, markup_bound}) + markup_bound;
  const bool is_bounded = match(
      request,
      [&](const ChatRequest& chat) {
        most.prompt += attached(chat, &bytes_of);
        const auto reply = most_reply_tokens(chat, model);
        most.completion = reply.value_or(0) * most_replies(request, samples);
        return reply.has_value();
      },
      [&](const ScoreRequest&) {
        most.completion = 1;  // that the server makes beside the scores
        return true;
      },
      [](const EmbedRequest&) { return true; });
  return is_bounded ? std::optional(most) : std::nullopt;
}

std::optional<std::int64_t> most_reply_tokens(const ChatRequest& chat, const ModelConfig& model) {
  std::int64_t reply = chat.sampling.max_tokens.value_or(model.context_window);
  // extra_body goes over everything else.
  for (const char* limit : {"max_tokens", "max_completion_tokens"})
    reply = std::max(reply, whole_number(chat.extra_body, limit).value_or(0));
  return reply > 0 ? std::optional(reply) : std::nullopt;
}

std::int64_t most_replies(const Request& request, int samples) {
  const std::int64_t best_of = match(
      request, [](const ChatRequest& chat) { return whole_number(chat.extra_body, "best_of").value_or(1); },
      [](const ScoreRequest&) { return std::int64_t{1}; },
      [](const EmbedRequest&) { return std::int64_t{1}; });
  return std::max<std::int64_t>({1, samples, best_of});
}

std::int64_t estimated_prompt_tokens(const Request& request) {
  return measured(request, {&tokens_of, markup_estimate});
}

std::int64_t cautious_prompt_tokens(const Request& request) {
  return measured(request, {&cautious_tokens_of, markup_estimate});
}

std::int64_t estimated_attached_tokens(const Request& request) {
  return match(
      request, [](const ChatRequest& chat) { return attached(chat, &tokens_of); },
      [](const ScoreRequest&) { return std::int64_t{0}; },
      [](const EmbedRequest&) { return std::int64_t{0}; });
}

}  // namespace recon
