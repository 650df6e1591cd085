#pragma once

#include "recon/core/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What a body holds that is no clean JSON but can be read with certainty.
struct LooseDocuments {
  std::vector<Json> documents;
  bool is_done = false;       ///< `[DONE]` stands there, the end of an event stream
  std::int64_t repaired = 0;  ///< places that are no JSON, and framing
};

/// Reads JSON documents one after the other, on lines of their own or as the data of an event stream, with
/// what servers put around and into them: byte order marks, comments and other fields of event streams,
/// `[DONE]`, NUL, raw control characters in strings, commas too many, NaN and Infinity (which become numbers
/// that are not finite). An event named error becomes `{"error": ...}`. Nullopt where something else stands
/// there, or a document is cut.
///
/// Strings keep their bytes; half a surrogate pair becomes the three bytes that UTF-8 would have for it, so
/// that halves in two chunks can meet. `mend_text` makes text of them.
[[nodiscard]] std::optional<LooseDocuments> read_loosely(std::string_view body);

/// Makes valid UTF-8 without NUL of a text: halves of a surrogate pair that stand together become their
/// character, other bytes that are no text U+FFFD, NUL nothing. Returns the number of places changed.
[[nodiscard]] std::int64_t mend_text(std::string& text);

}  // namespace recon
