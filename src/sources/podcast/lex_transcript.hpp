#pragma once

#include "recon/sources/html.hpp"

#include <string_view>

#include "episode.hpp"

namespace recon {

/// Transcripts in the manner of the Lex Fridman Podcast: segments of a name, a time and words; a segment
/// without a name goes on with the speaker before it. Everything else (the list of chapters, their headings,
/// the notes about the entry and its author) is no turn.
[[nodiscard]] bool is_lex_page(HtmlNode root);
/// Throws RunError where no segment has a speaker and words, and where segments lie in one another.
[[nodiscard]] PodcastEpisode parse_lex_page(HtmlNode root, std::string_view file_stem);

/// Whether a line begins "Name [(00:00:12)](url)" or "[(00:00:12)](url)".
[[nodiscard]] bool is_lex_text(std::string_view content);
/// The same page as Markdown. `content` is UTF-8. Throws RunError where no segment has a speaker and words.
[[nodiscard]] PodcastEpisode parse_lex_text(std::string_view content, std::string_view file_stem);

}  // namespace recon
