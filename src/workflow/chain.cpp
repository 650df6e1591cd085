#include "chain.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/model/price.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {
namespace {

/// How a section of the config samples, by the key that names its model; a section may ask in two ways.
std::vector<SamplingOverride> samplings_of(const RunConfig& config, const std::string& key) {
  if (key == "synthesize.model") return {config.synthesize.sampling, config.synthesize.baseline};
  if (key == "reconstruct.model") return {config.reconstruct.sampling};
  if (key == "judge.model") return {config.judge.sampling};
  if (key == "generate.model") return {config.generate.sampling};
  if (key == "evaluate.model") return {config.evaluate.sampling};
  return {SamplingOverride{}};
}

}  // namespace

const Stage& stage_named(const std::vector<Stage>& stages, const std::string& name) {
  const auto found =
      std::find_if(stages.begin(), stages.end(), [&](const Stage& stage) { return stage.name == name; });
  if (found != stages.end()) return *found;
  std::vector<std::string> known;
  known.reserve(stages.size());
  for (const Stage& stage : stages) known.push_back(stage.name);
  const auto nearest = nearest_word(name, known);
  throw UsageError(fmt::format("there is no stage '{}'{}; there are {}", name,
                               nearest ? fmt::format(" (did you mean '{}'?)", *nearest) : "",
                               fmt::join(known, ", ")));
}

std::vector<std::string> with_prerequisites(const std::vector<Stage>& stages,
                                            const std::vector<std::string>& targets,
                                            const RunConfig& config) {
  std::vector<std::string> needed = targets;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (const std::string& input : stage_named(stages, needed[i]).inputs(config)) {
      for (const Stage& stage : stages) {
        const std::vector<std::string> outputs = stage.outputs(config);
        const bool makes_it = std::find(outputs.begin(), outputs.end(), input) != outputs.end();
        if (makes_it && std::find(needed.begin(), needed.end(), stage.name) == needed.end())
          needed.push_back(stage.name);
      }
    }
  }
  return needed;
}

void require_models(const Stage& stage, const RunConfig& config, Engine& engine) {
  for (const StageModel& model : stage.models(config)) engine.require(model.name, model.key, model.use);
}

void require_prices(const Stage& stage, const RunConfig& config) {
  if (!config.budget.usd) return;
  for (const StageModel& asked : stage.models(config)) {
    const ModelConfig& model = config.model(asked.name, asked.key);
    if (model.provider == "openai" && !model.has_price)
      throw UsageError(fmt::format("budget_usd: model '{}' has no price", asked.name));
  }
}

void require_bounded_replies(const Stage& stage, const RunConfig& config) {
  if (!config.budget.any()) return;
  for (const StageModel& asked : stage.models(config)) {
    const ModelConfig& model = config.model(asked.name, asked.key);
    const bool is_free_of_charge = !config.budget.tokens && costs_nothing(model);
    if (asked.use != ModelUse::chat || is_free_of_charge) continue;
    const std::vector<SamplingOverride> samplings = samplings_of(config, asked.key);
    const bool bounded =
        std::all_of(samplings.begin(), samplings.end(), [&](const SamplingOverride& sampling) {
          ChatRequest request;
          request.sampling = sampling.over(model.sampling);
          request.extra_body = model.extra_body;
          return most_usage(request, 1, model).has_value();
        });
    if (bounded) continue;
    throw UsageError(
        fmt::format("config key '{}': {} needs to know how long a reply of model '{}' can get; set "
                    "max_tokens in models.{} "
                    "or in {}, or the model's context_window",
                    asked.key, config.budget.usd ? "budget_usd" : "budget_tokens", asked.name, asked.name,
                    asked.key.substr(0, asked.key.find('.'))));
  }
}

StageState state_of(const Stage& stage, const RunConfig& config, const Prompts& prompts, Engine& engine,
                    std::optional<std::size_t> limit, const Artifacts& artifacts, const RunDirectory& made) {
  StageState state;
  state.fingerprint = stage.fingerprint(config, prompts, engine);
  // Every stage draws or asks by the seed: it is part of every question's key.
  state.fingerprint["seed"] = config.seed;
  // A look at a sample of the test pairs leaves its mark on everything made from it.
  if (limit && stage.name != "ingest") state.fingerprint["limit"] = *limit;
  if (stage.source_digest) state.source = stage.source_digest(config);
  for (const std::string& artifact : stage.inputs(config)) state.inputs[artifact] = artifacts.input(artifact);
  for (const std::string& artifact : stage.outputs(config))
    state.outputs[artifact] = made.file(file_name_of(artifact));
  if (stage.gathers_warnings) {
    const std::vector<Stage> stages = all_stages();
    const std::vector<std::string> needed = with_prerequisites(stages, {stage.name}, config);
    for (const Stage& earlier : stages) {
      const bool is_needed = std::find(needed.begin(), needed.end(), earlier.name) != needed.end();
      if (is_needed && earlier.name != stage.name) state.warned_by.push_back(earlier.name);
    }
  }
  return state;
}

std::filesystem::path store_path(const RunConfig& config, const PipelineOptions& options) {
  if (options.store) return *options.store;
  return config.store.value_or(config.run_dir / "responses.sqlite");
}

std::unique_ptr<ResponseStore> open_store(const RunConfig& config, const PipelineOptions& options) {
  return std::make_unique<ResponseStore>(store_path(config, options), options.replay,
                                         store_journal_from(config.store_journal));
}

std::unique_ptr<ResponseStore> open_store_if_there(const RunConfig& config, const PipelineOptions& options) {
  const std::filesystem::path path = store_path(config, options);
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  if (error) throw RunError(fmt::format("{}: can't be looked at: {}", path.string(), error.message()));
  return there ? std::make_unique<ResponseStore>(path, true) : nullptr;
}

}  // namespace recon
