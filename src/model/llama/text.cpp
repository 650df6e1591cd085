#include "text.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr const char* kFallbackTemplate = "chatml";
constexpr std::string_view kEmptyThought = "<think>\n\n</think>\n\n";

/// -1 when the engine does not know the template.
int apply_template(const std::string& chat_template, const std::vector<Message>& messages, std::string& out) {
  std::vector<llama_chat_message> views;
  std::size_t bytes = 256;
  for (const Message& message : messages) {
    views.push_back({to_string(message.role), message.content.c_str()});
    bytes += message.content.size() + 64;
  }
  for (;;) {
    out.resize(bytes);
    const int length = llama_chat_apply_template(chat_template.c_str(), views.data(), views.size(), true,
                                                 out.data(), static_cast<std::int32_t>(out.size()));
    if (length < 0) return -1;
    if (static_cast<std::size_t>(length) <= out.size()) {
      out.resize(static_cast<std::size_t>(length));
      return length;
    }
    bytes = static_cast<std::size_t>(length);
  }
}

std::string placeholder(std::size_t index) { return fmt::format("@@message-{}@@", index); }

}  // namespace

LlamaText::LlamaText(const llama_model& model, std::string_view path)
    : vocabulary_(llama_model_get_vocab(&model)), path_(path) {
  const char* own = llama_model_chat_template(&model, nullptr);
  template_ = own != nullptr ? own : kFallbackTemplate;
  std::string ignored;
  own_template_ = own != nullptr && apply_template(template_, {{Role::user, "a"}}, ignored) >= 0;
  // Templates with this switch open every reply with a think block unless told otherwise.
  thinks_ = template_.find("enable_thinking") != std::string::npos;
  if (!own_template_) template_ = kFallbackTemplate;
}

std::vector<llama_token> LlamaText::tokenize(std::string_view text, bool with_ends, bool control) const {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max() / 4)) {
    throw RunError(fmt::format("{}: a text of {} bytes is too long for the model", path_, text.size()));
  }
  std::vector<llama_token> tokens(text.size() + 8);
  for (;;) {
    const int count =
        llama_tokenize(vocabulary_, text.data(), static_cast<std::int32_t>(text.size()), tokens.data(),
                       static_cast<std::int32_t>(tokens.size()), with_ends, control);
    if (count >= 0) {
      tokens.resize(static_cast<std::size_t>(count));
      return tokens;
    }
    if (count == std::numeric_limits<std::int32_t>::min()) {
      throw RunError(fmt::format("{}: a text of {} bytes can't be tokenized", path_, text.size()));
    }
    tokens.resize(static_cast<std::size_t>(-count));
  }
}

std::string LlamaText::render(const std::vector<Message>& messages) const {
  std::string text;
  if (apply_template(template_, messages, text) < 0) {
    throw RunError(
        fmt::format("{}: the model's chat template can't be applied to {} messages", path_, messages.size()));
  }
  return text;
}

bool LlamaText::holds_control(const std::vector<Message>& messages) const {
  return std::any_of(messages.begin(), messages.end(), [this](const Message& message) {
    const auto tokens = tokenize(message.content, false, true);
    return std::any_of(tokens.begin(), tokens.end(),
                       [this](llama_token token) { return llama_vocab_is_control(vocabulary_, token); });
  });
}

std::vector<llama_token> LlamaText::prompt(const std::vector<Message>& messages) const {
  // Text as it was trained on, in one piece, unless somebody's words spell a control token: then the template
  // is tokenized around the messages, and these as plain text.
  if (!holds_control(messages)) return tokenize(render(messages), true, true);
  std::vector<Message> outline = messages;
  for (std::size_t i = 0; i < outline.size(); ++i) outline[i].content = placeholder(i);
  const std::string frame = render(outline);
  std::vector<llama_token> tokens;
  const auto append = [&tokens](const std::vector<llama_token>& more) {
    tokens.insert(tokens.end(), more.begin(), more.end());
  };
  std::size_t from = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string mark = placeholder(i);
    const std::size_t at = frame.find(mark, from);
    if (at == std::string::npos) {
      throw RunError(fmt::format("{}: the model's chat template leaves out message {} of {}", path_, i + 1,
                                 messages.size()));
    }
    append(tokenize(std::string_view(frame).substr(from, at - from), i == 0, true));
    append(tokenize(messages[i].content, false, false));
    from = at + mark.size();
  }
  append(tokenize(std::string_view(frame).substr(from), messages.empty(), true));
  return tokens;
}

std::vector<llama_token> LlamaText::prompt_for_scoring(const std::vector<Message>& messages) const {
  std::vector<llama_token> tokens = prompt(messages);
  if (thinks_) {
    const auto thought = tokenize(kEmptyThought, false, true);
    tokens.insert(tokens.end(), thought.begin(), thought.end());
  }
  return tokens;
}

std::vector<llama_token> LlamaText::plain(std::string_view text, bool with_ends) const {
  return tokenize(text, with_ends, false);
}

std::string LlamaText::piece(llama_token token) const {
  std::string bytes(64, '\0');
  for (;;) {
    const int length = llama_token_to_piece(vocabulary_, token, bytes.data(),
                                            static_cast<std::int32_t>(bytes.size()), 0, false);
    if (length >= 0) {
      bytes.resize(static_cast<std::size_t>(length));
      return bytes;
    }
    bytes.resize(static_cast<std::size_t>(-length));
  }
}

bool LlamaText::ends_reply(llama_token token) const {
  return llama_vocab_is_eog(vocabulary_, token) || llama_vocab_is_control(vocabulary_, token);
}

llama_token LlamaText::filler() const {
  for (const llama_token token : {llama_vocab_bos(vocabulary_), llama_vocab_eos(vocabulary_)}) {
    if (token != LLAMA_TOKEN_NULL) return token;
  }
  return 0;
}

std::string without_cut_code_point(std::string text) {
  std::size_t lead = text.size();
  while (lead > 0 && text.size() - lead < 4) {
    --lead;
    const auto byte = static_cast<unsigned char>(text[lead]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    if (text.size() - lead < length) text.resize(lead);
    break;
  }
  return text;
}

}  // namespace recon
