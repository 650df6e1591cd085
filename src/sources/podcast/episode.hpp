#pragma once

#include "recon/records/records.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace recon {

/// What a file with an episode's transcript gave.
struct PodcastEpisode {
  Session session;
  bool is_page = false;  ///< HTML, which counts where the same episode is there as text too
  /// What of the file is in no turn: reason -> how often.
  std::map<std::string, std::size_t> left_out;
};

/// Reads a transcript in any of the four formats, told apart by the content: HTML with `ts-segment` elements,
/// HTML with labelled paragraphs in `entry-content`, Markdown with "Name [(00:00:12)](url) words", and text
/// with "Name: words". `file_stem` is the file's name without its extension, the session's id where nothing
/// better is there. Throws RunError for what holds no transcript.
[[nodiscard]] PodcastEpisode parse_podcast_episode(std::string_view content, std::string_view file_stem);

}  // namespace recon
