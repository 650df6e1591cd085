#pragma once

#include "recon/model/request.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <llama.h>

namespace recon {

/// Text to tokens and back, and the model's chat template.
class LlamaText {
 public:
  LlamaText(const llama_model& model, std::string_view path);

  /// The prompt up to where the assistant's reply begins. Text of a message never becomes a control token,
  /// whatever it contains. Throws RunError when the template can't be applied.
  [[nodiscard]] std::vector<llama_token> prompt(const std::vector<Message>& messages) const;
  /// The prompt after which a given reply is scored: as `prompt`, for thinking models followed by an empty
  /// think block.
  [[nodiscard]] std::vector<llama_token> prompt_for_scoring(const std::vector<Message>& messages) const;
  /// Tokens of plain text. With `with_ends` also the tokens that the model wants around a text (BOS, CLS,
  /// SEP).
  [[nodiscard]] std::vector<llama_token> plain(std::string_view text, bool with_ends) const;
  /// Bytes of one token; of a control token none.
  [[nodiscard]] std::string piece(llama_token token) const;
  /// True for tokens that end a reply: end of text or turn, and every other control token.
  [[nodiscard]] bool ends_reply(llama_token token) const;
  /// False when the model has no chat template that the engine knows, so that ChatML is used.
  [[nodiscard]] bool has_own_template() const { return own_template_; }
  /// A token that always exists, to stand for an empty text.
  [[nodiscard]] llama_token filler() const;

 private:
  const llama_vocab* vocabulary_;
  std::string path_;
  std::string template_;
  bool own_template_ = true;
  bool thinks_ = false;

  [[nodiscard]] std::vector<llama_token> tokenize(std::string_view text, bool with_ends, bool control) const;
  [[nodiscard]] std::string render(const std::vector<Message>& messages) const;
  [[nodiscard]] bool holds_control(const std::vector<Message>& messages) const;
};

/// Without the bytes of a code point that a reply's end cut in two.
[[nodiscard]] std::string without_cut_code_point(std::string text);

}  // namespace recon
