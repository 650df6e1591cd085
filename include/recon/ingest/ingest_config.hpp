#pragma once

#include "recon/core/config_tree.hpp"
#include "recon/core/records.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// `source:`
struct SourceConfig {
  std::string domain;  ///< scotus | sessions (pmq, podcast, reddit follow)
  std::filesystem::path path;
  /// Patterns of a TurnFilter: a match makes a turn no target (it stays in later contexts). Absent = the
  /// default of each session's domain (TurnFilter::defaults); an empty list excludes nothing.
  std::optional<std::vector<std::string>> excluded_targets;
  [[nodiscard]] static SourceConfig read(ConfigSection& root);
};

/// An entry of `users:`
struct UserConfig {
  UserId id;
  std::string name;                 ///< as the source gives it
  std::optional<std::string> from;  ///< ISO date, first day included
  std::optional<std::string> to;    ///< ISO date, first day excluded
  [[nodiscard]] static std::vector<UserConfig> read(ConfigSection& root);
};

/// `split:`
struct SplitConfig {
  std::size_t train_targets = 4096;
  std::size_t train_1_targets = 3072;  ///< part of train_targets; by default three quarters of it
  std::size_t test_targets = 512;
  std::string unit = "session";    ///< session | group
  std::string order = "shuffled";  ///< shuffled | time
  [[nodiscard]] static SplitConfig read(ConfigSection& root);
};

}  // namespace recon
