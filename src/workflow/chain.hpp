#pragma once

#include "recon/stages/stage.hpp"
#include "recon/store/store.hpp"
#include "recon/workflow/pipeline.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "manifest.hpp"

namespace recon {

/// What the pipeline and the rehearsal know of the chain of stages and of a run's store.

/// Throws UsageError naming the nearest stage.
[[nodiscard]] const Stage& stage_named(const std::vector<Stage>& stages, const std::string& name);
/// The targets and everything they need, by name.
[[nodiscard]] std::vector<std::string> with_prerequisites(const std::vector<Stage>& stages,
                                                          const std::vector<std::string>& targets,
                                                          const RunConfig& config);
/// Throws UsageError where a model of the stage can't do what the stage wants of it.
void require_models(const Stage& stage, const RunConfig& config, Engine& engine);
/// Throws UsageError where a budget in USD can't count what a model of the stage costs.
void require_prices(const Stage& stage, const RunConfig& config);
/// Throws UsageError where a budget can't bound the replies of a model that the stage asks: nothing says how
/// long they can get.
void require_bounded_replies(const Stage& stage, const RunConfig& config);
/// What decides whether a stage is up to date. `made` says where its outputs stand in the run directory.
[[nodiscard]] StageState state_of(const Stage& stage, const RunConfig& config, const Prompts& prompts,
                                  Engine& engine, std::optional<std::size_t> limit,
                                  const Artifacts& artifacts, const RunDirectory& made);

[[nodiscard]] std::filesystem::path store_path(const RunConfig& config, const PipelineOptions& options);
/// For asking and storing, or (replay) for reading alone.
[[nodiscard]] std::unique_ptr<ResponseStore> open_store(const RunConfig& config,
                                                        const PipelineOptions& options);
/// For reading alone; null where there is none yet.
[[nodiscard]] std::unique_ptr<ResponseStore> open_store_if_there(const RunConfig& config,
                                                                 const PipelineOptions& options);

}  // namespace recon
