#pragma once

#include "recon/stages/engine.hpp"
#include "recon/stages/planning.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "made_up.hpp"

namespace recon {

/// Counts what one rehearsed stage would ask.
class PlanTally {
 public:
  PlanTally(ReplyLength length, const RunConfig& config, MadeUpAnswers& answers)
      : length_(length), config_(config), answers_(answers) {}

  /// Begins with a stage; what an earlier attempt at the same stage counted is forgotten.
  void start_stage();
  void end_stage();
  void meet(const MetQuestion& met);

  [[nodiscard]] const std::vector<PlannedModel>& models() const { return models_; }
  /// Questions that the store decides by a failure.
  [[nodiscard]] std::size_t known_failures() const { return known_failures_; }
  [[nodiscard]] const PromptTokens& tokens() const { return tokens_; }

 private:
  ReplyLength length_;
  const RunConfig& config_;
  MadeUpAnswers& answers_;
  std::vector<PlannedModel> models_;
  std::size_t known_failures_ = 0;
  PromptTokens tokens_;
  PromptTokens tokens_before_;
  std::unordered_map<Digest, int, DigestHash> samples_;  ///< of the questions to be asked
  std::vector<Digest> new_questions_;
  std::unordered_map<std::string, std::vector<Message>> last_sent_;  ///< by model

  PlannedModel& entry_of(const std::string& model);
  void ask(PlannedModel& entry, const Question& question, std::int64_t prompt, int missing);
  std::int64_t shared_with_last(const Question& question);
};

/// Tokens, by the project's rule, of the beginning that two prompts share.
[[nodiscard]] std::int64_t shared_prompt_tokens(const std::vector<Message>& a, const std::vector<Message>& b);

}  // namespace recon
