#include "podcast_episode.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/ingest/transcript_page.hpp"

#include "lex_transcript.hpp"
#include "tim_transcript.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// Eight hours of speech are less than one. Lines of a few bytes each take many times as much memory.
constexpr std::size_t longest_text_mib = 2;

PodcastEpisode parse_page(std::string_view content, std::string_view file_stem) {
  const HtmlPage page(content);
  PodcastEpisode episode = is_lex_page(page.root()) ? parse_lex_page(page.root(), file_stem)
                                                    : parse_tim_page(page.root(), file_stem);
  episode.is_page = true;
  return episode;
}

PodcastEpisode parse_text(std::string_view content, std::string_view file_stem) {
  if (content.size() > longest_text_mib << 20U) {
    throw RunError(fmt::format("a text of {} bytes, larger than {} MiB; save the episode's transcript alone",
                               content.size(), longest_text_mib));
  }
  if (const auto bad = invalid_utf8_at(content)) {
    throw RunError(fmt::format("byte {} is not UTF-8; convert the file to UTF-8", *bad));
  }
  return is_lex_text(content) ? parse_lex_text(content, file_stem) : parse_tim_text(content, file_stem);
}

}  // namespace

PodcastEpisode parse_podcast_episode(std::string_view content, std::string_view file_stem) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
  PodcastEpisode episode =
      trim(content).starts_with('<') ? parse_page(content, file_stem) : parse_text(content, file_stem);
  episode.session.group = GroupId(episode.session.session_id.str());
  episode.session.domain = "podcast";
  return episode;
}

bool holds_transcript(std::string_view content) {
  try {
    static_cast<void>(parse_podcast_episode(content, "page"));
    return true;
  } catch (const RunError&) {
    return false;
  }
}

}  // namespace recon
