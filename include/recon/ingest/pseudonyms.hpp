#pragma once

#include "recon/core/records.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A stable stand-in for an author's name, the same in every run: "person_" and ten letters or digits of the
/// SHA-256 of the name, in which the case of ASCII letters does not count. It hides a name from readers and
/// models; whoever suspects a name can compute its pseudonym and compare. "[deleted]" and the like, which
/// name nobody, stay.
[[nodiscard]] std::string pseudonym_of(std::string_view author);
[[nodiscard]] bool is_pseudonym(std::string_view text);

/// What stands instead of a name; nullopt = the name stays.
using Rename = std::function<std::optional<std::string>(std::string_view name)>;

/// Replaces names in a text: those after `u/`, `user/` or `@`, whoever they belong to, and those of `authors`
/// wherever they stand as a word (a name that could be an ordinary word, all lower-case letters, only in just
/// that spelling; others in any case of letters).
[[nodiscard]] std::string rename_mentions(std::string_view text, const std::vector<std::string>& authors,
                                          const Rename& rename);

/// Every author of a session's turns once, sorted.
[[nodiscard]] std::vector<std::string> authors_of(const Session& session);

/// Replaces the authors of a session's turns, and their names where its title or a turn mentions them.
void rename_authors(Session& session, const Rename& rename);

}  // namespace recon
