#pragma once

#include "recon/core/json_fwd.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// What one split of one user holds, counted as in the paper's Table 1 (B.3).
struct SplitStatistics {
  std::size_t sessions = 0;
  std::size_t targets = 0;
  /// Turns of these sessions, each up to its last target, that are no target.
  std::size_t context_turns = 0;
};

/// A row of the paper's Table 1, or of ours.
struct DatasetRow {
  std::string user;
  std::string domain;
  SplitStatistics train;         ///< train_0 and train_1
  std::size_t grpo_targets = 0;  ///< train_1
  SplitStatistics test;
  double average_words = 0;  ///< of all targets
  std::string first, last;   ///< dates of the sessions used: days, or years as the paper prints them
};

/// Targets that the user said more than once, nearly in the same words (near_duplicates.hpp).
struct RepeatedTargets {
  std::size_t targets = 0;        ///< with a near-duplicate among all targets of the user
  std::size_t test_in_train = 0;  ///< test targets with one among the train targets
};

struct UserStatistics {
  DatasetRow row;
  RepeatedTargets repeated;
  std::optional<DatasetRow> paper;  ///< where the user is one of the paper's eight
};

/// The row of one of the paper's eight people, by the id that the shipped configs give them.
[[nodiscard]] std::optional<DatasetRow> paper_row(const std::string& user);

/// Reads pairs.jsonl and sessions.jsonl; users in the order of the pairs. Texts of the targets are held in
/// memory, one user's at a time. Throws RunError for a missing or malformed file, and for a pair whose
/// session is not there.
[[nodiscard]] std::vector<UserStatistics> dataset_statistics(const std::filesystem::path& pairs,
                                                             const std::filesystem::path& sessions);

/// As a table for a terminal, the paper's row below each of ours.
[[nodiscard]] std::string statistics_table(const std::vector<UserStatistics>& statistics);
[[nodiscard]] Json statistics_json(const std::vector<UserStatistics>& statistics);

}  // namespace recon
