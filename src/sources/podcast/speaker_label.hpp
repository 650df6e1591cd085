#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace recon {

/// What may be a speaker's label at the start of a paragraph: a name, with times before or after it, and a
/// colon or, beside a time, none.
struct Label {
  /// How it ends and what follows.
  enum class Form {
    colon,       ///< "Name: words", also with times: "[00:05] Name (host), 00:05: words"
    own_line,    ///< "Name 00:05" or "00:05 Name", and nothing else
    time_after,  ///< "Name [00:05] words"
  };
  std::string name;
  std::string_view words;  ///< the paragraph's text after the label
  Form form = Form::colon;
  bool timed = false;          ///< a time stands with it
  std::size_t begin = 0;       ///< of the name in the paragraph
  std::size_t end = 0;         ///< of the name
  std::size_t bare_after = 0;  ///< so many bytes at the start of the words look like a time, without brackets
};

/// The label of a text that is one line. The name has up to five words (and particles), each with a capital
/// letter first, and nothing that a sentence would have; no digits, but for nameless speakers ("Speaker 4").
/// What stands in brackets behind it ("(host)") is no part of it. Valid as long as the text.
[[nodiscard]] std::optional<Label> speaker_label(std::string_view text);

/// True for what would be a label, were there not digits in or beside the name that are no time known here.
[[nodiscard]] bool is_numbered_label(std::string_view text);

/// Whether a line could be a name and nothing else.
[[nodiscard]] bool is_lone_name(std::string_view text);

/// A label that stands for a person without a name: "Speaker 4", "SPEAKER_00", "Audience".
[[nodiscard]] bool is_nameless_speaker(std::string_view name);

}  // namespace recon
