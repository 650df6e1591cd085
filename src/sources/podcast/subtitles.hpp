#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "labelled_paragraphs.hpp"

namespace recon {

/// The cues of a subtitle file.
struct Subtitles {
  std::string_view form;              ///< "WebVTT", "SRT" or "SBV"
  std::vector<Paragraph> paragraphs;  ///< the lines of the cues, or parts of them where voices change
  std::size_t cues = 0;
  std::size_t empty_cues = 0;   ///< of these, those without words
  std::size_t other_lines = 0;  ///< of notes, styles and the head
};

/// The cues of a WebVTT, SRT or SBV file, whatever it is called; nullopt for text that is none.
[[nodiscard]] std::optional<Subtitles> parse_subtitles(std::string_view content);

}  // namespace recon
