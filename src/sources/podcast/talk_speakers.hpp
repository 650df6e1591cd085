#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "labelled_paragraphs.hpp"
#include "page_matter.hpp"
#include "speaker_label.hpp"
#include "talk.hpp"
#include "time_mark.hpp"

namespace recon {

/// What a paragraph may be, as it is looked at once.
struct Look {
  std::optional<Label> label;
  bool only_times = false;
  TimeMark time;  ///< at its beginning
};

/// The shares of a text that decide what its times are.
struct TimeCounts {
  std::size_t beginnings = 0;  ///< paragraphs that begin with a time and hold words
  std::size_t labelled = 0;    ///< of these, those with a label and a colon
  std::size_t lines = 0;       ///< paragraphs that are times alone
  std::size_t bracketed = 0;   ///< of both, those in brackets
  std::size_t ranges = 0;      ///< of both, those with an arrow
};

/// Looks at every paragraph. The looks are valid as long as the paragraphs.
[[nodiscard]] std::vector<Look> look_at_all(const std::vector<Paragraph>& paragraphs);

[[nodiscard]] TimeCounts count_times(const std::vector<Paragraph>& paragraphs,
                                     const std::vector<Look>& looks);

/// Who speaks, and by which paragraphs that is known (see `read_talk`).
class Speakers {
 public:
  /// The source and the looks must outlive it.
  Speakers(const TalkSource& source, const std::vector<Look>& looks, const TimeCounts& times);

  [[nodiscard]] const SpeakerNames& names() const { return names_; }
  [[nodiscard]] bool is_known(const Label& label) const { return names_.contains(label.name); }
  /// Whether the paragraph is a name and nothing else, and stands where names do.
  [[nodiscard]] bool is_lone(std::size_t paragraph) const { return lone_.contains(paragraph); }

 private:
  const TalkSource& source_;
  const std::vector<Look>& looks_;
  SpeakerNames hosts_;
  SpeakerNames names_;
  std::set<std::size_t> lone_;

  [[nodiscard]] const Label* colon_label(std::size_t paragraph) const;
  void find_by_colon(const TimeCounts& times);
  void add_those_who_speak_once(const TimeCounts& times);
  void find_by_time();
  void find_lone_names();
  bool take_lone(const std::function<bool(std::size_t)>& is_candidate, std::size_t places);
};

}  // namespace recon
