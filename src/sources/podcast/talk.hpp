#pragma once

#include "recon/records/records.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "labelled_paragraphs.hpp"

namespace recon {

/// What a talk is read from.
struct TalkSource {
  std::vector<Paragraph> paragraphs;
  std::string_view title;    ///< which may name the host
  bool bold_labels = false;  ///< labels must be bold to make a speaker known
  bool is_page_text = true;  ///< around the talk there may be what pages add: notices, sponsors, links
};

/// What somebody says in it.
struct Talk {
  std::vector<Turn> turns;                      ///< empty where nobody is known to speak
  std::map<std::string, std::size_t> left_out;  ///< reason -> how often
  std::string without_speakers;  ///< where nobody speaks: what form that is, if it is a known one
};

/// Finds the speakers and gives what each says, in turns. Words before a colon are a label where they look
/// like a name and are a label at least twice; a host ("The NAME Show" stands somewhere in the text),
/// "Speaker 4" and "Audience" need only be there once, and so need labels like the others' where these stand
/// before nine of ten paragraphs or have times. Names beside a time without a colon, headings, and lines of
/// their own in front of each block count where no name has a colon. What comes before the first label and
/// after the end, notices of the law and of sponsors, times, and what a speaker says whom nobody names are no
/// turns. Throws RunError for labels that hold numbers in an unknown form.
[[nodiscard]] Talk read_talk(const TalkSource& source);

}  // namespace recon
