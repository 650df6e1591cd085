#pragma once

#include "recon/core/records.hpp"

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Who and what a run must not hold (`recon forget`). The list keeps digests, not names, so that it does not
/// itself tell whom it is about.
class Forgotten {
 public:
  Forgotten() = default;
  /// Reads the list; an absent file is an empty list. Throws RunError for a damaged one.
  [[nodiscard]] static Forgotten read(const std::filesystem::path& file);
  void write(const std::filesystem::path& file) const;

  /// `author` is a name as the source gives it, or a pseudonym.
  void add_author(std::string_view author);
  /// `id` is that of a session, a group or a turn.
  void add_item(std::string_view id);

  [[nodiscard]] bool has_author(std::string_view author) const;
  [[nodiscard]] bool has_item(std::string_view id) const;
  [[nodiscard]] bool empty() const { return authors_.empty() && items_.empty(); }
  /// All entries, for fingerprints.
  [[nodiscard]] std::vector<std::string> entries() const;

  /// Takes out of a session what is forgotten: turns by its authors and with its ids, and its authors' names
  /// where others mention them. Returns how many turns went; the session itself (all its turns) where its own
  /// id or its group's is on the list.
  std::size_t remove_from(Session& session) const;

 private:
  std::set<std::string> authors_;  ///< pseudonyms
  std::set<std::string> items_;    ///< digests
};

/// Where a run keeps its list.
[[nodiscard]] std::filesystem::path forgotten_file(const std::filesystem::path& run_directory);

}  // namespace recon
