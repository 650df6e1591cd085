#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/stages/run_config.hpp"
#include "recon/store/question_key.hpp"
#include "recon/store/store.hpp"
#include "recon/workflow/pipeline.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// A question of one pair as the config asks it now, and how it differs from what was asked before.
struct ExplainedQuestion {
  std::string stage;
  Subject subject;  ///< of its task
  std::string purpose;
  std::string model;
  int samples = 1;
  bool computed = false;     ///< by an embedder that needs no model: never stored
  int stored = 0;            ///< usable answers
  bool settled = false;      ///< the store decides it: nothing would be asked
  std::string refused;       ///< why it is not asked: beyond the model's window; empty where it fits
  bool provisional = false;  ///< its stage's inputs hold placeholders: what is refused may fit, and otherwise
  std::string last_answer;   ///< when the last answer came; empty where none did
  /// What differs from the nearest earlier question of the same kind, in words; empty where there is none.
  std::vector<std::string> differences;
  std::string before;      ///< when that one was answered last; empty where it never was
  std::size_t others = 0;  ///< earlier questions of the same kind, asked otherwise
};

struct ExplainedStage {
  std::string stage;
  std::optional<std::string> stale;  ///< why it would run
  bool asks = false;                 ///< whether the stage asks a model anything at all
  std::vector<ExplainedQuestion> questions;
  /// Earlier stages that would ask models first: the questions hold placeholders for what they will answer.
  std::vector<std::string> waits_for;
  std::string problem;  ///< why its questions could not be made; empty where they could
};

/// What every question about a pair is, whether the store has it, and which part of the request changed since
/// it was asked before. Asks nothing, changes nothing. `stage` narrows it down. Throws RunError for an
/// unknown pair, naming the nearest ids.
[[nodiscard]] std::vector<ExplainedStage> explain_questions(const std::string& pair,
                                                            const std::optional<std::string>& stage,
                                                            const RunConfig& config,
                                                            const ConfigDocument::Environment& environment,
                                                            const PipelineOptions& options);

/// The parts in which two questions differ, in words.
[[nodiscard]] std::vector<std::string> differences_of(const StoredQuestion& before, const QuestionKey& now);

/// Throws RunError with the nearest ids where `pairs` (pairs.jsonl) does not hold one of this id.
void require_pair(const std::filesystem::path& pairs, const std::string& pair);

}  // namespace recon
