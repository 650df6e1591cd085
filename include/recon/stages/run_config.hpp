#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/integer_range.hpp"
#include "recon/engine/budget.hpp"
#include "recon/engine/engine_config.hpp"
#include "recon/model/model_config.hpp"
#include "recon/records/context.hpp"
#include "recon/sources/ingest_config.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// `retrieve:`
struct RetrieveConfig {
  std::string model;  ///< an embedder
  std::uint64_t k = 8;
};

/// `synthesize:`
struct SynthesizeConfig {
  std::string model;
  std::string scope = "retrieved";  ///< retrieved | all
  int candidates = 4;
  std::optional<IntegerRange> words = IntegerRange{80, 150};  ///< asked for in a trace; none = not said
  SamplingOverride sampling;  ///< of the candidates; temperature 1.0 unless set
  SamplingOverride baseline;  ///< of Backward Synthesis; temperature 0.6, top_p 0.95 unless set
};

/// `reconstruct:`
struct ReconstructConfig {
  std::string model;
  SamplingOverride sampling;
};

/// `judge:`
struct JudgeConfig {
  std::string model;           ///< of the scorer `llm`; the scorer `likelihood` uses the reconstruct model
  std::string scorer = "llm";  ///< llm | likelihood
  bool explain = false;        ///< with `llm`: replies begin with a reason
  SamplingOverride sampling;
  [[nodiscard]] bool likelihood() const { return scorer == "likelihood"; }
};

/// `select:`
struct SelectConfig {
  std::optional<double> max_copied;  ///< resolved: 0.3 with the likelihood scorer unless set, off with `llm`
};

/// `generate:`
struct GenerateConfig {
  std::string model;
  std::vector<std::string> methods = {"backward", "recon-select"};
  std::uint64_t example_context_tokens = 2048;
  SamplingOverride sampling;
};

/// `evaluate:`
struct EvaluateConfig {
  std::string model;  ///< of the metric `judge`; the metric `likelihood` uses the generate model
  std::string baseline = "backward";
  std::string metric = "judge";  ///< judge | likelihood
  bool explain = false;          ///< with `judge`: replies begin with a reason
  bool leak = true;  ///< with the likelihood metric: also how much the traces give the action away
  SamplingOverride sampling;
  [[nodiscard]] bool likelihood() const { return metric == "likelihood"; }
};

/// The whole config of a run (DESIGN section 4). Sections that a command does not use may be missing; what a
/// stage needs is checked when it is about to run.
struct RunConfig {
  std::filesystem::path run_dir;
  std::optional<std::filesystem::path> store;  ///< default: responses.sqlite in the run directory
  std::string store_journal = "auto";          ///< auto | wal | rollback
  BudgetLimits budget;                         ///< of the whole run, over all its calls
  std::uint64_t seed = 42;
  std::optional<SourceConfig> source;
  std::vector<UserConfig> users;
  SplitConfig split;
  std::uint64_t context_tokens = 4096;
  std::optional<bool> context_keep_first;  ///< absent = as the domain has it (context_budget)
  bool mask_user = false;                  ///< ingest hides the user's name in contexts
  std::map<std::string, std::filesystem::path> prompts;
  std::map<std::string, ModelConfig> models;
  RetrieveConfig retrieve;
  SynthesizeConfig synthesize;
  ReconstructConfig reconstruct;
  JudgeConfig judge;
  SelectConfig select;
  GenerateConfig generate;
  EvaluateConfig evaluate;
  Json resolved;  ///< the document with its overrides, for the manifest

  /// Throws UsageError. Relative paths stay relative to the working directory.
  [[nodiscard]] static RunConfig read(const ConfigDocument& document);

  /// `split.seed`, by default the run's.
  [[nodiscard]] std::uint64_t split_seed() const { return split.seed.value_or(seed); }
  /// The model that a stage names; `key` ("judge.model") is for the message when it is missing or unknown.
  [[nodiscard]] const ModelConfig& model(const std::string& name, std::string_view key) const;
  /// What the engine needs of it; valid as long as the config.
  [[nodiscard]] EngineConfig engine_config() const { return {models, seed}; }
};

/// How contexts of a domain's pairs are cut where they serve as examples.
[[nodiscard]] ContextBudget example_budget(const RunConfig& config, std::string_view domain);

/// JSON schema of the config, from the same declarations that read it.
[[nodiscard]] Json config_schema();
/// Every key of the config, and what it means for the output.
[[nodiscard]] std::vector<KeyDeclaration> config_keys();

}  // namespace recon
