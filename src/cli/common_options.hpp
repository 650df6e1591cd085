#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/stages/run_config.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own name
class App;
class Validator;
}  // namespace CLI

namespace recon {

/// `--config`, `--run-dir` and `--set`: where a command's config comes from.
struct ConfigOptions {
  std::vector<std::string> config;
  std::string run_dir;
  std::vector<std::string> sets;

  void declare(CLI::App& app);
  /// " --config FILE --run-dir DIR --set KEY=VALUE", as far as given: to be repeated in advice.
  [[nodiscard]] std::string arguments() const;
  /// Flag > environment > file > default.
  [[nodiscard]] RunConfig read(const ConfigDocument::Environment& environment) const;
};

/// What a number of things must be; CLI11's own check tells the largest double with all its digits.
[[nodiscard]] CLI::Validator above_zero();

}  // namespace recon
