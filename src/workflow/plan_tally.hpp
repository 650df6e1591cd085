#pragma once

#include "recon/engine/engine.hpp"
#include "recon/workflow/planning.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "made_up.hpp"

namespace recon {

/// How many train pairs a run can be about whose neighbours nobody knows yet.
struct ScopeBound {
  std::unordered_map<std::string, std::size_t> most;  ///< train pairs, by user
  std::unordered_set<std::string> tests;              ///< ids of test pairs: all of them are in scope
  bool examples_alone = false;  ///< traces are made for all train pairs; only the examples' number is bounded
  [[nodiscard]] bool concerns(const QuestionEvent& met) const;
};

/// Counts what one rehearsed stage would ask.
class PlanTally {
 public:
  PlanTally(ReplyLength length, const RunConfig& config, MadeUpAnswers& answers)
      : length_(length), config_(config), answers_(answers) {}

  /// Begins with a stage; what an earlier attempt at the same stage counted is forgotten.
  void start_stage();
  void end_stage();
  /// `trusts_equals`: that it is stored, or equal to another one, will be so in a run: not where made-up
  /// answers chose the texts that it shows.
  void meet(const QuestionEvent& met, bool trusts_equals = true);
  /// From now on stages are rehearsed on all train pairs; the dearest that the scope can hold are counted.
  /// For the longest case alone.
  void bound_scope(ScopeBound bound) { bound_ = std::move(bound); }
  /// Questions of which it says no are left out; null: none.
  void count_only(std::function<bool(const Question&)> counts) { counts_ = std::move(counts); }

  [[nodiscard]] const std::vector<PlannedModel>& models() const { return models_; }
  [[nodiscard]] const PromptTokens& tokens() const { return tokens_; }

 private:
  ReplyLength length_;
  const RunConfig& config_;
  MadeUpAnswers& answers_;
  std::vector<PlannedModel> models_;
  PromptTokens tokens_;
  PromptTokens tokens_before_;
  std::unordered_map<Digest, int, DigestHash> samples_;  ///< of the questions to be asked
  std::vector<Digest> new_questions_;
  std::unordered_map<std::string, std::vector<Message>> last_sent_;  ///< by model
  std::optional<ScopeBound> bound_;
  std::function<bool(const Question&)> counts_;
  /// What is asked about each train pair, where the scope is bounded; by model, user and pair.
  std::map<std::string, std::map<std::string, std::map<std::string, PlannedAmount>>> in_doubt_;

  PlannedModel& entry_of(const std::string& model);
  int known_samples(const QuestionEvent& met, std::int64_t prompt, bool in_doubt);
  PlannedAmount ask(PlannedModel& entry, const Question& question, std::int64_t prompt, int missing);
  void count_dearest();
  std::int64_t shared_with_last(const Question& question);
};

/// Tokens, by the project's rule, of the beginning that two prompts share.
[[nodiscard]] std::int64_t shared_prompt_tokens(const std::vector<Message>& a, const std::vector<Message>& b);

}  // namespace recon
