#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Byte offset of the first invalid UTF-8 sequence (overlong forms and surrogates count as invalid); nullopt
/// if valid.
[[nodiscard]] std::optional<std::size_t> invalid_utf8_at(std::string_view text);

/// The text with each invalid sequence replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

/// Runs of white space (ASCII, non-breaking and the other Unicode spaces) become one space; ends trimmed.
[[nodiscard]] std::string collapse_white_space(std::string_view text);
/// As above for ASCII white space alone: non-breaking spaces and the like stay as the source has them.
[[nodiscard]] std::string collapse_ascii_white_space(std::string_view text);
/// One line for a message, valid UTF-8, of at most `most` bytes; behind what was longer stands "...".
[[nodiscard]] std::string short_line(std::string_view text, std::size_t most);
/// Appends the bytes of a code point up to 0x10FFFF; of half a surrogate pair those that UTF-8 would have for
/// it.
void append_utf8(std::string& text, std::uint32_t code_point);
/// ASCII letters in lower case; everything else stays.
[[nodiscard]] constexpr char ascii_lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] std::string ascii_lower_case(std::string_view text);
/// ASCII white space removed at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Words separated by white space.
[[nodiscard]] std::size_t count_words(std::string_view text);

/// Tokens by the project's one fixed, model-free rule: a run of ASCII letters or digits counts one token for
/// every six bytes begun; every other code point that is not a space counts one. It lies close to the
/// tokenizers of current models for English and above them for most other text, so that a budget in these
/// tokens is kept with them.
[[nodiscard]] std::size_t count_tokens(std::string_view text);

/// The longest prefix (cut at a word boundary where there is one) of at most `tokens` tokens.
[[nodiscard]] std::string_view first_tokens(std::string_view text, std::size_t tokens);
/// The longest suffix (cut at a word boundary where there is one) of at most `tokens` tokens.
[[nodiscard]] std::string_view last_tokens(std::string_view text, std::size_t tokens);

/// Words for comparison: runs of letters, digits and apostrophes, ASCII lower-cased; other bytes >= 0x80
/// kept.
[[nodiscard]] std::vector<std::string> comparison_words(std::string_view text);
/// The same one by one. The text must outlive the object.
class ComparisonWords {
 public:
  explicit ComparisonWords(std::string_view text) : text_(text) {}
  /// The next word, there until the next call; empty after the last one.
  [[nodiscard]] std::string_view next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;  ///< where a word is not as it stands in the text
  [[nodiscard]] std::string_view next_to_be_changed();
};

/// Words of the longest span of words that `trace` shares with `action` and that does not occur in `context`,
/// as a share of the action's words, in 0..1 (0 for an empty action). For many traces see
/// verbatim_overlap.hpp.
[[nodiscard]] double verbatim_overlap(std::string_view trace, std::string_view action,
                                      std::string_view context);

/// The entry of `known` nearest to `word` by edit distance, if near enough to be a likely typing error.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      const std::vector<std::string>& known);

/// "1 record", "2 records": a number of things whose plural has an `s`.
[[nodiscard]] std::string counted(std::size_t count, std::string_view thing);

}  // namespace recon
