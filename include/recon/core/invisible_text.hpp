#pragma once

#include <string>
#include <string_view>

namespace recon {

/// The text without characters that are not seen: zero-width spaces, byte order marks, word joiners, soft
/// hyphens and marks of direction. Joiners and non-joiners stay where they change what is seen: inside an
/// emoji, and beside a letter of a script that needs them (Persian, the scripts of India). Everything else
/// survives byte for byte.
[[nodiscard]] std::string without_invisible(std::string_view text);

/// The same for text in which such characters, and spaces, may stand as entities: `&#x200B;`, `&#8203;`,
/// `&ZeroWidthSpace;`, `&nbsp;`, however often the `&` was escaped. Unbreakable spaces, and entities of other
/// spaces, become spaces, and a line that held nothing else is gone. Other entities stay as they are.
[[nodiscard]] std::string without_invisible_entities(std::string_view text);

}  // namespace recon
