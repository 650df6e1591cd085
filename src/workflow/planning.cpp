#include "recon/workflow/planning.hpp"

#include "recon/core/error.hpp"
#include "recon/core/visit.hpp"
#include "recon/stages/artifacts.hpp"
#include "recon/stages/examples.hpp"
#include "recon/stages/stage_list.hpp"
#include "recon/workflow/rehearsal.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "chain.hpp"
#include "made_up.hpp"
#include "plan_tally.hpp"
#include "unknown_choices.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// Made-up embeddings were begun with another width than stored ones have.
struct WrongWidth {
  std::size_t right = 0;
};

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The chain as it would run with replies of one length.
class Case {
 public:
  Case(ReplyLength length, const RunConfig& config, const ConfigDocument::Environment& environment,
       const PipelineOptions& options, const ResponseStore* store)
      : config_(config),
        asked_(config),
        store_(store),
        answers_(length, config, store,
                 [this](const std::string& model) { return rehearsal_->engine().identity(model); }),
        tally_(length, config, answers_) {
    Engine::Settings settings;
    settings.make_up = [this](const Question& question, int sample) {
      ++made_;
      made_for_.insert(pair_);
      return answers_.answer(question, sample);
    };
    settings.observer = [this](const QuestionEvent& met) {
      fit_to_stored(met);
      answers_.learn(met);
      meet(met);
    };
    rehearsal_.emplace(config, asked_, environment, options, std::move(settings), log_);
  }

  Rehearsal::Result run(const Stage& stage) {
    try {
      Rehearsal::Result result = attempt(stage);
      return answers_.learned_late() ? attempt(stage) : result;
    } catch (const WrongWidth& width) {
      answers_.set_dimensions(width.right);
      return attempt(stage);
    }
  }

  using Chosen = std::function<bool(const QuestionEvent&)>;
  /// Names the questions whose texts made-up answers chose among others: that such a question is stored, or
  /// equals another one, says nothing of a run.
  void distrust(Chosen chosen) { chosen_ = std::move(chosen); }

  /// Whether what does not fit into a model's window is refused. Prompts that hold made-up answers may turn
  /// out shorter than they are here, and be asked.
  void refuse_beyond_windows(bool refuse) {
    for (auto& [name, model] : asked_.models)
      model.context_window = refuse ? config_.models.at(name).context_window : 0;
  }

  [[nodiscard]] Rehearsal& rehearsal() { return *rehearsal_; }
  [[nodiscard]] PlanTally& tally() { return tally_; }
  /// The config that the stages see.
  [[nodiscard]] RunConfig& asked() { return asked_; }
  [[nodiscard]] const MadeUpAnswers& answers() const { return answers_; }
  /// Answers made up for the stage that ran last.
  [[nodiscard]] std::size_t made() const { return made_; }
  /// The records that they were made up for.
  [[nodiscard]] const std::unordered_set<std::string>& made_for() const { return made_for_; }
  /// Made-up actions for those that were stored, though a run may ask for others; by method and pair.
  [[nodiscard]] const std::map<std::string, TextsByPair>& doubted() const { return doubted_; }

 private:
  Log log_{LogLevel::silent, LogFormat::text};  ///< what stages say is about a run that does not happen
  const RunConfig& config_;
  RunConfig asked_;
  const ResponseStore* store_;
  MadeUpAnswers answers_;
  PlanTally tally_;
  std::string pair_;  ///< of the question met last
  Chosen chosen_;
  std::map<std::string, TextsByPair> doubted_;  ///< by method
  std::size_t made_ = 0;
  std::unordered_set<std::string> made_for_;
  bool width_is_stored_ = false;
  std::optional<Rehearsal> rehearsal_;

  Rehearsal::Result attempt(const Stage& stage) {
    made_ = 0;
    made_for_.clear();
    pair_.clear();
    doubted_.clear();
    answers_.start_stage();
    tally_.start_stage();
    Rehearsal::Result result = rehearsal_->run(stage);
    // What a first attempt counted is forgotten by the second.
    if (!answers_.learned_late()) tally_.end_stage();
    return result;
  }

  void meet(const QuestionEvent& met) {
    pair_ = met.task.pair.str();
    const bool doubted = chosen_ && chosen_(met);
    if (doubted && met.stored > 0 && met.question.purpose == "generate")
      doubted_[met.question.subject.method][pair_] = plain_text_of(answers_.answer(met.question, 0));
    tally_.meet(met, !doubted);
  }

