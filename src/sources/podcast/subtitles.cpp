#include "subtitles.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/invisible_text.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "text_lines.hpp"
#include "time_mark.hpp"

namespace recon {

namespace {

constexpr std::string_view arrow_mark = "-->";

enum class Timing { none, arrow, comma };

/// A cue's line of times, alone or with settings behind it ("align:start", "X1:10").
Timing timing_of(std::string_view line) {
  line = trim(line);
  const TimeMark time = time_mark_at(line);
  if (time.bytes == 0 || time.bracketed) return Timing::none;
  const std::string_view range = line.substr(0, time.bytes);
  const bool has_arrow = range.find(arrow_mark) != std::string_view::npos;
  const std::size_t comma = range.find(',');
  const bool pair =
      comma != std::string_view::npos && range.substr(comma).find(':') != std::string_view::npos;
  if (!has_arrow) return pair && time.bytes == line.size() ? Timing::comma : Timing::none;
  for (std::string_view rest = trim(line.substr(time.bytes)); !rest.empty();) {
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view setting = rest.substr(0, end);
    const std::size_t colon = setting.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == setting.size()) return Timing::none;
    rest = trim(rest.substr(end));
  }
  return Timing::arrow;
}

/// The characters of entities that cues have.
std::string with_entities_decoded(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> entities = {{{"&amp;", "&"},
                                                                                      {"&lt;", "<"},
                                                                                      {"&gt;", ">"},
                                                                                      {"&quot;", "\""},
                                                                                      {"&#39;", "'"},
                                                                                      {"&apos;", "'"},
                                                                                      {"&nbsp;", " "}}};
  std::string decoded;
  for (std::size_t at = 0; at < text.size();) {
    const auto* entity = std::find_if(entities.begin(), entities.end(), [&](const auto& known) {
      return text.substr(at).starts_with(known.first);
    });
    decoded += entity == entities.end() ? text.substr(at, 1) : entity->second;
    at += entity == entities.end() ? 1 : entity->first.size();
  }
  return without_invisible_entities(decoded);
}

/// A tag at the start, as "<i>", "</v>", "<00:00:01.000>", "{\an8}"; bytes.
std::size_t tag_at(std::string_view text) {
  constexpr std::size_t longest = 120;
  if (text.starts_with("{\\")) {
    const std::size_t end = text.substr(0, longest).find('}');
    return end == std::string_view::npos ? 0 : end + 1;
  }
  if (!text.starts_with('<') || text.size() < 3) return 0;
  const char first = text[1] == '/' ? text[2] : text[1];
  if (!is_letter(first) && !is_digit(first)) return 0;
  const std::size_t end = text.substr(0, longest).find('>');
  return end == std::string_view::npos ? 0 : end + 1;
}

/// Who speaks in "<v.loud Name>"; nullopt for another tag.
std::optional<std::string> voice_of(std::string_view tag) {
  if (!tag.starts_with("<v") && !tag.starts_with("<V")) return std::nullopt;
  const char behind = tag[2];
  if (behind != ' ' && behind != '\t' && behind != '.') return std::nullopt;
  const std::size_t space = tag.find_first_of(" \t");
  if (space == std::string_view::npos) return std::nullopt;
  return collapse_white_space(with_entities_decoded(tag.substr(space, tag.size() - 1 - space)));
}

class SubtitleReader {
 public:
  explicit SubtitleReader(std::string_view content) {
    TextLines lines(content);
    while (const auto line = lines.next()) lines_.push_back(*line);
  }

  std::optional<Subtitles> read() {
    if (!find_form()) return std::nullopt;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const std::string_view line = trim(lines_[i]);
      if (is_timing(i)) {
        end_cue();
        in_cue_ = true;
        ++subtitles_.cues;
      } else if (line.empty()) {
        end_cue();
        in_note_ = false;
      } else if (i + 1 < lines_.size() && is_timing(i + 1) && (!in_cue_ || is_number(line))) {
        continue;  // the number or name of the next cue
      } else if (in_cue_) {
        cue_.push_back(line);
      } else if (in_note_ || begins_note(line) || subtitles_.cues == 0) {
        in_note_ = true;
        ++subtitles_.other_lines;
      } else {
        cue_.push_back(line);  // a cue with an empty line in it
        in_cue_ = true;
      }
    }
    end_cue();
    return std::move(subtitles_);
  }

 private:
  std::vector<std::string_view> lines_;
  Timing timing_ = Timing::arrow;
  Subtitles subtitles_;
  std::vector<std::string_view> cue_;
  bool in_cue_ = false, in_note_ = false;
  std::string voice_;

  [[nodiscard]] bool is_timing(std::size_t line) const { return timing_of(lines_[line]) == timing_; }
  static bool is_number(std::string_view line) { return std::all_of(line.begin(), line.end(), is_digit); }
  static bool begins_note(std::string_view line) {
    return line.starts_with("NOTE") || line == "STYLE" || line == "REGION";
  }

  bool find_form() {
    std::size_t arrows = 0, commas = 0;
    for (const std::string_view line : lines_) {
      const Timing timing = timing_of(line);
      if (timing == Timing::arrow) ++arrows;
      if (timing == Timing::comma) ++commas;
    }
    const bool is_vtt = !lines_.empty() && lines_.front().starts_with("WEBVTT");
    if (!is_vtt && arrows == 0 && commas < 2) return false;
    timing_ = arrows == 0 && !is_vtt ? Timing::comma : Timing::arrow;
    subtitles_.form = is_vtt ? "WebVTT" : (arrows > 0 ? "SRT" : "SBV");
    return true;
  }

  void end_cue() {
    if (in_cue_) {
      const std::size_t before = subtitles_.paragraphs.size();
      voice_.clear();
      const auto dashed = static_cast<std::size_t>(std::count_if(cue_.begin(), cue_.end(), is_dashed));
      for (const std::string_view line : cue_) add_line(line, dashed > 1);
      if (subtitles_.paragraphs.size() == before) ++subtitles_.empty_cues;
    }
    cue_.clear();
    in_cue_ = false;
  }

  /// "- So?", in a cue in which two people speak.
  static bool is_dashed(std::string_view line) {
    return line.starts_with('-') || line.starts_with("–") || line.starts_with("—");
  }

  void add_line(std::string_view line, bool dashes) {
    std::string words;
    bool begins = true;
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t length = tag_at(line.substr(at));
      if (length == 0) {
        words += line[at++];
        continue;
      }
      const std::string_view tag = line.substr(at, length);
      at += length;
      const std::optional<std::string> voice = voice_of(tag);
      if (!voice && tag != "</v>") continue;
      add(words, begins && dashes);
      begins = false;
      words.clear();
      voice_ = voice.value_or(std::string());
    }
    add(words, begins && dashes);
  }

  void add(std::string_view words, bool dashes) {
    Paragraph paragraph;
    paragraph.text = collapse_ascii_white_space(with_entities_decoded(words));
    if (!has_words(paragraph.text)) return;
    paragraph.voice = voice_;
    const std::string_view text = paragraph.text;
    paragraph.other_speaker = text.starts_with(">>") || (dashes && is_dashed(text));
    subtitles_.paragraphs.push_back(std::move(paragraph));
  }
};

}  // namespace

std::optional<Subtitles> parse_subtitles(std::string_view content) { return SubtitleReader(content).read(); }

}  // namespace recon
