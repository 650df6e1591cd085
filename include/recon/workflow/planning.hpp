#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/log.hpp"
#include "recon/engine/budget.hpp"
#include "recon/stages/run_config.hpp"
#include "recon/store/store.hpp"
#include "recon/workflow/pipeline.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// What asking the questions of a plan takes.
struct PlannedAmount {
  std::size_t calls = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t reply_tokens = 0;
  double usd = 0;
  PlannedAmount& operator+=(const PlannedAmount& other);
};

/// What a stage wants of one model.
struct PlannedModel {
  std::string model;          ///< name in `models:`
  bool local = false;         ///< runs in this program: costs nothing
  bool priced = false;        ///< false: `usd` is not known
  std::size_t questions = 0;  ///< all of them; the others are parts of it
  std::size_t computed = 0;   ///< by an embedder that needs no model
  std::size_t stored = 0;     ///< that the store decides
  std::size_t repeated = 0;   ///< equal to another one of the plan
  std::size_t refused = 0;    ///< beyond the model's context window: never asked
  std::size_t to_ask = 0;
  std::string refusal;  ///< why the first one is refused; empty where none is
  /// The refused prompts may hold placeholders, and turn out shorter or longer.
  bool refusal_provisional = false;
  PlannedAmount expected;
  PlannedAmount worst;  ///< unusable replies asked again are not in it
};

struct PlannedStage {
  std::string stage;
  std::optional<std::string> reason;  ///< why it would run; nullopt: up to date
  std::size_t records = 0;
  std::vector<PlannedModel> models;
};

/// Prompt tokens, by what saves them. `all` is the sum of the four after it.
struct PromptTokens {
  std::int64_t all = 0;       ///< if every sample of every question were a call of its own
  std::int64_t stored = 0;    ///< of answers that are in the store
  std::int64_t repeated = 0;  ///< of questions equal to another one
  std::int64_t several = 0;   ///< of samples that go out in one request (`n`)
  std::int64_t sent = 0;      ///< what remains
  std::int64_t shared = 0;    ///< of `sent`: the beginning that a prompt shares with the one before it
};

struct Plan {
  std::vector<PlannedStage> stages;
  PromptTokens tokens;
  PlannedAmount expected;
  PlannedAmount worst;
  BudgetLimits budget;
  Spent spent;  ///< of the budget, by this run so far
  /// Models whose replies nothing bounds, and what was taken as the longest.
  std::map<std::string, std::int64_t> guessed;
  /// Why a run would not begin under the budget; empty where it would.
  std::string refused;
  [[nodiscard]] bool all_priced() const;
};

/// What the targets, and the stages that they need, would ask and cost. The stages run beside the run
/// directory; no connection is opened, and files, manifest and store stay as they are. `longest` case:
/// prompts by the project's token rule and a quarter more, replies as long as they can get, one sample a
/// call.
[[nodiscard]] Plan make_plan(const std::vector<std::string>& targets, const RunConfig& config,
                             const ConfigDocument::Environment& environment, const PipelineOptions& options,
                             Log& log);

}  // namespace recon