  void fit_to_stored(const QuestionEvent& met) {
    const bool embeds = match(
        met.question.request, [](const ChatRequest&) { return false; },
        [](const ScoreRequest&) { return false; }, [](const EmbedRequest&) { return true; });
    const bool tells = embeds && !width_is_stored_ && met.stored > 0 && store_ != nullptr;
    if (!tells) return;
    for (const StoredAnswer& stored : store_->answers(met.digest)) {
      const std::size_t width = match(
          stored.answer, [](const ChatAnswer&) { return std::size_t{0}; },
          [](const ScoreAnswer&) { return std::size_t{0}; },
          [](const EmbedAnswer& embedding) { return embedding.vector.size(); });
      if (width == 0) return;
      width_is_stored_ = true;
      if (width == answers_.dimensions()) return;
      if (made_ > 0) throw WrongWidth{width};
      answers_.set_dimensions(width);
      return;
    }
  }
};

class Planner {
 public:
  Planner(const RunConfig& config, const ConfigDocument::Environment& environment,
          const PipelineOptions& options, Log& log)
      : config_(config),
        options_(options),
        log_(log),
        store_(open_store_if_there(config, options)),
        expected_(ReplyLength::expected, config, environment, options, store_.get()),
        worst_(ReplyLength::longest, config, environment, options, store_.get()) {
    worst_.distrust([this](const QuestionEvent& met) { return shows_what_was_chosen(met); });
  }

  Plan run(const std::vector<std::string>& targets) {
    const std::vector<Stage> stages = all_stages();
    const std::vector<std::string> needed =
        options_.only ? targets : with_prerequisites(stages, targets, config_);
    for (const Stage& stage : stages) {
      if (contains(needed, stage.name)) consider(stage, options_.force && contains(targets, stage.name));
    }
    plan_.tokens = expected_.tally().tokens();
    plan_.budget = config_.budget;
    const std::string run_id = expected_.rehearsal().run_id();
    if (store_ && !run_id.empty()) plan_.spent = store_->spent(run_id);
    plan_.guessed = worst_.answers().guessed();
    return std::move(plan_);
  }

 private:
  const RunConfig& config_;
  const PipelineOptions& options_;
  Log& log_;
  std::unique_ptr<ResponseStore> store_;
  Case expected_;
  Case worst_;
  Plan plan_;
  Prompts prompts_{config_.prompts};
  std::set<std::string> uncertain_;  ///< artifacts that hold made-up answers, or might hold others
  std::set<std::string> chosen_;     ///< artifacts for which made-up answers chose among what is there
  UnknownJudgments unknown_judgments_;
  std::optional<UnknownNeighbors> unknown_neighbors_;  ///< once retrieve was rehearsed on made-up embeddings

  void consider(const Stage& stage, bool forced) {
    PlannedStage planned;
    planned.stage = stage.name;
    planned.reason = expected_.rehearsal().why_stale(stage);
    if (!planned.reason && forced) planned.reason = "--force";
    if (planned.reason) {
      rehearse(stage, planned);
      if (plan_.refused.empty()) plan_.refused = why_over_budget(stage);
    }
    plan_.stages.push_back(std::move(planned));
  }

  /// What `run` says of a stage whose models' costs a budget can't bound.
  [[nodiscard]] std::string why_over_budget(const Stage& stage) const {
    try {
      require_prices(stage, config_);
      require_bounded_replies(stage, config_);
    } catch (const UsageError& problem) {
      return problem.what();
    }
    return {};
  }

  void rehearse(const Stage& stage, PlannedStage& planned) {
    log_.verbose(fmt::format("plan: {} ({})", stage.name, *planned.reason));
    if (stage.name == "ingest")
      log_.info("plan: the source is read into a temporary folder, since ingest is not up to date");
    planned.records = expected_.run(stage).counts.records;
    planned.models = expected_.tally().models();
    for (PlannedModel& model : planned.models)
      model.refusal_provisional = model.refused > 0 && !is_certain(stage.inputs(config_));
    if (expected_.made() == 0 && is_certain(stage.inputs(config_))) {
      worst_.rehearsal().take_outputs(stage, expected_.rehearsal());
    } else {
      for (const std::string& artifact : stage.outputs(config_)) uncertain_.insert(artifact);
      rehearse_worst(stage, planned);
    }
    for (const PlannedModel& model : planned.models) {
      plan_.expected += model.expected;
      plan_.worst += model.worst;
    }
  }

  /// Whether these hold what they will hold in a run, however long replies get.
  [[nodiscard]] bool is_certain(const std::vector<std::string>& artifacts) const {
    return std::none_of(artifacts.begin(), artifacts.end(),
                        [&](const std::string& artifact) { return uncertain_.contains(artifact); });
  }

  /// Whether made-up answers chose the texts that a question shows: others may be chosen in a run, and be
  /// asked about anew. A text that is made up itself equals no stored one.
  [[nodiscard]] bool shows_what_was_chosen(const QuestionEvent& met) const {
    const std::string& purpose = met.question.purpose;
    const std::string& method = met.question.subject.method;
    if (method.empty()) return false;
    if (purpose == "evaluate" && !config_.evaluate.likelihood())
      return chosen_.contains(actions_of(method)) || chosen_.contains(actions_of(config_.evaluate.baseline));
    return chosen_.contains(traces_of(method)) || (purpose != "leak" && chosen_.contains("neighbors"));
  }

