#pragma once

#include "recon/records/records.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Valid UTF-8 without control characters other than tab and newline; any line end becomes a newline.
[[nodiscard]] std::string without_control_characters(std::string_view text);

/// Text as the body of an element: cleaned as above, `&`, `<` and `>` escaped. Quotes stay as they are, since
/// a model should see speech as it was spoken.
[[nodiscard]] std::string xml_body(std::string_view text);
/// Text as the value of an attribute: on one line, double quotes escaped too.
[[nodiscard]] std::string xml_attribute(std::string_view text);

/// What a turn is labelled with: `I` for the user's own turns, never the user's name; the author otherwise.
[[nodiscard]] std::string speaker_label(std::string_view author, std::string_view user_author);

/// The inverse of the escaping, and of what models make of it: named entities of XML and `&nbsp;`, decimal
/// and hexadecimal ones, each once. Entities that stand for no character of a text stay: those of surrogates,
/// of control characters other than tab and newline, and beyond Unicode.
[[nodiscard]] std::string without_entities(std::string_view text);

/// One element a turn, one after the other, without a line break at the end. Where something was left out
/// stands an element that says so; as the turns' texts are escaped, none of them can look like it.
[[nodiscard]] std::string render_context(const std::vector<Turn>& turns, ContextGap gap,
                                         std::string_view user_author);

}  // namespace recon
