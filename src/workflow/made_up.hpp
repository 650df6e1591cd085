#pragma once

#include "recon/engine/engine.hpp"
#include "recon/stages/run_config.hpp"
#include "recon/store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace recon {

/// How long replies are taken to be.
enum class ReplyLength {
  expected,  ///< as stored replies to such questions were; else half of `max_tokens`; else 256 tokens
  longest    ///< `max_tokens`, else the context window, else 1024 tokens or the mean of stored replies where
             ///< that is more
};

/// Answers that stand for those that no model has given yet, so that the prompts of later stages can be
/// rendered. They are as long as real ones are expected to be, or as long as they can get, and differ between
/// questions and samples, so that no two later prompts become equal by chance.
class MadeUpAnswers {
 public:
  /// `store` may be null; it tells how long replies were. `identity` gives a model's in the store's keys.
  MadeUpAnswers(ReplyLength length, const RunConfig& config, const ResponseStore* store,
                std::function<std::string(const std::string& model)> identity)
      : length_(length), config_(config), store_(store), identity_(std::move(identity)) {}

  [[nodiscard]] Answer answer(const Question& question, int sample);
  /// Lets made-up texts become as long as the stored texts of such questions are: what a model thought is
  /// charged for, but no later prompt shows it. To be called for every question of a stage.
  void learn(const QuestionEvent& met);
  /// Begins with a stage, or with another attempt at it: what was learned of its texts stays as it is.
  void start_stage();
  /// Whether texts were made up before the stage's stored ones told how long they are: at a second attempt
  /// that is known from the start, whatever the order of the records.
  [[nodiscard]] bool learned_late() const { return learned_late_; }
  /// Tokens that one reply is charged for.
  [[nodiscard]] std::int64_t reply_tokens(const Question& question);

  /// Embeddings made up must fit to stored ones: what these have.
  void set_dimensions(std::size_t dimensions) { dimensions_ = dimensions; }
  [[nodiscard]] std::size_t dimensions() const { return dimensions_; }
  [[nodiscard]] std::size_t embeddings_made() const { return embeddings_made_; }
  /// Models whose replies nothing bounds, so that the longest is a guess.
  [[nodiscard]] const std::map<std::string, std::int64_t>& guessed() const { return guessed_; }

 private:
  ReplyLength length_;
  const RunConfig& config_;
  const ResponseStore* store_;
  std::function<std::string(const std::string& model)> identity_;
  std::size_t dimensions_ = 64;
  std::size_t embeddings_made_ = 0;
  std::map<std::pair<std::string, std::string>, std::optional<double>> means_;  ///< by model and purpose
  std::map<std::string, std::int64_t> guessed_;
  struct Texts {
    std::int64_t count = 0;
    std::int64_t tokens = 0;
    bool made_up = false;  ///< some were, in this stage
    bool settled = false;  ///< nothing more is learned
  };
  std::map<std::pair<std::string, std::string>, Texts> texts_;  ///< by model and purpose
  bool learned_late_ = false;

  [[nodiscard]] std::int64_t text_tokens(const Question& question);
  [[nodiscard]] std::int64_t chat_tokens(const Question& question, const ChatRequest& chat);
  [[nodiscard]] std::int64_t longest(const Question& question, const ChatRequest& chat);
  [[nodiscard]] std::optional<double> mean_of(const Question& question);
};

}  // namespace recon
