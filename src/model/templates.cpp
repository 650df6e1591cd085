#include "recon/model/templates.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <fmt/format.h>

namespace recon {
namespace {

/// Text from outside must not open or close a message: markers of control tokens are taken apart.
std::string without_markers(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '|' && !safe.empty() && safe.back() == '<') safe.push_back(' ');
    safe.push_back(c);
  }
  return safe;
}

std::string chatml(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    text += fmt::format("<|im_start|>{}\n{}<|im_end|>\n", to_string(message.role),
                        without_markers(message.content));
  }
  return text + "<|im_start|>assistant\n";
}

/// Without the leading `<|begin_of_text|>`, which servers put before every prompt themselves.
std::string llama3(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    text += fmt::format("<|start_header_id|>{}<|end_header_id|>\n\n{}<|eot_id|>", to_string(message.role),
                        trim(without_markers(message.content)));
  }
  return text + "<|start_header_id|>assistant<|end_header_id|>\n\n";
}

}  // namespace

std::string render_chat_template(std::string_view name, const std::vector<Message>& messages) {
  if (name == "chatml") return chatml(messages);
  if (name == "qwen3") return chatml(messages) + "<think>\n\n</think>\n\n";
  if (name == "llama3") return llama3(messages);
  throw UsageError(fmt::format("unknown chat template '{}'; expected one of {}", name,
                               fmt::join(chat_template_names(), ", ")));
}

const std::vector<std::string>& chat_template_names() {
  static const std::vector<std::string> names = {"chatml", "qwen3", "llama3"};
  return names;
}

}  // namespace recon
