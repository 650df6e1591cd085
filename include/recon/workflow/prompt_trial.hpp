#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/log.hpp"
#include "recon/engine/engine.hpp"
#include "recon/prompts/prompts.hpp"
#include "recon/stages/run_config.hpp"
#include "recon/workflow/pipeline.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// A question as a prompt renders it for one pair, and what came back.
struct TriedQuestion {
  Subject subject;    ///< of its task
  std::string label;  ///< tells the questions of one record apart: a method, "candidate 2"; may be empty
  Question question;
  Digest digest;                         ///< its key in the store
  int stored = 0;                        ///< usable answers that are in the store already
  std::int64_t prompt_tokens = 0;        ///< by the project's rule
  std::string refused;                   ///< why it is never asked; empty where it fits the model's window
  std::optional<QuestionResult> result;  ///< absent until asked
  std::size_t unusable = 0;              ///< replies that could not be used
};

/// One prompt on some pairs.
struct PromptTrial {
  std::vector<TriedQuestion> questions;
  EngineCounts asked;  ///< what asking cost now; stored answers cost nothing
};

/// Tries prompts on pairs of a run, outside the run: its files and manifest stay as they are. Answers go into
/// the run's store under the keys that the run itself would use, so that nothing is paid for twice.
class PromptTrials {
 public:
  /// All references must outlive the object.
  PromptTrials(const RunConfig& config, const ConfigDocument::Environment& environment,
               const PipelineOptions& options, Log& log)
      : config_(config), environment_(environment), options_(options), log_(log) {}

  /// The pairs that the prompt's stage asks about, in its order. Throws RunError naming the command that
  /// makes a missing input.
  [[nodiscard]] std::vector<std::string> pairs(PromptName prompt) const;
  /// `count` of them (or all), drawn by the config's seed: the same ones for every template.
  [[nodiscard]] std::vector<std::string> drawn_pairs(PromptName prompt, std::size_t count) const;

  /// Renders a prompt for some pairs; `file` replaces the template of the config. Opens no connection. Throws
  /// RunError for a pair that the stage does not ask about.
  [[nodiscard]] PromptTrial render(PromptName prompt, const std::optional<std::filesystem::path>& file,
                                   const std::vector<std::string>& pairs, int samples) const;
  /// Asks what was rendered; the budget and `--replay` hold as in a run.
  void ask(PromptTrial& trial) const;

 private:
  const RunConfig& config_;
  const ConfigDocument::Environment& environment_;
  const PipelineOptions& options_;
  Log& log_;
};

/// What a template did on the pairs of a comparison.
struct PromptSide {
  std::string name;
  std::size_t questions = 0;
  std::size_t failed = 0;
  std::size_t unusable = 0;        ///< replies
  std::int64_t prompt_tokens = 0;  ///< by the project's rule, as are those of the replies; refused: none
  std::int64_t reply_tokens = 0;
  double usd = 0;                    ///< of these tokens, stored answers too
  double usd_paid = 0;               ///< now
  std::optional<double> mean_score;  ///< listwise judge: overall
  std::optional<double>
      place_correlation;  ///< listwise: of score and place shown, mean over pairs (Spearman)
  /// Share of pairs in which what was shown first came out best; listwise, several best ones share a pair
  /// evenly; pairwise, ties do not count.
  std::optional<double> first_best;
  std::optional<double> words;   ///< a text's, mean
  std::optional<double> copied;  ///< share of the true action that texts copy, mean
};

/// Two templates of one prompt on the same pairs.
struct PromptComparison {
  PromptName prompt = PromptName::judge_listwise;
  std::vector<std::string> pairs;
  PromptSide a, b;
  std::optional<double>
      rank_correlation;  ///< listwise: of the two templates' scores, mean over pairs (Spearman)
  /// Share of questions whose choice (or verdict) is the same. Listwise: the best overall, then by the mean
  /// of the dimensions, then drawn by seed and pair as `select` does, though of all candidates, copying ones
  /// too.
  std::optional<double> equal_choices;
  PromptTrial tried_a, tried_b;
};

/// Renders and asks both; `a` and `b` are files, or nullopt for the template of the config.
[[nodiscard]] PromptComparison compare_prompts(const PromptTrials& trials, const RunConfig& config,
                                               PromptName prompt,
                                               const std::optional<std::filesystem::path>& a,
                                               const std::optional<std::filesystem::path>& b,
                                               const std::vector<std::string>& pairs);

/// Spearman's rank correlation, equal values sharing their ranks; nullopt where one side is constant or
/// shorter than two.
[[nodiscard]] std::optional<double> rank_correlation(const std::vector<double>& a,
                                                     const std::vector<double>& b);

}  // namespace recon
