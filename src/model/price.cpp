#include "recon/model/price.hpp"

#include "recon/core/text.hpp"

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

std::int64_t measured(const std::vector<Message>& messages, const Measure& measure) {
  std::int64_t sum = 0;
  for (const Message& message : messages) sum += measure.of_text(message.content) + measure.markup;
  return sum;
}

std::int64_t measured(const Request& request, const Measure& measure) {
  if (const auto* chat = std::get_if<ChatRequest>(&request)) return measured(chat->messages, measure);
  if (const auto* score = std::get_if<ScoreRequest>(&request))
    return measured(score->messages, measure) + measure.of_text(score->continuation);
  return measure.of_text(std::get<EmbedRequest>(request).text);
}

std::optional<std::int64_t> whole_number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace

double usd_of(const Usage& usage, const ModelConfig& model) {
  const std::int64_t cached = std::clamp<std::int64_t>(usage.cached, 0, usage.prompt);
  return (static_cast<double>(usage.prompt - cached) * model.usd_per_million_prompt +
          static_cast<double>(cached) * model.usd_per_million_cached +
          static_cast<double>(usage.completion) * model.usd_per_million_completion) /
         1e6;
}

std::optional<Usage> most_usage(const Request& request, int samples, const ModelConfig& model) {
  Usage most;
  most.prompt = measured(request, {&bytes_of, markup_bound}) + markup_bound;
  const auto* chat = std::get_if<ChatRequest>(&request);
  if (chat == nullptr) {
    most.completion = std::holds_alternative<ScoreRequest>(request) ? 1 : 0;
    return most;
  }
  // Servers that enforce a schema may show it to the model.
  if (chat->reply_schema) most.prompt += bytes_of(chat->reply_schema->text());
  most.prompt += bytes_of(chat->extra_body.dump());
  std::int64_t reply = chat->sampling.max_tokens.value_or(model.context_window);
  // extra_body goes over everything else.
  for (const char* limit : {"max_tokens", "max_completion_tokens"})
    reply = std::max(reply, whole_number(chat->extra_body, limit).value_or(0));
  if (reply <= 0) return std::nullopt;
  const std::int64_t replies =
      std::max<std::int64_t>(samples, whole_number(chat->extra_body, "best_of").value_or(1));
  most.completion = reply * std::max<std::int64_t>(1, replies);
  return most;
}

std::int64_t estimated_prompt_tokens(const Request& request) {
  return measured(request, {&tokens_of, markup_estimate});
}

}  // namespace recon
