#include "recon/engine/prompt_call.hpp"

#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"

#include <stdexcept>

namespace recon {

namespace {

std::vector<Message> messages_of(const Prompt& prompt) {
  std::vector<Message> messages;
  messages.reserve(prompt.size());
  for (const PromptMessage& message : prompt) {
    messages.push_back(
        {message.role == PromptMessage::Role::system ? Role::system : Role::user, message.content});
  }
  return messages;
}

}  // namespace

ChatRequest chat_request(const Prompt& prompt, const Sampling& sampling, const ModelConfig& model) {
  ChatRequest request;
  request.messages = messages_of(prompt);
  request.sampling = sampling;
  request.extra_body = model.extra_body;
  return request;
}

ScoreRequest score_request(const Prompt& prompt, std::string_view continuation) {
  return {messages_of(prompt), std::string(continuation)};
}

double per_token_of(const Answer& answer) {
  const auto is_no_score = []() -> double { throw std::logic_error("the answer is no score"); };
  return match(
      answer, [&](const ChatAnswer&) { return is_no_score(); },
      [](const ScoreAnswer& score) { return score.per_token(); },
      [&](const EmbedAnswer&) { return is_no_score(); });
}

std::string text_of(const Answer& answer) {
  return match(
      answer, [](const ChatAnswer& chat) { return std::string(trim(chat.text)); },
      [](const ScoreAnswer&) { return std::string(); }, [](const EmbedAnswer&) { return std::string(); });
}

std::string plain_text_of(const Answer& answer) {
  return match(
      answer, [](const ChatAnswer& chat) { return Prompts::plain_reply(chat.text); },
      [](const ScoreAnswer&) { return std::string(); }, [](const EmbedAnswer&) { return std::string(); });
}

std::optional<std::string> unusable_text(const Answer& answer) {
  using Why = std::optional<std::string>;
  return match(
      answer,
      [](const ChatAnswer& chat) -> Why {
        if (!Prompts::plain_reply(chat.text).empty()) return std::nullopt;
        if (chat.finish == Finish::content_filter) return "the reply was withheld by a content filter";
        return chat.reasoning.empty() ? "the reply is empty" : "the reply is empty after its thinking";
      },
      [](const ScoreAnswer&) -> Why { return "the reply is no text"; },
      [](const EmbedAnswer&) -> Why { return "the reply is no text"; });
}

}  // namespace recon
