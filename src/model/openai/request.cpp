#include "recon/core/visit.hpp"
#include "recon/model/templates.hpp"

#include "wire.hpp"

namespace recon {
namespace {

Json chat_body(const ChatRequest& chat, int samples, const WireOptions& options) {
  Json body = {{"model", options.model}, {"messages", Json::array()}};
  for (const Message& message : chat.messages) {
    body["messages"].push_back({{"role", to_string(message.role)}, {"content", message.content}});
  }
  if (chat.sampling.temperature) body["temperature"] = *chat.sampling.temperature;
  if (chat.sampling.top_p) body["top_p"] = *chat.sampling.top_p;
  if (chat.sampling.top_k) body["top_k"] = *chat.sampling.top_k;
  if (chat.sampling.max_tokens)
    body[options.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] = *chat.sampling.max_tokens;
  if (chat.reply_schema && options.send_schema) {
    body["response_format"] = {
        {"type", "json_schema"},
        {"json_schema", {{"name", "reply"}, {"strict", true}, {"schema", chat.reply_schema->json()}}}};
  }
  for (const Json* extra : {&options.extra_body, &chat.extra_body}) {
    for (const auto& [key, value] : extra->items()) {
      const bool is_ours = key == "messages" || key == "model" || key == "n" || key.starts_with("stream");
      if (!is_ours) body[key] = value;
    }
  }
  // The default, but some gateways stream where nothing is said.
  body["stream"] = false;
  if (samples > 1 && options.send_n) body["n"] = samples;
  return body;
}

}  // namespace

WireRequest to_wire(const Request& request, int samples, const WireOptions& options) {
  return match(
      request,
      [&](const ChatRequest& chat) {
        return WireRequest{"/chat/completions", chat_body(chat, samples, options), ""};
      },
      [&](const ScoreRequest& score) {
        std::string prompt = render_chat_template(options.chat_template, score.messages);
        Json body = {{"model", options.model}, {"prompt", prompt + score.continuation},
                     {"max_tokens", 1},        {"temperature", 0},
                     {"echo", true},           {"logprobs", 1},
                     {"stream", false}};
        return WireRequest{"/completions", std::move(body), std::move(prompt)};
      },
      [&](const EmbedRequest& embed) {
        return WireRequest{"/embeddings",
                           {{"model", options.model}, {"input", embed.text}, {"encoding_format", "float"}},
                           ""};
      });
}

}  // namespace recon
