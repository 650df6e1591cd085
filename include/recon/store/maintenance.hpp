#pragma once

#include "recon/store/store.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What a store holds of one model and purpose.
struct StoreGroup {
  /// Both absent for calls whose questions were removed.
  std::optional<std::string> identity, purpose;
  std::size_t questions = 0;
  std::size_t answers = 0;
  std::size_t answered = 0;  ///< questions with an answer, of which no failure came last
  std::size_t failed = 0;    ///< questions of which a failure came last: refused, timed out, unusable, ...
  /// Questions with neither: broken off before a reply came, or failed and forgiven.
  [[nodiscard]] std::size_t open() const { return questions - std::min(questions, answered + failed); }
  std::size_t calls = 0;
  Usage usage;
  double usd = 0;          ///< as far as prices were known
  double usd_assumed = 0;  ///< part of `usd`: calls whose reply never came
};

struct StoreStatistics {
  std::vector<StoreGroup> groups;  ///< by identity and purpose
  StoreGroup total;
  std::uintmax_t bytes = 0;  ///< of the file, without its log
};
[[nodiscard]] StoreStatistics store_statistics(const std::filesystem::path& store);

struct StoreVerification {
  std::size_t answers = 0;    ///< that were read
  std::size_t unchecked = 0;  ///< of them without a checksum: stored by an older recon
  std::vector<std::string> problems;
  std::size_t more_problems = 0;  ///< beyond those listed
};
/// Looks at every page and every answer. Throws RunError for a file that can't be opened at all.
[[nodiscard]] StoreVerification verify_store(const std::filesystem::path& store);

/// Hands over record (Task::key) and purpose of every question that the store remembers, in no particular
/// order.
void for_each_question(const std::filesystem::path& store,
                       const std::function<void(std::string_view record, std::string_view purpose)>& use);

/// What to remove. Filters combine: a question must fit them all.
struct StoreFilter {
  std::optional<std::string> purpose = {};
  std::optional<std::string> identity = {};       ///< the model's identity contains it
  std::optional<std::string> record_prefix = {};  ///< of Task::key
  std::optional<std::string> before =
      {};                      ///< answers and failures that came before this time (ISO 8601, UTC)
  bool failures_only = false;  ///< answers stay
};

struct StoreRemoval {
  std::size_t questions = 0;  ///< that are concerned
  std::size_t answers = 0;
  std::size_t failures = 0;
  /// Of the calls of the questions concerned (before StoreFilter::before): what it would cost to ask again.
  double usd = 0;
  std::int64_t tokens = 0;
};
/// What would be removed; changes nothing.
[[nodiscard]] StoreRemoval preview_removal(const std::filesystem::path& store, const StoreFilter& filter);
/// Removes it and overwrites where it was; what the calls cost stays recorded. Throws RunError as
/// forget_answers does.
StoreRemoval remove_from_store(const std::filesystem::path& store, const StoreFilter& filter,
                               StoreJournal journal = StoreJournal::automatic);

}  // namespace recon
