#pragma once

#include "recon/core/digest.hpp"
#include "recon/engine/engine.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace recon {

/// What the store knows a question by. `identity` is the model's.
[[nodiscard]] QuestionKey key_of_question(const Question& question, const std::string& identity,
                                          const EngineConfig& config);
/// The digest of that, without making it.
[[nodiscard]] Digest digest_of_question(const Question& question, const std::string& identity,
                                        const EngineConfig& config);

struct OpenModel;

/// A question that is being answered. Equal questions share one.
struct OpenQuestion {
  Digest digest;
  OpenModel* model = nullptr;  ///< that is asked
  Question question;           ///< with the most samples that any of those who share it want
  std::shared_ptr<RecordClock> clock;
  std::map<int, Answer> answers;  ///< by sample index, usable or not
  int retries = 0;                ///< how often the user asked for further attempts
  std::optional<QuestionResult> result;

  [[nodiscard]] int next_sample() const { return answers.empty() ? 0 : answers.rbegin()->first + 1; }
  [[nodiscard]] int usable() const;
  /// Sets the result when the answers at hand decide it: enough usable ones, or so many unusable ones that
  /// another attempt would waste money.
  void settle();
  /// The failure that the unusable replies so far amount to; nullopt without any.
  [[nodiscard]] std::optional<Failure> failure_so_far() const;
};

/// How a reply ended; `stop` for what is no reply in words.
[[nodiscard]] Finish finish_of(const Answer& answer);
/// Why an answer can't be used by this question, whatever the stage or the model made of it.
[[nodiscard]] std::optional<std::string> why_unusable(const Question& question, const Answer& answer);
/// The kind of failure that a reply which can't be used is; `unusable` for one that may be better next time.
[[nodiscard]] Failure::Kind kind_of_unusable(const Answer& answer);

}  // namespace recon
