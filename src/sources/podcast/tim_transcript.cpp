#include "tim_transcript.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "episode_title.hpp"
#include "labelled_paragraphs.hpp"
#include "talk.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::string_view show = "tim";
constexpr std::string_view remedy =
    "give a transcript that says who speaks, as 'Name: words', or remove the file";

/// The number in the line "#525: TITLE" above the talk, and the title where there is no better one.
void read_title_line(const std::vector<Paragraph>& paragraphs, EpisodeTitle& title) {
  for (const Paragraph& paragraph : paragraphs) {
    if (!paragraph.text.starts_with('#')) continue;
    EpisodeTitle found = parse_episode_title(paragraph.text);
    if (!found.number) continue;
    if (!title.number) title.number = found.number;
    if (title.title.empty()) title.title = std::move(found.title);
    return;
  }
}

PodcastEpisode episode_of(Talk talk, EpisodeTitle title, const TalkSource& source,
                          std::string_view file_stem) {
  PodcastEpisode episode;
  episode.session.turns = std::move(talk.turns);
  episode.left_out = std::move(talk.left_out);
  read_title_line(source.paragraphs, title);
  episode.session.session_id = episode_id(show, title, file_stem);
  episode.session.title = std::move(title.title);
  return episode;
}

}  // namespace

PodcastEpisode parse_tim_page(HtmlNode root, std::string_view file_stem) {
  const std::string title = page_title(root);
  for (const HtmlNode& content :
       find_html(root, [](HtmlNode element) { return element.has_class("entry-content"); })) {
    const TalkSource source{paragraphs_of_page(content), title, true, true};
    Talk talk = read_talk(source);
    if (talk.turns.empty()) continue;
    PodcastEpisode episode = episode_of(std::move(talk), parse_episode_title(title), source, file_stem);
    episode.session.date = page_date(root);
    return episode;
  }
  throw RunError(
      "no transcript: the page has neither segments (class ts-segment) nor paragraphs with a repeated bold "
      "label "
      "(<strong>Name:</strong>) in its entry-content; save the page of the episode's transcript, or remove "
      "the "
      "file");
}

PodcastEpisode parse_tim_text(std::string_view content, std::string_view file_stem) {
  const TalkSource source{paragraphs_of_text(content), {}, false, true};
  Talk talk = read_talk(source);
  if (!talk.turns.empty()) return episode_of(std::move(talk), {}, source, file_stem);
  if (!talk.without_speakers.empty()) {
    throw RunError(fmt::format("no transcript: {} without speakers; {}", talk.without_speakers, remedy));
  }
  throw RunError(fmt::format(
      "no transcript: no line starts with a speaker, as 'Name [(00:00:12)](url) words' or a repeated "
      "'Name: words' or '[00:00:12] Name: words'; {}",
      remedy));
}

PodcastEpisode parse_subtitle_talk(Subtitles subtitles, std::string_view file_stem) {
  const std::size_t cues = subtitles.cues;
  const TalkSource source{std::move(subtitles.paragraphs), {}, false, false};
  Talk talk = read_talk(source);
  if (talk.turns.empty()) {
    throw RunError(fmt::format(
        "no transcript: {} subtitle file without speakers: none of its {} cues begins with "
        "a repeated 'Name:' or has a voice (<v Name>); {}",
        subtitles.form == "WebVTT" ? "a WebVTT" : fmt::format("an {}", subtitles.form), cues, remedy));
  }
  if (subtitles.empty_cues > 0) talk.left_out["cue without words"] = subtitles.empty_cues;
  if (subtitles.other_lines > 0)
    talk.left_out["line of a subtitle file outside its cues"] = subtitles.other_lines;
  return episode_of(std::move(talk), {}, source, file_stem);
}

}  // namespace recon
