#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "words.hpp"

namespace recon {

/// What stands between two words of one name.
enum class Joint { none, spaces, initial, hyphen, apostrophe, comma, other };
[[nodiscard]] Joint joint_of(std::string_view between);

/// A person's name, taken apart.
struct NameParts {
  std::vector<std::u32string> given;      ///< first and middle names and initials, in their order
  std::vector<std::u32string> particles;  ///< "de", "la" before the surname
  std::vector<std::u32string> surname;    ///< several words where hyphens or apostrophes join them
  std::vector<Joint> joints;              ///< between the words of `surname`
  bool capital = false;                   ///< whether the surname begins with a capital
  std::string surname_text;               ///< as it was given
};

/// `name` as a source gives it: "Antonin Scalia", "William J. Brennan, Jr.", "Brennan, William J.", "Lord
/// Blair". The surname is the last word, with what hyphens and apostrophes join to it.
[[nodiscard]] NameParts parts_of_name(std::string_view name);

/// What a word says that stands right before a name.
enum class TitleKind {
  none,
  word,          ///< "Justice"; another word where it has no capital
  abbreviation,  ///< "Prof", with a point or without
  plain,         ///< "Mr": no other word, so that it may stand in lower case
};
[[nodiscard]] TitleKind title_kind(const std::u32string& word);
/// Whether the title `next` begins with `word`: "Chief" before "Justice".
[[nodiscard]] bool is_part_of_title(const std::u32string& word, const std::u32string& next);
/// "Jr", "III" and the like; `text` is the word as it is written.
[[nodiscard]] bool is_name_suffix(const std::u32string& word, std::string_view text);

}  // namespace recon
