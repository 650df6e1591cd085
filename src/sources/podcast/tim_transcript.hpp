#pragma once

#include "recon/sources/html.hpp"

#include <string_view>

#include "episode.hpp"
#include "subtitles.hpp"

namespace recon {

/// Transcripts in the manner of the Tim Ferriss Show: paragraphs, of which those where another person begins
/// to speak start with a label, "Name:" (talk.hpp says which count). All functions throw RunError where
/// nobody speaks.
///
/// A page: the labels are bold and stand in an element of the class `entry-content`.
[[nodiscard]] PodcastEpisode parse_tim_page(HtmlNode root, std::string_view file_stem);
/// The same as text, a line for a paragraph. `content` is UTF-8.
[[nodiscard]] PodcastEpisode parse_tim_text(std::string_view content, std::string_view file_stem);
/// The same as the cues of a subtitle file.
[[nodiscard]] PodcastEpisode parse_subtitle_talk(Subtitles subtitles, std::string_view file_stem);

}  // namespace recon
