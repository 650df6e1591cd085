#include "recon/workflow/pipeline.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/model/factory.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>
#include <set>

#include "chain.hpp"
#include "manifest.hpp"
#include "rejects_file.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

Engine make_engine(const RunConfig& config, const ConfigDocument::Environment& environment,
                   const PipelineOptions& options, const std::string& run, Log& log) {
  Engine::Settings settings;
  settings.replay = options.replay;
  settings.run = run;
  settings.budget = config.budget;
  settings.retry_policy = options.retry_policy;
  settings.keep_going = options.keep_going;
  return Engine(
      config.engine_config(), [&config, &options] { return open_store(config, options); },
      [&environment, &log](const ModelConfig& model) { return make_provider(model, environment, log); }, log,
      std::move(settings));
}

/// What failed for records that an error kept from ending.
void reject_unfinished(StageRun& run, Engine& engine) {
  for (const Engine::Unfinished& unfinished : engine.take_unfinished())
    run.reject(unfinished.subject, unfinished.failure);
}

/// What the progress line shows, for programs that read the log.
void say_counts(Log& log, const StageRun& run, const EngineCounts& counts) {
  log.values(run.stage() + ": ended", {{"stage", run.stage()},
                                       {"records", counts.records},
                                       {"asked", counts.calls},
                                       {"from_store", counts.from_store},
                                       {"rejected", run.rejects().size()}});
}

/// Runs the stages of one command in one run directory.
class Pipeline {
 public:
  Pipeline(const RunConfig& config, const ConfigDocument::Environment& environment,
           const PipelineOptions& options, Log& log)
      : config_(config),
        options_(options),
        log_(log),
        directory_(config.run_dir),
        artifacts_(directory_),
        manifest_(directory_),
        prompts_(config.prompts),
        engine_(make_engine(config, environment, options, options.dry_run ? "" : manifest_.run_id(), log)) {}

  PipelineResult run(const std::vector<std::string>& targets) {
    const std::vector<Stage> stages = all_stages();
    const std::vector<std::string> needed =
        options_.only ? targets : with_prerequisites(stages, targets, config_);
    // Before anything is asked or paid for: can the models do what every stage of this command wants of them?
    for (const Stage& stage : stages) {
      if (std::find(needed.begin(), needed.end(), stage.name) == needed.end()) continue;
      require_models(stage, config_, engine_);
    }
    if (config_.budget.any() && !options_.replay) {
      for (const Stage& stage : due(stages, needed, targets)) require_bounded_replies(stage, config_);
    }
    if (!options_.only) clear_unused(stages, needed);
    for (const Stage& stage : stages) {
      if (std::find(needed.begin(), needed.end(), stage.name) == needed.end()) continue;
      const bool is_target = std::find(targets.begin(), targets.end(), stage.name) != targets.end();
      consider(stage, is_target);
    }
    return result_;
  }

 private:
  /// The stages that would run as things stand: what is stale or forced, and what follows it, which may turn
  /// out to be up to date.
  [[nodiscard]] std::vector<Stage> due(const std::vector<Stage>& stages,
                                       const std::vector<std::string>& needed,
                                       const std::vector<std::string>& targets) {
    std::vector<Stage> found;
    std::set<std::string> remade;  // artifacts
    for (const Stage& stage : stages) {
      if (std::find(needed.begin(), needed.end(), stage.name) == needed.end()) continue;
      const std::vector<std::string> inputs = stage.inputs(config_);
      const bool follows = std::any_of(inputs.begin(), inputs.end(),
                                       [&](const std::string& input) { return remade.contains(input); });
      const bool forced =
          options_.force && std::find(targets.begin(), targets.end(), stage.name) != targets.end();
      const bool runs = follows || forced ||
                        manifest_.why_stale(stage.name, state_of(stage, config_, prompts_, engine_,
                                                                 options_.limit, artifacts_, directory_));
      if (!runs) continue;
      found.push_back(stage);
      for (const std::string& output : stage.outputs(config_)) remade.insert(output);
    }
    return found;
  }

  /// Takes away what stages made that the whole chain does not run under this config, nor this command: a
  /// fresh run would not have it.
  void clear_unused(const std::vector<Stage>& stages, const std::vector<std::string>& needed) {
    std::vector<std::string> used = with_prerequisites(stages, final_stages(), config_);
    used.insert(used.end(), needed.begin(), needed.end());
    for (const std::string& name : manifest_.stages()) {
      if (std::find(used.begin(), used.end(), name) != used.end()) continue;
      const char* does = options_.dry_run ? "would go" : "goes";
      log_.info(fmt::format("{}: this config does not use it; what it made {} (its answers stay stored)",
                            name, does));
      if (options_.dry_run) continue;
      remove_outputs(manifest_.made_by(name), used);
      update_rejects_file(directory_.path() / "rejects.jsonl", name, {});
      manifest_.drop(name);
    }
  }

  /// Removes artifacts, but those that the stages `makers` make under this config.
  void remove_outputs(const std::vector<std::string>& artifacts, const std::vector<std::string>& makers) {
    std::set<std::string> made;
    for (const Stage& stage : all_stages()) {
      if (std::find(makers.begin(), makers.end(), stage.name) == makers.end()) continue;
      for (const std::string& output : stage.outputs(config_)) made.insert(output);
    }
    for (const std::string& artifact : artifacts) {
      if (!made.contains(artifact)) std::filesystem::remove(directory_.file(file_name_of(artifact)));
    }
  }

