#include "recon/engine/prompt_call.hpp"

#include "recon/core/text.hpp"

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

std::string text_of(const Answer& answer) {
  const auto* chat = std::get_if<ChatAnswer>(&answer);
  return chat == nullptr ? std::string() : std::string(trim(chat->text));
}

std::string plain_text_of(const Answer& answer) {
  const auto* chat = std::get_if<ChatAnswer>(&answer);
  return chat == nullptr ? std::string() : Prompts::plain_reply(chat->text);
}

std::optional<std::string> unusable_text(const Answer& answer) {
  const auto* chat = std::get_if<ChatAnswer>(&answer);
  if (chat == nullptr) return "the reply is no text";
  if (!plain_text_of(answer).empty()) return std::nullopt;
  if (chat->finish == Finish::content_filter) return "the reply was withheld by a content filter";
  return chat->reasoning.empty() ? "the reply is empty" : "the reply is empty after its thinking";
}

}  // namespace recon
