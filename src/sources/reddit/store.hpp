#pragma once

#include "recon/core/files.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "threads.hpp"

namespace recon {

/// The texts of one comment or post.
struct StoredTexts {
  std::string author, title, text;
};

/// Holds the records of the wanted posts outside memory, however many there are, and gives them back post by
/// post: first every add, then next_post and texts.
class RedditStore {
 public:
  /// At most that many entries are held in memory before they go to a file.
  explicit RedditStore(std::size_t entries_in_memory = std::size_t{1} << 18);

  /// The entry's place of the texts and its sequence are set here.
  void add(ThreadEntry entry, const StoredTexts& texts);
  /// The entries of the next post in ascending order, as comes_before sorts them; empty after the last one.
  [[nodiscard]] std::vector<ThreadEntry> next_post();
  [[nodiscard]] StoredTexts texts(const ThreadEntry& entry);

 private:
  /// A sorted part of the entries, in the file, with what was read ahead of it.
  struct Run {
    std::uint64_t offset = 0;
    std::size_t left = 0;  ///< entries not read yet
    std::vector<ThreadEntry> ahead;
    std::size_t at = 0;
  };

  std::size_t entries_in_memory_;
  TemporaryFile spool_;
  TemporaryFile sorted_;
  std::vector<ThreadEntry> unsorted_;
  std::vector<Run> runs_;  ///< a heap by their first entries once merging
  std::uint64_t sequence_ = 0;
  bool is_merging_ = false;

  void close_run();
  void start_merging();
  [[nodiscard]] bool refill(Run& run);
  [[nodiscard]] static bool comes_later(const Run& a, const Run& b);
};

}  // namespace recon
