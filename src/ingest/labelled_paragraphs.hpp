#pragma once

#include "recon/ingest/html.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A paragraph with its white space normalised, never empty.
struct Paragraph {
  std::string text;
  std::size_t bold = 0;  ///< so many bytes at the start are bold
  bool heading = false;
};

/// What may be a speaker's label at the start of a paragraph.
struct Label {
  std::string name;
  std::string_view words;  ///< the paragraph's text after the colon
};

/// The paragraphs of an article; without scripts, forms, frames, and blocks for sharing and sponsors.
[[nodiscard]] std::vector<Paragraph> paragraphs_of_page(HtmlNode content);
/// The lines of a text that are not empty.
[[nodiscard]] std::vector<Paragraph> paragraphs_of_text(std::string_view content);

/// The words before the first colon, where they look like a name: up to five words, each with a capital
/// letter or a digit first (but for "de", "von" and the like), nothing that a sentence would have. With
/// `only_bold`, they must be bold too. Valid as long as the paragraph.
[[nodiscard]] std::optional<Label> label_of(const Paragraph& paragraph, bool only_bold);

}  // namespace recon
