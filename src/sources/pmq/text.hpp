#pragma once

#include <string>
#include <string_view>

namespace recon {

/// Stands in a text for something that was taken out (a column number), until clean_pmq_text decides about
/// the space there. No text of a source holds this control character.
inline constexpr char pmq_gap = '\x1f';

/// The plain text of a `Value` of the Hansard API: entities decoded once, markup gone, column numbers turned
/// into pmq_gap, paragraphs apart by an empty line.
[[nodiscard]] std::string hansard_value_text(std::string_view value);

/// True for a `Value` printed in italics from end to end: a note of the editors, if nobody says it.
[[nodiscard]] bool is_italic_value(std::string_view value);

/// What was said: without the editors' marks (interruptions, references to the Official Report, numbers of
/// questions), gaps, and paragraphs that nobody says (time stamps, "rose", "was asked"). Paragraphs stay
/// apart by an empty line; within one, runs of ASCII white space become one space. Every other byte survives.
[[nodiscard]] std::string clean_pmq_text(std::string_view text);

/// `text` without a question's number in front ("Q1.", "7.").
[[nodiscard]] std::string_view without_question_number(std::string_view text);

}  // namespace recon
