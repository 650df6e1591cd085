#pragma once

#include "recon/core/log.hpp"
#include "recon/engine/budget.hpp"
#include "recon/engine/engine_config.hpp"
#include "recon/model/provider.hpp"
#include "recon/model/request.hpp"
#include "recon/records/subject.hpp"
#include "recon/records/warning.hpp"
#include "recon/store/store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace recon {

/// What a stage wants to know from a model.
struct Question {
  std::string model;    ///< name in `models:`
  std::string purpose;  ///< part of the store's key
  Request request;
  int samples = 1;
  /// Why a reply can't be used, or nullopt. Unusable replies are stored under their own index and asked
  /// again.
  std::function<std::optional<std::string>(const Answer&)> unusable;
  /// A reply in the right form, for planning; empty where any text will do.
  std::string sample_reply = {};
  /// How many candidates a listwise judge was shown; 0 for any other question.
  std::size_t candidates_shown = 0;
  /// What the answers are compared as, a method say: cuts at max_tokens are counted by it. May be empty.
  std::string compared_as = {};
  /// What it is about, where that is more than its task's subject says: a method, a candidate.
  Subject subject = {};
};

/// The first usable answers, `samples` of them, or why there are none.
using QuestionResult = std::variant<std::vector<Answer>, Failure>;

/// The questions of one record and what to do with the answers. Both are pure functions of the record and the
/// replies.
struct Task {
  Subject subject;  ///< for messages and, as text, for the store's explanations
  std::vector<Question> questions;
  std::function<void(std::vector<QuestionResult>)> finish;
};

/// What asking cost.
struct EngineCounts {
  std::size_t records = 0;
  std::size_t questions = 0;
  std::size_t calls = 0;          ///< requests sent
  std::size_t from_store = 0;     ///< questions answered by the store alone
  std::size_t failed = 0;         ///< questions without an answer
  std::size_t unusable = 0;       ///< replies that the stage could not use
  std::size_t cut_at_length = 0;  ///< used replies that ended at max_tokens
  std::size_t unreported = 0;     ///< attempts that may have been charged for without a word about tokens
  Usage usage;                    ///< as the servers reported it
  double usd = 0;                 ///< of `usage`
  double usd_assumed = 0;         ///< the most that the unreported attempts can have cost
};

/// How many unusable replies a question may get before it fails.
inline constexpr int most_unusable_replies = 5;

/// A question as the engine meets it, before it is asked; for planning and explaining.
struct QuestionEvent {
  const std::string& stage;
  const Subject& task;  ///< its task's subject
  const Question& question;
  const QuestionKey& key;
  const Digest& digest;
  int stored = 0;         ///< usable answers in the store
  bool settled = false;   ///< the store alone decides it
  bool repeated = false;  ///< equal to one that is on its way
  /// Why it is never asked: it does not fit into the model's window.
  const Failure* refused = nullptr;
};

/// Asks the models for a stage: looks into the store first, keeps as many calls in flight as the provider
/// wants, stores every answer before anything depends on it, and hands the results over in input order.
///
/// One thread runs everything but `next`, which a second one runs ahead, with a store connection of its own
/// (prefetcher.hpp). The engine's thread owns the providers, the store and the queue; a stage's `finish` runs
/// on it and never while another one does. So `next` and `finish` may share only what neither changes, and
/// what a task brings from one to the other.
class Engine {
 public:
  struct Settings {
    bool replay = false;   ///< open no connection; what was never asked is a RunError
    std::string run = {};  ///< the run whose budget is charged
    BudgetLimits budget = {};
    /// Where set, nothing is asked: what the store does not answer gets made-up answers, so that later stages
    /// have something to work on. Nothing is stored then.
    std::function<Answer(const Question&, int sample)> make_up = {};
    /// Sees every question, before it is asked.
    std::function<void(const QuestionEvent&)> observer = {};
    /// Tasks whose subject it refuses are left out. Called on two threads.
    std::function<bool(const Subject& task)> filter = {};
    /// Where set, questions that failed before are asked again only if it says yes to the failure; the others
    /// are rejected again without asking.
    std::function<bool(const Failure&)> retry_policy = {};
    /// Goes on although a model gives nothing usable, or seldom.
    bool keep_going = false;
    /// The clock of the progress line; the real one where empty.
    std::function<std::chrono::steady_clock::time_point()> now = {};
  };
  using MakeProvider = std::function<std::unique_ptr<Provider>(const ModelConfig&)>;
  using OpenStore = std::function<std::unique_ptr<ResponseStore>()>;
  /// `make` builds the provider of a model, `open_store` the store, each when it is first needed. A null
  /// store (while planning) is an empty one.
  Engine(EngineConfig config, OpenStore open_store, MakeProvider make, Log& log, Settings settings);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Works through `next` until it returns nothing; it is called on another thread, ahead of what is worked
  /// on, and not any more when this has returned or thrown. `total` is for the progress line. Throws
  /// Interrupted after a Ctrl-C once what was in flight is stored, RunError when a model fails again and
  /// again without a single answer or gives nothing usable (answer_limits.hpp), and BudgetReached when the
  /// next call could exceed the budget, once what was in flight is stored.
  void run(const std::string& stage, std::size_t total, const std::function<std::optional<Task>()>& next);

  [[nodiscard]] Capabilities capabilities(const std::string& model);
  /// Throws UsageError naming the config key when the model can't be used so. In a replay nothing is asked of
  /// it.
  void require(const std::string& model, std::string_view key, ModelUse use);
  /// `identity:` of the config or the provider's own.
  [[nodiscard]] std::string identity(const std::string& model);
  /// The model's name in records.
  [[nodiscard]] std::string model_name(const std::string& model);

  /// What all calls of the run cost so far, as the store has it; nothing where no store was needed or nothing
  /// could be spent.
  [[nodiscard]] std::optional<Spent> spent() const;
  /// Counts since the last call.
  [[nodiscard]] EngineCounts take_counts();
  /// What the answers used since the last call show together, by model: a stage's warnings.
  [[nodiscard]] std::vector<Warning> take_warnings(const std::string& stage);
  /// After `run` has thrown: questions that failed for records that did not end, in the order of the records.
  struct Unfinished {
    Subject subject;  ///< of its task
    Failure failure;
  };
  [[nodiscard]] std::vector<Unfinished> take_unfinished();

 private:
  struct State;
  std::unique_ptr<State> state_;
  void work_through(Progress& progress);
  void show(Progress& progress, std::size_t& shown) const;
};

}  // namespace recon