  void consider(const Stage& stage, bool is_target) {
    const StageState state =
        state_of(stage, config_, prompts_, engine_, options_.limit, artifacts_, directory_);
    std::optional<std::string> reason = manifest_.why_stale(stage.name, state);
    if (!reason && is_target && options_.force) reason = "--force";
    // In a dry run the files that an earlier stage would change are not there to look at.
    if (!reason && options_.dry_run && result_.stages_run > 0) reason = "an earlier stage would run";
    if (!reason) {
      say(stage.name, manifest_.warnings_of({stage.name}));
      if (is_target) log_.info(fmt::format("{}: up to date", stage.name));
      return;
    }
    ++result_.stages_run;
    if (options_.dry_run) {
      log_.info(fmt::format("{}: would run ({})", stage.name, *reason));
      return;
    }
    log_.info(fmt::format("{}: running ({})", stage.name, *reason));
    execute(stage, state);
  }

  void execute(const Stage& stage, const StageState& state) {
    const std::string started = utc_now();
    StageRun run(stage.name, stage.outputs(config_).front(), config_, prompts_, engine_, log_, artifacts_,
                 options_.limit);
    run.earlier_warnings = manifest_.warnings_of(state.warned_by);
    (void)engine_.take_counts();
    (void)engine_.take_warnings(stage.name);
    try {
      stage.run(run);
    } catch (const RunError& error) {
      keep_failures(run, error);
      throw;
    }
    update_rejects_file(directory_.path() / "rejects.jsonl", stage.name, run.rejects());
    (void)run.commit();
    std::vector<std::string> makers;
    for (const Stage& other : all_stages()) makers.push_back(other.name);
    remove_outputs(manifest_.made_by(stage.name), makers);
    if (state.outputs.contains("results")) {
      for (const std::string& report : reports_of_results())
        std::filesystem::remove(directory_.path() / report);
    }
    const EngineCounts counts = engine_.take_counts();
    manifest_.record(
        stage.name, state,
        {run.counts(), counts, run.rejects().size(), run.warnings(), started, utc_now(), engine_.spent()},
        config_);
    result_.rejects += run.rejects().size();
    report(stage.name, run, counts);
  }

  /// A stage that an error ended leaves no output, but what failed can be looked at and asked for again.
  void keep_failures(StageRun& run, const RunError& error) {
    reject_unfinished(run, engine_);
    if (run.rejects().empty()) return;
    update_rejects_file(directory_.path() / "rejects.jsonl", run.stage(), run.rejects());
    manifest_.record_stop(run.stage(), error.what(), options_.limit);
  }

  void say(const std::string& stage, const std::vector<Warning>& warnings) {
    for (const Warning& warning : warnings) log_.warning(fmt::format("{}: {}", stage, warning.message));
  }

  void report(const std::string& stage, StageRun& run, const EngineCounts& counts) {
    say_counts(log_, run, counts);
    say(stage, run.warnings());
    if (counts.cut_at_length > 0) {
      log_.warning(fmt::format("{}: {} replies were cut at max_tokens and are used as they are", stage,
                               counts.cut_at_length));
    }
    if (!run.rejects().empty()) {
      log_.warning(fmt::format("{}: {} rejected, the first: {}: {} (all in {})", stage,
                               counted(run.rejects().size(), "record"), run.rejects()[0].subject.text(),
                               run.rejects()[0].describe(), (directory_.path() / "rejects.jsonl").string()));
    }
  }

  const RunConfig& config_;
  const PipelineOptions& options_;
  Log& log_;
  RunDirectory directory_;
  Artifacts artifacts_;
  Manifest manifest_;
  Prompts prompts_;
  Engine engine_;
  PipelineResult result_;
};

}  // namespace

PipelineResult run_pipeline(const std::vector<std::string>& targets, const RunConfig& config,
                            const ConfigDocument::Environment& environment, const PipelineOptions& options,
                            Log& log) {
  return Pipeline(config, environment, options, log).run(targets);
}

PipelineResult run_on_files(const std::string& stage_name, const RunConfig& config,
                            const ConfigDocument::Environment& environment, const Artifacts& artifacts,
                            const PipelineOptions& options, Log& log) {
  const std::vector<Stage> stages = all_stages();
  const Stage& stage = stage_named(stages, stage_name);
  artifacts.check(stage.name, stage.inputs(config), stage.outputs(config));
  if (options.dry_run) {
    log.info(fmt::format("{}: would run on the named files", stage.name));
    return {};
  }
  const Prompts prompts(config.prompts);
  // Calls on named files belong to no run directory: the budget then holds for all of them in one store.
  Engine engine = make_engine(config, environment, options, "", log);
  StageRun run(stage.name, stage.outputs(config).front(), config, prompts, engine, log, artifacts,
               options.limit);
  require_models(stage, config, engine);
  if (!options.replay) require_bounded_replies(stage, config);
  try {
    stage.run(run);
  } catch (const RunError&) {
    reject_unfinished(run, engine);
    if (options.rejects && !run.rejects().empty())
      update_rejects_file(*options.rejects, stage.name, run.rejects());
    throw;
  }
  for (const Warning& warning : run.warnings())
    log.warning(fmt::format("{}: {}", stage.name, warning.message));
  if (options.rejects) {
    update_rejects_file(*options.rejects, stage.name, run.rejects());
  } else {
    for (const Reject& reject : run.rejects())
      log.warning(fmt::format("rejected {}: {}", reject.subject.text(), reject.describe()));
  }
  (void)run.commit();
  say_counts(log, run, engine.take_counts());
  return {1, run.rejects().size()};
}

}  // namespace recon
