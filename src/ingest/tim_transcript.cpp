#include "tim_transcript.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "ascii.hpp"
#include "episode_title.hpp"
#include "labelled_paragraphs.hpp"
#include "text_lines.hpp"
#include "transcript.hpp"

namespace recon {

namespace {

constexpr std::string_view show = "tim";

/// A label that stands for a person without a name.
bool is_nameless_speaker(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789 ");
  const std::string_view word = name.substr(0, end == std::string_view::npos ? 0 : end + 1);
  if (word == "Speaker") return is_digit(name.back());
  return word == "Audience" || word == "Audience Member";
}

/// Adds each NAME of a "The NAME Show".
void add_hosts(std::string_view text, std::set<std::string, std::less<>>& hosts) {
  constexpr std::string_view before = "The ", after = " Show";
  constexpr std::size_t longest = 60;
  for (std::size_t at = text.find(after); at != std::string_view::npos; at = text.find(after, at + 1)) {
    const std::size_t from = at > longest ? at - longest : 0;
    const std::string_view name = text.substr(from, at - from);
    const std::size_t the = name.rfind(before);
    if (the != std::string_view::npos) hosts.emplace(name.substr(the + before.size()));
  }
}

template <std::size_t count>
bool starts_with_one_of(std::string_view text, const std::array<std::string_view, count>& starts) {
  constexpr std::size_t longest = 60;
  const std::string start = ascii_lower_case(text.substr(0, longest));
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view s) { return start.starts_with(s); });
}

bool begins_notice(std::string_view text) {
  static constexpr std::array<std::string_view, 6> starts = {"due to some headaches in the past",
                                                             "what you’re welcome to do",
                                                             "what you're welcome to do",
                                                             "what is not allowed",
                                                             "you are welcome to share the below transcript",
                                                             "no one is authorized to copy any portion"};
  return starts_with_one_of(text, starts);
}

/// A notice of the law, or a rule between paragraphs.
bool is_notice(std::string_view text) {
  return begins_notice(text) ||
         text.find("owns the copyright in and to all content") != std::string_view::npos ||
         (text.size() >= 3 && text.find_first_not_of("*-_ ") == std::string_view::npos);
}

/// A heading of what a page adds around a talk.
bool is_other_heading(std::string_view text) {
  static constexpr std::array<std::string_view, 15> headings = {"related and recommended",
                                                                "related",
                                                                "related posts",
                                                                "recommended",
                                                                "share this",
                                                                "like this",
                                                                "comments",
                                                                "comment rules",
                                                                "sponsors",
                                                                "sponsor",
                                                                "show notes",
                                                                "subscribe",
                                                                "leave a reply",
                                                                "leave a comment",
                                                                "posted on"};
  std::string heading = ascii_lower_case(text.substr(0, 40));
  if (heading.ends_with(':')) heading.pop_back();
  return std::find(headings.begin(), headings.end(), heading) != headings.end();
}

/// Where something else begins that lasts until the next label: what the page adds at its end, or a sponsor's
/// block.
bool begins_other_matter(std::string_view text) {
  static constexpr std::array<std::string_view, 5> starts = {
      "this episode is brought to you by", "this podcast is brought to you by",
      "this show is brought to you by", "posted on:", "sponsored by"};
  constexpr std::size_t start_of_text = 80;
  return is_other_heading(text) || starts_with_one_of(text, starts) ||
         text.ends_with("check out this page.") ||
         (text.starts_with("The ") && text.find(" Show is one of the most popular podcasts") < start_of_text);
}

/// After the last label, lines such as these are the page's and not the speaker's.
bool begins_page_end(std::string_view text) {
  static constexpr std::array<std::string_view, 9> starts = {
      "share this", "share on", "click to share",        "subscribe to", "subscribe on",
      "follow on",  "leave a ", "listen to the episode", "filed under"};
  return starts_with_one_of(text, starts);
}

/// A label that may name a speaker; the headings of notices look like labels too.
std::optional<Label> possible_label(const Paragraph& paragraph, bool only_bold) {
  std::optional<Label> label = label_of(paragraph, only_bold);
  if (label && (is_other_heading(label->name) || begins_notice(label->name))) label.reset();
  return label;
}

