#include "recon/workflow/rehearsal.hpp"

#include "recon/core/error.hpp"
#include "recon/model/factory.hpp"
#include "recon/records/run_directory.hpp"

#include <system_error>
#include <utility>

#include "chain.hpp"
#include "manifest.hpp"
#include "scratch_folder.hpp"
#include <fmt/format.h>

namespace recon {

struct Rehearsal::State {
  State(const RunConfig& run_config, const RunConfig& asked_config,
        const ConfigDocument::Environment& environment, const PipelineOptions& pipeline_options,
        Engine::Settings settings, Log& run_log)
      : config(run_config),
        asked(asked_config),
        options(pipeline_options),
        log(run_log),
        directory(config.run_dir, RunDirectory::Access::look),
        artifacts(directory, kept.path(), kept.path()),
        aside(directory, kept.path(), discarded.path()),
        manifest(directory),
        prompts(asked.prompts),
        engine(
            asked.engine_config(), [this] { return open_store_if_there(config, options); },
            [this, &environment](const ModelConfig& model) { return make_provider(model, environment, log); },
            log, std::move(settings)) {}

  const RunConfig& config;
  const RunConfig& asked;
  const PipelineOptions& options;
  Log& log;
  ScratchFolder kept;
  ScratchFolder discarded;
  RunDirectory directory;
  Artifacts artifacts;
  Artifacts aside;
  Manifest manifest;
  Prompts prompts;
  Engine engine;
};

Rehearsal::Rehearsal(const RunConfig& config, const RunConfig& asked,
                     const ConfigDocument::Environment& environment, const PipelineOptions& options,
                     Engine::Settings settings, Log& log)
    : state_(std::make_unique<State>(config, asked, environment, options, std::move(settings), log)) {}

Rehearsal::~Rehearsal() = default;

std::optional<std::string> Rehearsal::why_stale(const Stage& stage) {
  State& state = *state_;
  return state.manifest.why_stale(
      stage.name, state_of(stage, state.config, state.prompts, state.engine, state.options.limit,
                           state.artifacts, state.directory));
}

Rehearsal::Result Rehearsal::run(const Stage& stage, Outputs outputs) {
  State& state = *state_;
  const Artifacts& artifacts = outputs == Outputs::keep ? state.artifacts : state.aside;
  require_models(stage, state.asked, state.engine);
  StageRun run(stage.name, stage.outputs(state.asked).front(), state.asked, state.prompts, state.engine,
               state.log, artifacts, state.options.limit);
  (void)state.engine.take_counts();
  stage.run(run);
  (void)run.commit();
  return {state.engine.take_counts(), run.rejects()};
}

void Rehearsal::take_outputs(const Stage& stage, const Rehearsal& other) {
  for (const std::string& artifact : stage.outputs(state_->asked)) {
    const std::filesystem::path from = other.scratch(artifact);
    if (!std::filesystem::exists(from)) continue;
    std::error_code error;
    std::filesystem::create_hard_link(from, scratch(artifact), error);
    if (error) std::filesystem::copy_file(from, scratch(artifact), error);
    if (error)
      throw RunError(fmt::format("{}: can't be made: {}", scratch(artifact).string(), error.message()));
  }
}

std::filesystem::path Rehearsal::input(const std::string& artifact) const {
  return state_->artifacts.input(artifact);
}

std::filesystem::path Rehearsal::scratch(const std::string& artifact) const {
  return state_->kept.path() / file_name_of(artifact);
}

Engine& Rehearsal::engine() { return state_->engine; }

std::string Rehearsal::run_id() const { return state_->directory.manifest().value("run_id", ""); }

}  // namespace recon
