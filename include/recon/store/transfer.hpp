#pragma once

#include "recon/store/store.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>

namespace recon {

/// Rows of a store, or of a part of one.
struct StoreCounts {
  std::size_t questions = 0;
  std::size_t answers = 0;
  std::size_t failures = 0;
  std::size_t calls = 0;
  bool operator==(const StoreCounts&) const = default;
};

/// What was added to a store.
struct StoreAddition {
  StoreCounts added;
  /// Answers left out because the store has another one of the same question and sample, which stays.
  std::size_t differing = 0;
  std::size_t read = 0;  ///< questions that were looked at
};

[[nodiscard]] StoreCounts count_store(const std::filesystem::path& store);

/// Writes everything a store holds as JSONL, one question a line, in the order of their digests
/// (docs/cache.md). `output` ending in .zst is compressed, `-` is standard output. Throws RunError for a
/// damaged answer.
StoreCounts export_store(const std::filesystem::path& store, const std::filesystem::path& output);

/// Adds the lines of a file that export_store wrote (`-`: standard input). What the store has already is not
/// added again, calls and their cost neither: the same file twice changes nothing. Commits every few thousand
/// lines. Throws RunError naming file and line for one that is malformed, and Interrupted; what was committed
/// stays.
StoreAddition import_store(const std::filesystem::path& store, const std::filesystem::path& input,
                           StoreJournal journal = StoreJournal::automatic);

/// Adds everything of another store in the same way. Throws UsageError for the same file.
StoreAddition merge_store(const std::filesystem::path& into, const std::filesystem::path& from,
                          StoreJournal journal = StoreJournal::automatic);

}  // namespace recon
