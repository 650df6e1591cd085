#pragma once

#include <string>
#include <string_view>

namespace recon {

/// The words that a paragraph of Markdown shows: links without their targets, images left out, marks of
/// emphasis gone, escaped characters and entities decoded.
[[nodiscard]] std::string markdown_words(std::string_view paragraph);

}  // namespace recon
