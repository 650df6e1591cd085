#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace recon {

/// A model's text, with its thinking kept apart.
struct SpokenText {
  std::string text;
  std::string thinking;
};

/// Takes thinking from the beginning of a text, in the marks of any known model family: `<think>` and its
/// kin, `[THINK]`, Harmony's channels (also with their marks dropped). A block that is never closed, as in a
/// reply that was cut while thinking, leaves no text; one that the prompt opened ends at its closing mark. An
/// answer in marks of its own after the thinking loses these. A text that does not begin with thinking stays
/// as it is.
[[nodiscard]] SpokenText split_thinking(std::string text);

/// Where a text goes on after a block of thinking that begins at `at`, in the same marks; `at` where none
/// begins there, the text's end where it is not closed.
[[nodiscard]] std::size_t after_thinking(std::string_view text, std::size_t at);

/// What looks like a mark at the beginning of a text: `<word>`, `[WORD]`, `<|word|>`. To be asked of texts
/// from which thinking was taken, so that it is one that nobody knows.
[[nodiscard]] std::optional<std::string> leading_mark(std::string_view text);

}  // namespace recon
