#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace recon {

/// A time as transcripts print it beside words: "[00:05:24]", "(5:24)", "00:05:24,000 --> 00:05:27,000",
/// "5m24s", with the link that it may be.
struct TimeMark {
  std::size_t bytes = 0;   ///< 0 where there is none
  bool bracketed = false;  ///< nothing that is said looks so; a bare one may be ("10:30 is too late")
};

/// The mark at the start of a text; of several the first.
[[nodiscard]] TimeMark time_mark_at(std::string_view text);
/// The mark at the end of a text, alone or behind a space.
[[nodiscard]] TimeMark time_mark_at_end(std::string_view text);
/// Whether a text is nothing but marks.
[[nodiscard]] bool is_only_times(std::string_view text);
/// The text without marks in square brackets anywhere in it.
[[nodiscard]] std::string without_bracketed_times(std::string_view text);
/// The bytes of a colon at the start: ":" or a wider one; 0 where there is none.
[[nodiscard]] std::size_t colon_length(std::string_view text);
/// The bytes of a white space at the start, of Unicode too; 0 where there is none.
[[nodiscard]] std::size_t space_length(std::string_view text);

}  // namespace recon
