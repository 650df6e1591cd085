#include "talk.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <map>
#include <optional>
#include <utility>

#include "page_matter.hpp"
#include "talk_speakers.hpp"
#include "text_lines.hpp"
#include "time_mark.hpp"
#include "transcript.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// Times without brackets are words as well: they are marks where most lines have one in that place.
struct BareTimes {
  bool after_label = false, at_beginning = false, at_end = false;
};

class TalkReader {
 public:
  explicit TalkReader(const TalkSource& source)
      : source_(source),
        looks_(look_at_all(source.paragraphs)),
        times_(count_times(source.paragraphs, looks_)),
        speakers_(source, looks_, times_) {}

  Talk read() {
    check_labels();
    timed_ = times_.lines + times_.bracketed > 1 || any_timed_label() || has_bracketed_ends();
    // Lines of a recording are parts of sentences, which may look like a page's own lines.
    may_hold_page_matter_ = source_.is_page_text && times_.beginnings * 2 <= looks_.size();
    find_bare_times();
    for (std::size_t i = 0; i < looks_.size(); ++i) add(i);
    end_label();
    Talk talk;
    talk.turns = transcript_.take();
    if (talk.turns.empty()) {
      talk.without_speakers = form();
      return talk;
    }
    talk.left_out = std::move(left_out_);
    talk.left_out["empty turn"] += empty_;
    talk.left_out["paragraph outside the talk"] += outside_;
    talk.left_out["name before a colon, once only (no speaker)"] += lone_labels_;
    if (times_.lines > 0) talk.left_out["line of a time alone"] = times_.lines;
    if (unnamed_ > 0) talk.left_out["words of a speaker without a name"] = unnamed_;
    return talk;
  }

 private:
  const TalkSource& source_;
  std::vector<Look> looks_;
  TimeCounts times_;
  Speakers speakers_;
  bool timed_ = false;
  bool may_hold_page_matter_ = true;
  BareTimes bare_;

  Transcript transcript_;
  std::string speaker_;
  bool other_matter_ = false, open_label_ = false, nobody_ = false;
  std::size_t outside_ = 0, lone_labels_ = 0, empty_ = 0, unnamed_ = 0;
  std::map<std::string, std::size_t> left_out_;

  [[nodiscard]] const Label* label(std::size_t i) const {
    const std::optional<Label>& found = looks_[i].label;
    return found && speakers_.is_known(*found) ? &*found : nullptr;
  }

  [[nodiscard]] bool any_timed_label() const {
    for (std::size_t i = 0; i < looks_.size(); ++i) {
      if (label(i) != nullptr && label(i)->timed) return true;
    }
    return false;
  }

  [[nodiscard]] bool has_bracketed_ends() const {
    constexpr std::size_t enough = 2;
    std::size_t found = 0;
    for (const Paragraph& paragraph : source_.paragraphs) {
      if (time_mark_at_end(paragraph.text).bracketed && ++found == enough) return true;
    }
    return false;
  }

