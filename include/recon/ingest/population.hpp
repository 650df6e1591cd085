#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/records/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace recon {

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
  /// Of the shuffle; absent = the run's seed. With one of its own the split stays when the run's seed
  /// changes.
  std::optional<std::uint64_t> seed;
  [[nodiscard]] static SplitConfig read(ConfigSection& root);
};

}  // namespace recon
