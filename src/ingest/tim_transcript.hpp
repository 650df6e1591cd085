#pragma once

#include "recon/ingest/html.hpp"

#include <string_view>

#include "podcast_episode.hpp"

namespace recon {

/// Transcripts in the manner of the Tim Ferriss Show: paragraphs, of which those where another person begins
/// to speak start with a label, "Name:". Words before a colon are a label where they look like a name and are
/// a label at least twice; a host ("The NAME Show" stands somewhere in the text), "Speaker 4" and "Audience"
/// need only be there once. What comes before the first label and after the end, notices of the law and of
/// sponsors are no turns. Both functions throw RunError where nobody speaks.
///
/// A page: the labels are bold and stand in an element of the class `entry-content`.
[[nodiscard]] PodcastEpisode parse_tim_page(HtmlNode root, std::string_view file_stem);
/// The same as text, a line for a paragraph. `content` is UTF-8.
[[nodiscard]] PodcastEpisode parse_tim_text(std::string_view content, std::string_view file_stem);

}  // namespace recon
