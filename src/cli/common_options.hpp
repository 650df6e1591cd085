#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/stages/run_config.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own name
class App;
}

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

}  // namespace recon
