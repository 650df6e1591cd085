#pragma once

#include "recon/stages/stage.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace recon {

struct PipelineOptions {
  bool only = false;     ///< the named stages alone
  bool force = false;    ///< the named stages even when up to date
  bool dry_run = false;  ///< say what would run
  bool replay = false;
  bool keep_going = false;  ///< also where a model gives nothing usable, or seldom
  std::optional<std::size_t> limit;
  std::optional<std::filesystem::path> store;    ///< `--store`
  std::optional<std::filesystem::path> rejects;  ///< `--rejects`, file mode
  /// Where set, questions that failed before are asked again only if it says yes to the failure.
  std::function<bool(const Failure&)> retry_policy = {};
};

/// What was done.
struct PipelineResult {
  std::size_t stages_run = 0;
  std::size_t rejects = 0;  ///< left by the stages concerned, now or earlier
};

/// Runs stages as make does: what they need first, where it is missing or stale; nothing that is up to date.
/// Writes the manifest after every stage. Owns the lock of the run directory while it works.
[[nodiscard]] PipelineResult run_pipeline(const std::vector<std::string>& targets, const RunConfig& config,
                                          const ConfigDocument::Environment& environment,
                                          const PipelineOptions& options, Log& log);

/// Runs one stage on named files; nothing upstream runs, there is no run directory.
[[nodiscard]] PipelineResult run_on_files(const std::string& stage, const RunConfig& config,
                                          const ConfigDocument::Environment& environment,
                                          const Artifacts& artifacts, const PipelineOptions& options,
                                          Log& log);

}  // namespace recon
