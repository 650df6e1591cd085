#pragma once

#include <string_view>
#include <vector>

namespace recon {

/// A file of `prompts/` as it was when the program was built.
struct EmbeddedText {
  std::string_view name;  ///< path relative to `prompts/`
  std::string_view text;
};

/// Defined in a source that cmake/embed_text.cmake generates.
[[nodiscard]] const std::vector<EmbeddedText>& embedded_texts();

}  // namespace recon