/// Who speaks in a document: the names that are labels.
class Speakers {
 public:
  Speakers(const std::vector<Paragraph>& paragraphs, std::string_view title, bool bold_labels) {
    std::map<std::string, std::size_t> counts;
    std::set<std::string, std::less<>> hosts;
    add_hosts(title, hosts);
    for (const Paragraph& paragraph : paragraphs) {
      add_hosts(paragraph.text, hosts);
      if (const auto label = possible_label(paragraph, bold_labels)) ++counts[label->name];
    }
    for (const auto& [name, count] : counts) {
      if (count > 1 || hosts.contains(name) || is_nameless_speaker(name)) names_.insert(name);
    }
  }

  /// Once a name is known, it is a label without being bold too.
  [[nodiscard]] std::optional<Label> label(const Paragraph& paragraph) const {
    std::optional<Label> found = possible_label(paragraph, false);
    if (found && !names_.contains(found->name)) found.reset();
    return found;
  }

 private:
  std::set<std::string, std::less<>> names_;
};

std::optional<PodcastEpisode> read_talk(const std::vector<Paragraph>& paragraphs, std::string_view title,
                                        bool bold_labels) {
  const Speakers speakers(paragraphs, title, bold_labels);
  std::vector<std::optional<Label>> labels;
  std::size_t after_labels = 0;
  for (const Paragraph& paragraph : paragraphs) {
    labels.push_back(speakers.label(paragraph));
    if (labels.back()) after_labels = labels.size();
  }
  Transcript transcript;
  std::string speaker;
  bool other_matter = false;
  std::size_t outside = 0, lone_labels = 0;
  for (std::size_t i = 0; i < paragraphs.size(); ++i) {
    const Paragraph& paragraph = paragraphs[i];
    if (labels[i]) {
      speaker = labels[i]->name;
      other_matter = false;
      const std::string_view words = labels[i]->words;
      transcript.add(speaker, has_words(words) ? words : std::string_view{});
      continue;
    }
    if (begins_other_matter(paragraph.text) || (i >= after_labels && begins_page_end(paragraph.text))) {
      other_matter = true;
    }
    if (speaker.empty() || other_matter || paragraph.heading || is_notice(paragraph.text)) {
      ++outside;
      continue;
    }
    if (possible_label(paragraph, false)) ++lone_labels;
    transcript.add(speaker, paragraph.text);
  }
  if (transcript.turns().empty()) return std::nullopt;
  PodcastEpisode episode;
  episode.session.turns = transcript.take();
  episode.left_out["empty turn"] = transcript.empty_turns();
  episode.left_out["paragraph outside the talk"] = outside;
  episode.left_out["name before a colon, once only (no speaker)"] = lone_labels;
  return episode;
}

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

void name_episode(PodcastEpisode& episode, EpisodeTitle title, const std::vector<Paragraph>& paragraphs,
                  std::string_view file_stem) {
  read_title_line(paragraphs, title);
  episode.session.session_id = episode_id(show, title, file_stem);
  episode.session.title = std::move(title.title);
}

}  // namespace

PodcastEpisode parse_tim_page(HtmlNode root, std::string_view file_stem) {
  const std::string title = page_title(root);
  for (const HtmlNode& content :
       find_html(root, [](HtmlNode element) { return element.has_class("entry-content"); })) {
    const std::vector<Paragraph> paragraphs = paragraphs_of_page(content);
    std::optional<PodcastEpisode> episode = read_talk(paragraphs, title, true);
    if (!episode) continue;
    name_episode(*episode, parse_episode_title(title), paragraphs, file_stem);
    episode->session.date = page_date(root);
    return std::move(*episode);
  }
  throw RunError(
      "no transcript: the page has neither segments (class ts-segment) nor paragraphs with a repeated bold "
      "label "
      "(<strong>Name:</strong>) in its entry-content; save the page of the episode's transcript, or remove "
      "the "
      "file");
}

PodcastEpisode parse_tim_text(std::string_view content, std::string_view file_stem) {
  const std::vector<Paragraph> paragraphs = paragraphs_of_text(content);
  std::optional<PodcastEpisode> episode = read_talk(paragraphs, {}, false);
  if (!episode) {
    throw RunError(
        "no transcript: no line starts with a speaker, as 'Name [(00:00:12)](url) words' or a repeated "
        "'Name: "
        "words'; give a transcript with its speakers, or remove the file");
  }
  name_episode(*episode, {}, paragraphs, file_stem);
  return std::move(*episode);
}

}  // namespace recon
