#include "lex_transcript.hpp"

#include "recon/core/dates.hpp"
#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <optional>
#include <utility>

#include "episode_title.hpp"
#include "markdown.hpp"
#include "speaker_label.hpp"
#include "text_lines.hpp"
#include "transcript.hpp"

namespace recon {

namespace {

constexpr std::string_view show = "lex";

/// Puts segments together to turns.
class Segments {
 public:
  /// An empty name is the speaker of the segment before.
  void add(std::string_view name, std::string_view words) {
    std::string speaker = collapse_white_space(name);
    if (speaker.ends_with(':')) speaker.pop_back();
    if (!speaker.empty()) speaker_ = name_alone(std::move(speaker));
    const std::string text = collapse_ascii_white_space(words);
    if (speaker_.empty()) {
      ++without_speaker_;
    } else {
      transcript_.add(speaker_, has_words(text) ? std::string_view(text) : std::string_view{});
    }
  }

  [[nodiscard]] PodcastEpisode episode() {
    if (transcript_.turns().empty()) {
      throw RunError(
          "no transcript: the segments have no speaker or no words; save the page of the episode's "
          "transcript "
          "again, or remove the file");
    }
    PodcastEpisode episode;
    episode.left_out["empty turn"] = transcript_.empty_turns();
    episode.left_out["segment without speaker"] = without_speaker_;
    episode.session.turns = transcript_.take();
    return episode;
  }

 private:
  /// A name without the time and the role that may stand with it; empty for what is no name.
  static std::string name_alone(std::string name) {
    if (name.find_first_of("0123456789()[]{}<>") == std::string::npos) return name;
    const std::string label = name + ':';
    const std::optional<Label> found = speaker_label(label);
    return found ? found->name : std::string();
  }

  std::string speaker_;
  Transcript transcript_;
  std::size_t without_speaker_ = 0;
};

/// Collects the segments of a page by the classes of their parts.
class SegmentCollector final : public HtmlVisitor {
 public:
  bool enter(HtmlNode element) override {
    const bool segment = element.has_class("ts-segment");
    const bool name = element.has_class("ts-name");
    if (inside_ != nullptr && (segment || name)) {
      throw RunError(
          "a segment of the transcript lies inside the words of another: the page is damaged; save it again");
    }
    if (segment) {
      flush();
      open_ = true;
    } else if (name) {
      name_ = element.text();
      return false;
    } else if (inside_ == nullptr && element.has_class("ts-text")) {
      words_ += element.text();
      words_ += ' ';
      inside_ = element.get();
    }
    return true;
  }
  void leave(HtmlNode element) override {
    if (element.get() == inside_) inside_ = nullptr;
  }
  void text(std::string_view /*text*/) override {}

  [[nodiscard]] PodcastEpisode episode() {
    flush();
    return segments_.episode();
  }

 private:
  Segments segments_;
  bool open_ = false;
  std::string name_;
  std::string words_;
  const GumboInternalNode* inside_ = nullptr;  ///< the words that are being visited

