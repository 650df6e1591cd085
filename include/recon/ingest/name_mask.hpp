#pragma once

#include "recon/records/records.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace recon {

struct MaskedText {
  std::string text;
  std::size_t places = 0;  ///< how many times a name stood there
};

/// Hides one person's name in what is said: the full name and the surname, as whole words.
///
/// - Titles before it and "Jr." after it go with it: "Mr. Justice Brennan, Jr." is one `[me]`; a possessive
///   stays: "Scalia's" is "[me]'s". Initials and one unknown middle name belong to a full name.
/// - A surname begins with a capital where the name as given does: of "Will Young" neither "young" nor "Will"
///   is hidden, but a "Young" at the beginning of a sentence is. In lower case it counts where the given name
///   or "Mr" stands before it. A name given in lower case counts as it was given.
/// - Accents, kinds of hyphens and apostrophes make no difference. Of "de la Cruz" the "Cruz" alone counts,
///   of "Smith-Jones" only the whole.
/// - A name that is one word with digits, underscores or capitals inside, as accounts have it, counts in any
///   case, any name after "u/" or "@" as well; the mark goes with it.
///
/// Given names alone, nicknames and offices ("the Prime Minister") stay.
class NameMask {
 public:
  static constexpr std::string_view stand_in = "[me]";

  explicit NameMask(std::string_view name);
  ~NameMask();
  NameMask(NameMask&&) noexcept;
  NameMask& operator=(NameMask&&) = delete;
  NameMask(const NameMask&) = delete;
  NameMask& operator=(const NameMask&) = delete;

  [[nodiscard]] MaskedText masked(std::string_view text) const;

 private:
  struct Name;
  std::unique_ptr<Name> name_;
};

}  // namespace recon
