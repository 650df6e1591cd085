#pragma once

#include "recon/sources/html.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "speaker_label.hpp"

namespace recon {

/// A paragraph with its white space normalised, never empty.
struct Paragraph {
  std::string text;
  std::size_t bold_begin = 0, bold_end = 0;  ///< the first bytes that are bold
  bool heading = false;                      ///< of a page
  bool text_heading = false;                 ///< of Markdown
  bool stands_out = false;                   ///< that, or a line of Markdown that is bold from end to end
  bool begins_block = false;                 ///< in a text: an empty line, or nothing, stands before it
  std::string voice;                         ///< who speaks, where the source says so beside the words
  bool other_speaker = false;                ///< somebody else than before, whoever it is
};

/// The paragraphs of an article; without scripts, forms, frames, and blocks for sharing and sponsors.
[[nodiscard]] std::vector<Paragraph> paragraphs_of_page(HtmlNode content);
/// The lines of a text that are not empty, without characters that are not seen. Where labels are written in
/// Markdown ("**Name:** words"), the words that it shows.
[[nodiscard]] std::vector<Paragraph> paragraphs_of_text(std::string_view content);

/// The label of a paragraph (speaker_label.hpp). With `only_bold`, the name must be bold. Valid as long as
/// the paragraph.
[[nodiscard]] std::optional<Label> label_of(const Paragraph& paragraph, bool only_bold);

}  // namespace recon