  void rehearse_worst(const Stage& stage, PlannedStage& planned) {
    const std::vector<std::string> inputs = stage.inputs(worst_.asked());
    worst_.refuse_beyond_windows(is_certain(inputs));
    const bool shows_unknown = unknown_neighbors_ && contains(inputs, "neighbors");
    if (shows_unknown) {
      unknown_neighbors_->write_dearest(worst_.rehearsal().scratch("neighbors"), prompts_,
                                        config_.retrieve.k);
      worst_.tally().count_only([](const Question& asked) { return asked.purpose != "leak"; });
    }
    (void)worst_.run(stage);
    add_worst(planned);
    if (shows_unknown && stage.name == "evaluate" && config_.evaluate.leak) add_leak(stage, planned);
    worst_.tally().count_only(nullptr);
    if (contains(stage.outputs(config_), "neighbors") && worst_.made() > 0) bound_scope();
    bound_choices(stage);
    if (stage.name == "generate") mark_actions();
  }

  /// The examples that take the most tokens are few, but the leak is measured once for each pair that is an
  /// example at all: the most are asked about where every pair is somebody's.
  void add_leak(const Stage& stage, PlannedStage& planned) {
    worst_.asked().retrieve.k = unknown_neighbors_->needed_for_all();
    unknown_neighbors_->write_spread(worst_.rehearsal().scratch("neighbors"), worst_.asked().retrieve.k);
    worst_.tally().count_only([](const Question& asked) { return asked.purpose == "leak"; });
    (void)worst_.run(stage);
    add_worst(planned);
    worst_.asked().retrieve.k = config_.retrieve.k;
  }

  /// What made-up embeddings retrieve says nothing of what real ones will: from here on the worst case is
  /// about the dearest pairs that can be retrieved.
  void bound_scope() {
    unknown_neighbors_.emplace(config_, options_.limit, [this](const std::string& artifact) {
      return worst_.rehearsal().input(artifact);
    });
    chosen_.insert("neighbors");
    worst_.tally().bound_scope(unknown_neighbors_->bound());
    worst_.asked().synthesize.scope = "all";
  }

  /// Made-up judgments are all alike: what they choose says nothing of what a judge will choose.
  void bound_choices(const Stage& stage) {
    if (stage.name == "synthesize") unknown_judgments_.of_made_up = worst_.made_for();
    if (stage.name == "judge") unknown_judgments_.pairs = worst_.made_for();
    if (stage.name != "select" || unknown_judgments_.pairs.empty()) return;
    chosen_.insert(traces_of("recon-select"));
    write_longest_choices(worst_.rehearsal().input("candidates"),
                          worst_.rehearsal().scratch(traces_of("recon-select")), unknown_judgments_,
                          config_.select.max_copied);
  }

  /// What is generated from examples that made-up answers chose is as uncertain as these.
  void mark_actions() {
    for (const std::string& method : compared_methods(config_)) {
      if (chosen_.contains("neighbors") || chosen_.contains(traces_of(method)))
        chosen_.insert(actions_of(method));
    }
    for (const auto& [method, texts] : worst_.doubted()) {
      replace_actions(worst_.rehearsal().scratch(actions_of(method)), texts);
    }
    // Equal texts are not asked about; where made-up answers chose the examples, they say nothing of that.
    for (const std::string& method : compared_methods(config_)) {
      if (chosen_.contains(actions_of(method)))
        mark_actions_of(worst_.rehearsal().scratch(actions_of(method)), method);
    }
  }

  void add_worst(PlannedStage& planned) {
    for (const PlannedModel& worst : worst_.tally().models()) {
      const auto same = std::find_if(planned.models.begin(), planned.models.end(),
                                     [&](const PlannedModel& model) { return model.model == worst.model; });
      if (same == planned.models.end()) {
        planned.models.push_back(worst);
      } else {
        same->worst += worst.worst;
      }
    }
  }
};

}  // namespace

PlannedAmount& PlannedAmount::operator+=(const PlannedAmount& other) {
  calls += other.calls;
  prompt_tokens += other.prompt_tokens;
  reply_tokens += other.reply_tokens;
  usd += other.usd;
  return *this;
}

bool Plan::all_priced() const {
  for (const PlannedStage& stage : stages) {
    for (const PlannedModel& model : stage.models) {
      if (!model.priced && model.worst.calls > 0) return false;
    }
  }
  return true;
}

Plan make_plan(const std::vector<std::string>& targets, const RunConfig& config,
               const ConfigDocument::Environment& environment, const PipelineOptions& options, Log& log) {
  return Planner(config, environment, options, log).run(targets);
}

}  // namespace recon
