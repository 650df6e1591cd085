#include "episode.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"
#include "recon/sources/transcript_page.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "file_form.hpp"
#include "lex_transcript.hpp"
#include "subtitles.hpp"
#include "tim_transcript.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// Eight hours of speech are less than one. Lines of a few bytes each take many times as much memory.
constexpr std::size_t longest_text_mib = 2;

PodcastEpisode parse_page(std::string_view content, std::string_view file_stem) {
  for (const auto& [mark, form] : {std::pair<std::string_view, std::string_view>{"<tt", "a TTML"},
                                   std::pair<std::string_view, std::string_view>{"<SAMI", "a SAMI"}}) {
    if (content.substr(0, 1000).find(mark) != std::string_view::npos) {
      throw RunError(
          fmt::format("no transcript: {} subtitle file, which is not read; give a transcript that says who "
                      "speaks, as 'Name: words', or remove the file",
                      form));
    }
  }
  const HtmlPage page(content);
  PodcastEpisode episode = is_lex_page(page.root()) ? parse_lex_page(page.root(), file_stem)
                                                    : parse_tim_page(page.root(), file_stem);
  episode.is_page = true;
  return episode;
}

/// "speaker,start,text" and the like: the names of columns.
bool begins_table(std::string_view content) {
  constexpr std::array<std::string_view, 12> columns = {"speaker", "author",    "name", "text",
                                                        "start",   "end",       "time", "words",
                                                        "title",   "timestamp", "id",   "transcript"};
  const std::string_view line = content.substr(0, content.find('\n'));
  const char mark = line.find('\t') != std::string_view::npos  ? '\t'
                    : line.find(';') != std::string_view::npos ? ';'
                                                               : ',';
  std::size_t known = 0, fields = 0;
  for (std::string_view rest = line; !rest.empty(); ++fields) {
    const std::size_t end = std::min(rest.find(mark), rest.size());
    std::string field = ascii_lower_case(trim(rest.substr(0, end)));
    std::erase(field, '"');
    if (std::find(columns.begin(), columns.end(), field) != columns.end()) ++known;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fields > 1 && known > 1;
}

/// Texts that hold a transcript in a form that is not read: their marks would be taken for names, or for
/// words.
void check_text_form(std::string_view content) {
  const std::string_view text = trim(content);
  std::string_view form;
  if (text.starts_with("[Script Info]") || text.find("\nDialogue: ") != std::string_view::npos) {
    form = "an ASS or SSA subtitle file";
  } else if (text.starts_with("{") && text.find('}') != std::string_view::npos &&
             text.substr(1, text.find('}') - 1).find_first_not_of("0123456789") == std::string_view::npos) {
    form = "a MicroDVD subtitle file";
  } else if ((text.starts_with('{') || text.starts_with('[')) && Json::accept(text)) {
    form = "JSON";
  } else if (text.starts_with('{') && Json::accept(text.substr(0, text.find('\n')))) {
    form = "lines of JSON";
  } else if (begins_table(text)) {
    form = "a table (CSV or TSV)";
  } else if (text.starts_with("From: ") || text.starts_with("Return-Path: ") ||
             text.starts_with("MIME-Version: ")) {
    form = "an e-mail";
  } else {
    return;
  }
  throw RunError(
      fmt::format("no transcript: {}, which is not read; give a transcript as text that says who speaks, "
                  "as 'Name: words', or remove the file",
                  form));
}

PodcastEpisode parse_text(std::string_view content, std::string_view file_stem) {
  if (content.size() > longest_text_mib << 20U) {
    throw RunError(fmt::format("a text of {} bytes, larger than {} MiB; save the episode's transcript alone",
                               content.size(), longest_text_mib));
  }
  check_text_form(content);
  if (const auto bad = invalid_utf8_at(content)) {
    throw RunError(fmt::format("byte {} is not UTF-8; convert the file to UTF-8", *bad));
  }
  if (std::optional<Subtitles> subtitles = parse_subtitles(content)) {
    return parse_subtitle_talk(std::move(*subtitles), file_stem);
  }
  return is_lex_text(content) ? parse_lex_text(content, file_stem) : parse_tim_text(content, file_stem);
}

}  // namespace

PodcastEpisode parse_podcast_episode(std::string_view content, std::string_view file_stem) {
  refuse_foreign_form(content, "a transcript (a saved page, Markdown, text or subtitles)", Pages::expected);
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
