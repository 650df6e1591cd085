#pragma once

#include "recon/records/records.hpp"

#include <functional>
#include <memory>
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

/// Finds names in running text: those after `u/`, `user/` or `@`, whoever they belong to, and those of the
/// given authors wherever they stand as a word (a name that could be an ordinary word, all lower-case
/// letters, only in just that spelling; others in any case of letters; names of several words exactly).
class Mentions {
 public:
  /// `every`: any other word that is no ordinary one (a digit, a mark or a capital inside) may be a name,
  /// too, and `rename` decides.
  enum class Words { authors, every };
  Mentions(const std::vector<std::string>& authors, Rename rename, Words words = Words::authors);
  ~Mentions();
  Mentions(const Mentions&) = delete;
  Mentions& operator=(const Mentions&) = delete;

  /// The text with the names replaced that `rename` replaces; everything else stays byte for byte.
  [[nodiscard]] std::string replaced_in(std::string_view text) const;

 private:
  struct Names;
  std::unique_ptr<Names> names_;
};

/// Every author of a session's turns once, sorted.
[[nodiscard]] std::vector<std::string> authors_of(const Session& session);

/// Replaces the authors of a session by pseudonyms, and their names, and those of `others`, where its title
/// or a turn mentions them. An id that is made of an author's name (an episode named after its guest) is
/// replaced by a digest of it.
void use_pseudonyms(Session& session, const std::vector<std::string>& others);

}  // namespace recon