  void flush() {
    if (open_) segments_.add(name_, words_);
    name_.clear();
    words_.clear();
  }
};

/// A line "Name [(00:00:12)](url) words".
struct SegmentLine {
  std::string name;
  std::string_view words;
};

/// "(1:02:03)" at the start; its length, 0 where it is none.
std::size_t time_length(std::string_view text) {
  std::size_t colons = 0;
  for (std::size_t i = 1; i < text.size() && text.front() == '('; ++i) {
    if (text[i] == ')') return colons > 0 ? i + 1 : 0;
    if (text[i] == ':') ++colons;
    if (text[i] != ':' && (text[i] < '0' || text[i] > '9')) return 0;
  }
  return 0;
}

std::optional<SegmentLine> parse_segment_line(std::string_view line) {
  constexpr std::size_t longest_name = 120;
  const std::size_t mark = line.substr(0, longest_name).find("[(");
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view time = line.substr(mark + 1);
  const std::size_t length = time_length(time);
  if (length == 0 || !time.substr(length).starts_with("](")) return std::nullopt;
  const std::size_t end = time.find(')', length);
  if (end == std::string_view::npos) return std::nullopt;
  constexpr std::size_t longest_name_words = 5;
  SegmentLine segment{markdown_words(line.substr(0, mark)), time.substr(end + 1)};
  // A time in the middle of a sentence is no start of a segment.
  if (count_words(segment.name) > longest_name_words) return std::nullopt;
  return segment;
}

/// "# Heading" without its mark; nullopt for other lines.
std::optional<std::string_view> heading_of(std::string_view line) {
  const std::size_t level = line.find_first_not_of('#');
  if (level == 0 || level == std::string_view::npos || level > 6) return std::nullopt;
  if (line[level] != ' ' && line[level] != '\t') return std::nullopt;
  return trim(line.substr(level));
}

bool is_rule(std::string_view line) {
  return line.size() >= 3 && line.find_first_not_of("-*_ ") == std::string_view::npos;
}

/// Reads the lines of a transcript in Markdown.
class MarkdownTranscript {
 public:
  void add(std::string_view raw_line) {
    const std::string_view line = trim(raw_line);
    if (line.empty()) return;
    if (std::optional<SegmentLine> segment = parse_segment_line(line)) {
      flush();
      name_ = std::move(segment->name);
      words_ = segment->words;
      in_talk_ = started_ = true;
    } else if (const auto heading = heading_of(line)) {
      if (started_) {
        ++headings_;
      } else {
        add_heading(*heading);
      }
    } else if (line.starts_with("This entry was posted in ")) {
      date_ = date_in_title(line);
      in_talk_ = false;
    } else if (in_talk_ && !is_rule(line)) {
      words_ += ' ';
      words_ += line;
    } else {
      ++outside_;
    }
  }

  [[nodiscard]] PodcastEpisode episode(std::string_view file_stem) {
    flush();
    PodcastEpisode episode = segments_.episode();
    episode.left_out["paragraph outside the talk"] = outside_;
    episode.left_out["heading after the start of the talk"] = headings_;
    episode.session.session_id = episode_id(show, title_, file_stem);
    episode.session.title = std::move(title_.title);
    episode.session.date = std::move(date_);
    return episode;
  }

 private:
  Segments segments_;
  std::string name_;
  std::string words_;
  bool started_ = false;
  bool in_talk_ = false;
  EpisodeTitle title_;
  bool title_is_sure_ = false;
  std::string date_;
  std::size_t outside_ = 0;
  std::size_t headings_ = 0;  ///< after the first segment

  /// Of several headings, the one of the transcript has the title; any may have the number.
  void add_heading(std::string_view heading) {
    const std::string words = markdown_words(heading);
    EpisodeTitle title = parse_episode_title(words);
    const bool is_sure = words.starts_with("Transcript for ");
    if (title_.title.empty() || (is_sure && !title_is_sure_)) {
      title_.title = std::move(title.title);
      title_is_sure_ = is_sure;
    }
    if (!title_.number) title_.number = title.number;
  }

  void flush() {
    if (started_) segments_.add(name_, markdown_words(words_));
    name_.clear();
    words_.clear();
  }
};

}  // namespace

bool is_lex_page(HtmlNode root) {
  return find_first_html(root, [](HtmlNode element) { return element.has_class("ts-segment"); }).has_value();
}

PodcastEpisode parse_lex_page(HtmlNode root, std::string_view file_stem) {
  SegmentCollector collector;
  visit_html(root, collector);
  PodcastEpisode episode = collector.episode();
  EpisodeTitle title = parse_episode_title(page_title(root));
  episode.session.session_id = episode_id(show, title, file_stem);
  episode.session.title = std::move(title.title);
  episode.session.date = page_date(root);
  return episode;
}

bool is_lex_text(std::string_view content) {
  TextLines lines(content);
  std::size_t segments = 0, labels = 0;
  while (const auto line = lines.next()) {
    if (parse_segment_line(trim(*line))) {
      ++segments;
    } else if (const auto label = speaker_label(trim(*line)); label && label->form == Label::Form::colon) {
      ++labels;
    }
  }
  return segments > 0 && segments >= labels;
}

PodcastEpisode parse_lex_text(std::string_view content, std::string_view file_stem) {
  MarkdownTranscript transcript;
  TextLines lines(content);
  while (const auto line = lines.next()) transcript.add(*line);
  return transcript.episode(file_stem);
}

}  // namespace recon
