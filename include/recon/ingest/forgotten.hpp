#pragma once

#include "recon/records/records.hpp"

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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

  /// Sessions whose pairs are not yet gone from the run's files and its store: what an interrupted
  /// `recon forget` has still to do.
  [[nodiscard]] const std::set<std::string>& pending() const { return pending_; }
  void set_pending(std::set<std::string> sessions) { pending_ = std::move(sessions); }

  /// Takes out of a session what is forgotten: turns by its authors and with its ids, and its authors' names
  /// where others mention them (those that no ordinary word could be in any session, others in those in which
  /// their authors speak). Returns how many turns went; the session itself (all its turns) where its own id
  /// or its group's is on the list.
  std::size_t remove_from(Session& session) const;

 private:
  std::set<std::string> authors_;  ///< pseudonyms
  std::set<std::string> items_;    ///< digests
  std::set<std::string> pending_;
  mutable std::unordered_map<std::string, bool> known_words_;  ///< digests cost; texts repeat their words
};

/// Where a run keeps its list.
[[nodiscard]] std::filesystem::path forgotten_file(const std::filesystem::path& run_directory);

}  // namespace recon