  /// Labels that are not understood would leave their words with somebody else.
  void check_labels() const {
    std::size_t labels = 0, numbered = 0;
    std::string_view example;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
      if (label(i) != nullptr || speakers_.is_lone(i) || !source_.paragraphs[i].voice.empty()) {
        ++labels;
      } else if (!looks_[i].label && !looks_[i].only_times && is_numbered_label(source_.paragraphs[i].text)) {
        if (++numbered == 1) example = source_.paragraphs[i].text;
      }
    }
    if (numbered > 1 && numbered > labels) {
      constexpr std::size_t shown = 40;
      throw RunError(fmt::format(
          "no transcript: names stand beside numbers in a form that is not known ('{}'); write labels as "
          "'Name: words' or '[00:05:24] Name: words', or remove the file",
          replace_invalid_utf8(example.substr(0, shown))));
    }
    check_fields();
    constexpr std::size_t many = 50;
    const std::size_t lines = times_.beginnings + (source_.is_page_text ? 0 : looks_.size());
    if (labels > 0 && lines >= many && labels * many < lines) {
      throw RunError(
          fmt::format("no transcript: of {} lines with times only {} name a speaker; give a transcript "
                      "that says who speaks, as 'Name: words', or remove the file",
                      lines, labels));
    }
  }

  /// "Speaker: Name" is a field of a record and no label.
  void check_fields() const {
    std::size_t fields = 0, names = 0;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
      const Label* found = label(i);
      if (found == nullptr || ascii_lower_case(found->name) != "speaker") continue;
      ++fields;
      if (is_lone_name(found->words)) ++names;
    }
    if (names > 1 && names * 2 > fields) {
      throw RunError(
          "no transcript: records with the fields 'Speaker: ...', which are not read; give a transcript that "
          "says who speaks, as 'Name: words', or remove the file");
    }
  }

  void find_bare_times() {
    std::size_t labelled = 0, after = 0, at_end = 0, others = 0, beginning = 0;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
      if (const Label* found = label(i)) {
        ++labelled;
        if (found->bare_after > 0) ++after;
        const TimeMark time = time_mark_at_end(found->words);
        if (time.bytes > 0 && !time.bracketed && time.bytes < found->words.size()) ++at_end;
      } else if (!looks_[i].only_times) {
        ++others;
        if (looks_[i].time.bytes > 0 && !looks_[i].time.bracketed) ++beginning;
      }
    }
    const auto most = [](std::size_t part, std::size_t whole) { return part > 2 && part * 5 > whole * 4; };
    bare_ = {most(after, labelled), most(beginning, others), most(at_end, labelled)};
  }

  /// The words of a paragraph or of its part behind a label.
  [[nodiscard]] std::string words_of(std::string_view text, bool bare_at_beginning) const {
    if (!timed_ && !bare_at_beginning && !bare_.at_end) return std::string(text);
    for (;;) {
      const TimeMark time = time_mark_at(text);
      if (time.bytes == 0 || (!time.bracketed && !bare_at_beginning)) break;
      text.remove_prefix(time.bytes);
      while (const std::size_t space = space_length(text)) text.remove_prefix(space);
      if (!time.bracketed) break;
    }
    for (;;) {
      const TimeMark time = time_mark_at_end(text);
      if (time.bytes == 0 || (!time.bracketed && !bare_.at_end)) break;
      text = trim(trim(text).substr(0, trim(text).size() - time.bytes));
    }
    return timed_ ? without_bracketed_times(text) : std::string(text);
  }

  void end_label() {
    if (open_label_) ++empty_;
    open_label_ = false;
  }

  void begin_turn(std::string name) {
    end_label();
    speaker_ = std::move(name);
    open_label_ = true;
    other_matter_ = nobody_ = false;
  }

  void say(const std::string& words) {
    if (!has_words(words)) return;
    transcript_.add(speaker_, words);
    open_label_ = false;
  }

  /// Adds words in which others may be called by their labels: "... Yes. Name: No."
  void say_all(std::string_view text, bool bare_at_beginning) {
    std::string_view rest = text;
    for (std::size_t at = 1; at < rest.size(); ++at) {
      if (!may_begin_label(rest, at)) continue;
      const std::optional<Label> inner = speaker_label(rest.substr(at));
      if (!inner || inner->form != Label::Form::colon || !speakers_.is_known(*inner)) continue;
      say(words_of(trim(rest.substr(0, at)), bare_at_beginning));
      begin_turn(inner->name);
      rest = inner->words;
      bare_at_beginning = bare_.after_label;
      at = 0;
    }
    say(words_of(rest, bare_at_beginning));
  }

  /// Behind the end of a sentence, or at a time in brackets.
  static bool may_begin_label(std::string_view text, std::size_t at) {
    if (space_length(text.substr(at - 1)) != 1 || space_length(text.substr(at)) > 0) return false;
    if (time_mark_at(text.substr(at)).bracketed) return true;
    const std::string_view before = trim(text.substr(0, at));
    if (before.empty()) return false;
    constexpr std::string_view ends = ".?!)]";
    return ends.find(before.back()) != std::string_view::npos || before.ends_with("…") ||
           before.ends_with("”");
  }

  void add(std::size_t i) {
    const Paragraph& paragraph = source_.paragraphs[i];
    if (looks_[i].only_times) return;
    if (speakers_.is_lone(i)) {
      begin_turn(paragraph.text);
      return;
    }
    const Label* found = label(i);
    if (!paragraph.voice.empty() && found == nullptr) {
      add_voice(paragraph);
      return;
    }
    if (found != nullptr) {
      begin_turn(found->name);
      say_all(found->words, bare_.after_label);
      return;
    }
    if (paragraph.other_speaker) {
      end_label();
      nobody_ = true;
    }
    add_unlabelled(paragraph, i);
  }

  void add_voice(const Paragraph& paragraph) {
    if (!speakers_.names().contains(paragraph.voice)) {
      nobody_ = true;
      ++unnamed_;
      return;
    }
    if (paragraph.voice != speaker_ || nobody_) begin_turn(paragraph.voice);
    say(words_of(paragraph.text, false));
  }

  void add_unlabelled(const Paragraph& paragraph, std::size_t i) {
    if (may_hold_page_matter_) {
      if (begins_other_matter(paragraph.text) || (i >= after_labels() && begins_page_end(paragraph.text))) {
        other_matter_ = true;
      }
      if (other_matter_ || paragraph.heading || is_notice(paragraph.text)) {
        ++outside_;
        return;
      }
    }
    if (speaker_.empty()) {
      ++outside_;
    } else if (nobody_) {
      ++unnamed_;
    } else {
      if (paragraph.text_heading && !looks_[i].label) {
        ++outside_;
        return;
      }
      if (looks_[i].label && looks_[i].label->form == Label::Form::colon) ++lone_labels_;
      say_all(paragraph.text, bare_.at_beginning);
    }
  }

  std::optional<std::size_t> after_labels_;

  /// The number of paragraphs up to the last label.
  [[nodiscard]] std::size_t after_labels() {
    if (!after_labels_) {
      after_labels_ = 0;
      for (std::size_t i = 0; i < looks_.size(); ++i) {
        if (label(i) != nullptr || speakers_.is_lone(i)) after_labels_ = i + 1;
      }
    }
    return *after_labels_;
  }

  /// What a text without speakers is.
  [[nodiscard]] std::string form() const {
    if (times_.ranges > 1) return "lines with the times of a subtitle ('[00:01 --> 00:04] words')";
    if (times_.lines > 1) return "lines of times alone, as transcripts of videos are copied,";
    if (times_.beginnings > 1) return "lines that begin with times";
    return {};
  }
};

}  // namespace

Talk read_talk(const TalkSource& source) { return TalkReader(source).read(); }

}  // namespace recon
