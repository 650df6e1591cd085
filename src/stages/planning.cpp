#include "recon/stages/planning.hpp"

#include "recon/core/error.hpp"
#include "recon/stages/rehearsal.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>
#include <set>

#include "chain.hpp"
#include "made_up.hpp"
#include "plan_tally.hpp"
#include "spread_neighbors.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// Made-up embeddings were begun with another width than stored ones have.
struct WrongWidth {
  std::size_t right = 0;
};

/// Prompts that would be refused are counted as well.
RunConfig without_windows(const RunConfig& config) {
  RunConfig open = config;
  for (auto& [name, model] : open.models) model.context_window = 0;
  return open;
}

/// The chain as it would run with replies of one length.
class Case {
 public:
  Case(ReplyLength length, const RunConfig& config, const ConfigDocument::Environment& environment,
       const PipelineOptions& options, const ResponseStore* store)
      : asked_(length == ReplyLength::longest ? without_windows(config) : config),
        store_(store),
        answers_(length, config, store,
                 [this](const std::string& model) { return rehearsal_->engine().identity(model); }),
        tally_(length, config, answers_) {
    Engine::Settings settings;
    settings.make_up = [this](const Question& question, int sample) {
      ++made_;
      return answers_.answer(question, sample);
    };
    settings.observe = [this](const MetQuestion& met) {
      fit_to_stored(met);
      tally_.meet(met);
    };
    rehearsal_.emplace(config, asked_, environment, options, std::move(settings), log_);
  }

  Rehearsal::Result run(const Stage& stage) {
    try {
      return attempt(stage);
    } catch (const WrongWidth& width) {
      answers_.set_dimensions(width.right);
      return attempt(stage);
    }
  }

  [[nodiscard]] Rehearsal& rehearsal() { return *rehearsal_; }
  [[nodiscard]] const PlanTally& tally() const { return tally_; }
  [[nodiscard]] const MadeUpAnswers& answers() const { return answers_; }
  /// Answers made up for the stage that ran last.
  [[nodiscard]] std::size_t made() const { return made_; }

 private:
  Log log_{LogLevel::silent, LogFormat::text};  ///< what stages say is about a run that does not happen
  RunConfig asked_;
  const ResponseStore* store_;
  MadeUpAnswers answers_;
  PlanTally tally_;
  std::size_t made_ = 0;
  bool width_is_stored_ = false;
  std::optional<Rehearsal> rehearsal_;

  Rehearsal::Result attempt(const Stage& stage) {
    made_ = 0;
    tally_.start_stage();
    Rehearsal::Result result = rehearsal_->run(stage);
    tally_.end_stage();
    return result;
  }

  void fit_to_stored(const MetQuestion& met) {
    const bool tells = !width_is_stored_ && met.stored > 0 && store_ != nullptr &&
                       std::holds_alternative<EmbedRequest>(met.question.request);
    if (!tells) return;
    for (const StoredAnswer& stored : store_->answers(met.digest)) {
      const auto* embedding = std::get_if<EmbedAnswer>(&stored.answer);
      if (embedding == nullptr) continue;
      width_is_stored_ = true;
      const std::size_t width = embedding->vector.size();
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
        worst_(ReplyLength::longest, config, environment, options, store_.get()) {}

  Plan run(const std::vector<std::string>& targets) {
    const std::vector<Stage> stages = all_stages();
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    const std::vector<std::string> needed =
        options_.only ? targets : with_prerequisites(stages, targets, config_);
    for (const Stage& stage : stages) {
      if (has(needed, stage.name)) consider(stage, options_.force && has(targets, stage.name));
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
  std::set<std::string> uncertain_;  ///< artifacts that hold made-up answers, or might hold others

  void consider(const Stage& stage, bool forced) {
    PlannedStage planned;
    planned.stage = stage.name;
    planned.reason = expected_.rehearsal().why_stale(stage);
    if (!planned.reason && forced) planned.reason = "--force";
    if (planned.reason) rehearse(stage, planned);
    plan_.stages.push_back(std::move(planned));
  }

  void rehearse(const Stage& stage, PlannedStage& planned) {
    log_.verbose(fmt::format("plan: {} ({})", stage.name, *planned.reason));
    if (stage.name == "ingest")
      log_.info("plan: the source is read into a temporary folder, since ingest is not up to date");
    const Rehearsal::Result result = expected_.run(stage);
    planned.records = result.counts.records;
    planned.refused =
        result.counts.failed - std::min(result.counts.failed, expected_.tally().known_failures());
    planned.models = expected_.tally().models();
    if (is_certain(stage, planned)) {
      worst_.rehearsal().take_outputs(stage, expected_.rehearsal());
    } else {
      for (const std::string& artifact : stage.outputs(config_)) uncertain_.insert(artifact);
      (void)worst_.run(stage);
      spread_what_was_retrieved(stage);
      add_worst(planned);
    }
    for (const PlannedModel& model : planned.models) {
      plan_.expected += model.expected;
      plan_.worst += model.worst;
    }
  }

  /// Whether the stage's outputs are what a run would make, however long replies get.
  bool is_certain(const Stage& stage, const PlannedStage& planned) const {
    const std::vector<std::string> inputs = stage.inputs(config_);
    return expected_.made() == 0 && planned.refused == 0 &&
           std::none_of(inputs.begin(), inputs.end(),
                        [&](const std::string& input) { return uncertain_.contains(input); });
  }

  void add_worst(PlannedStage& planned) {
    for (const PlannedModel& worst : worst_.tally().models()) {
      const auto same = std::find_if(planned.models.begin(), planned.models.end(),
                                     [&](const PlannedModel& model) { return model.model == worst.model; });
      if (same == planned.models.end()) {
        planned.models.push_back(worst);
      } else {
        same->worst = worst.worst;
      }
    }
  }

  void spread_what_was_retrieved(const Stage& stage) {
    const std::vector<std::string> outputs = stage.outputs(config_);
    const bool retrieves = std::find(outputs.begin(), outputs.end(), "neighbors") != outputs.end();
    if (!retrieves || worst_.made() == 0) return;
    write_spread_neighbors(worst_.rehearsal().input("pairs"), worst_.rehearsal().scratch("neighbors"),
                           static_cast<std::size_t>(config_.retrieve.k), options_.limit, config_.seed);
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
