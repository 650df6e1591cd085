#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A run of letters and digits of any script.
struct Word {
  std::size_t begin = 0;  ///< in bytes of the text
  std::size_t end = 0;
  /// For comparison: in lower case and, in the Latin script, without accents, however they are written.
  std::u32string folded;
  bool capital = false;  ///< it begins with a letter that is not lower case
};

/// All words of a text, which is UTF-8; bytes that are not are between words.
[[nodiscard]] std::vector<Word> words_of(std::string_view text);

}  // namespace recon
