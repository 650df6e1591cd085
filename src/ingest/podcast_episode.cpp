#include "podcast_episode.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include "lex_transcript.hpp"
#include "tim_transcript.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

PodcastEpisode parse_page(std::string_view content, std::string_view file_stem) {
  const HtmlPage page(content);
  PodcastEpisode episode = is_lex_page(page.root()) ? parse_lex_page(page.root(), file_stem)
                                                    : parse_tim_page(page.root(), file_stem);
  episode.is_page = true;
  return episode;
}

PodcastEpisode parse_text(std::string_view content, std::string_view file_stem) {
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

}  // namespace recon
