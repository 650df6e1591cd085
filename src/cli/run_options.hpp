#pragma once

#include "recon/workflow/pipeline.hpp"

#include <cstddef>
#include <string>

#include "common_options.hpp"

namespace recon {

/// Options of the commands that look at a run as `recon run` would see it.
struct RunOptions {
  ConfigOptions config;
  std::size_t limit = 0;
  std::string store;
  bool json = false;

  /// `--config`, `--run-dir`, `--set`, `--store`, `--json`.
  void declare(CLI::App& app);
  /// `--limit`.
  void declare_limit(CLI::App& app);
  [[nodiscard]] PipelineOptions pipeline() const;
};

}  // namespace recon
