#include "recon/workflow/prompt_trial.hpp"

#include "recon/core/error.hpp"
#include "recon/core/random.hpp"
#include "recon/core/visit.hpp"
#include "recon/engine/open_question.hpp"
#include "recon/model/factory.hpp"
#include "recon/model/price.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/stages/stage_list.hpp"
#include "recon/workflow/asked_before.hpp"
#include "recon/workflow/rehearsal.hpp"

#include <algorithm>
#include <utility>

#include "chain.hpp"
#include "made_up.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// Where a prompt is used.
struct Use {
  std::string stage;
  std::string purpose;
};

Use use_of(PromptName prompt) {
  switch (prompt) {
    case PromptName::backward:
      return {"synthesize", "candidates"};
    case PromptName::reconstruct:
      return {"reconstruct", "reconstruct"};
    case PromptName::judge_listwise:
      return {"judge", "judge"};
    case PromptName::generate:
      return {"generate", "generate"};
    case PromptName::judge_pairwise:
      return {"evaluate", "evaluate"};
    case PromptName::leak:
      break;
  }
  return {"evaluate", "leak"};
}

/// The config under which the stage uses the prompt, with the template to try.
RunConfig config_for(const RunConfig& config, PromptName prompt,
                     const std::optional<std::filesystem::path>& file) {
  RunConfig changed = config;
  if (prompt == PromptName::judge_listwise) changed.judge.scorer = "llm";
  if (prompt == PromptName::judge_pairwise) changed.evaluate.metric = "judge";
  if (prompt == PromptName::leak) {
    changed.evaluate.metric = "likelihood";
    changed.evaluate.leak = true;
  }
  if (!file) return changed;
  // A config may name the listwise judge's template `judge`.
  std::erase_if(changed.prompts, [&](const auto& entry) { return prompt_name_from(entry.first) == prompt; });
  changed.prompts[to_string(prompt)] = *file;
  return changed;
}

std::string label_of(PromptName prompt, const Subject& subject) {
  switch (prompt) {
    case PromptName::reconstruct:
      return fmt::format("candidate {}", subject.candidate.value_or(0));
    case PromptName::generate:
    case PromptName::judge_pairwise:
      return subject.method;
    case PromptName::leak:
      return subject.method.empty() ? std::string("no trace") : subject.method;
    case PromptName::backward:
    case PromptName::judge_listwise:
      break;
  }
  return {};
}

void require_inputs(const Rehearsal& rehearsal, const Stage& stage, const std::vector<Stage>& stages,
                    const RunConfig& config) {
  for (const std::string& artifact : stage.inputs(config)) {
    const std::filesystem::path path = rehearsal.input(artifact);
    if (std::filesystem::exists(path)) continue;
    std::string maker = "run";
    for (const Stage& other : stages) {
      const std::vector<std::string> outputs = other.outputs(config);
      if (std::find(outputs.begin(), outputs.end(), artifact) != outputs.end()) maker = other.name;
    }
    throw RunError(fmt::format("{}: not there yet, and this prompt is made from it; `recon {}` makes it",
                               path.string(), maker));
  }
}

/// One stage on made-up answers, its questions seen by `settings`.
void rehearse(const RunConfig& config, const RunConfig& asked, const ConfigDocument::Environment& environment,
              const PipelineOptions& options, PromptName prompt, Engine::Settings settings) {
  MadeUpAnswers answers(ReplyLength::expected, asked, nullptr, nullptr);
  settings.make_up = [&answers](const Question& question, int sample) {
    return answers.answer(question, sample);
  };
  Log log(LogLevel::silent, LogFormat::text);
  Rehearsal rehearsal(config, asked, environment, options, std::move(settings), log);
  const std::vector<Stage> stages = all_stages();
  const Stage& stage = stage_named(stages, use_of(prompt).stage);
  require_inputs(rehearsal, stage, stages, asked);
  (void)rehearsal.run(stage, Rehearsal::Outputs::discard);
}

}  // namespace

std::vector<std::string> PromptTrials::pairs(PromptName prompt) const {
  std::vector<std::string> found;
  Engine::Settings settings;
  // By what is asked: a stage may ask about other pairs for another purpose.
  settings.observer = [&found, purpose = std::string(use_of(prompt).purpose)](const QuestionEvent& met) {
    if (met.question.purpose == purpose) found.push_back(met.task.pair.str());
  };
  rehearse(config_, config_for(config_, prompt, std::nullopt), environment_, options_, prompt,
           std::move(settings));
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<std::string> PromptTrials::drawn_pairs(PromptName prompt, std::size_t count) const {
  std::vector<std::pair<std::uint64_t, std::string>> ranked;
  for (std::string& pair : pairs(prompt)) {
    const std::uint64_t rank = KeyedRandom(config_.seed, "prompt compare", pair).next();
    ranked.emplace_back(rank, std::move(pair));
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> drawn;
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i)
    drawn.push_back(std::move(ranked[i].second));
  return drawn;
}

PromptTrial PromptTrials::render(PromptName prompt, const std::optional<std::filesystem::path>& file,
                                 const std::vector<std::string>& pairs, int samples) const {
  const RunConfig asked = config_for(config_, prompt, file);
  const std::string purpose = use_of(prompt).purpose;
  PromptTrial trial;
  Engine::Settings settings;
  settings.filter = [&pairs](const Subject& task) {
    return std::find(pairs.begin(), pairs.end(), task.pair.str()) != pairs.end();
  };
  settings.observer = [&](const QuestionEvent& met) {
    if (met.question.purpose != purpose) return;
    TriedQuestion tried;
    tried.subject = met.task;
    tried.label = label_of(prompt, met.question.subject);
    tried.question = met.question;
    tried.question.samples = samples;
    tried.digest = met.digest;
    tried.stored = met.stored;
    tried.prompt_tokens = estimated_prompt_tokens(met.question.request);
    if (met.refused != nullptr) tried.refused = met.refused->message;
    trial.questions.push_back(std::move(tried));
  };
  rehearse(config_, asked, environment_, options_, prompt, std::move(settings));
  for (const std::string& pair : pairs) {
    const bool found =
        std::any_of(trial.questions.begin(), trial.questions.end(),
                    [&](const TriedQuestion& tried) { return tried.subject.pair.str() == pair; });
    if (found) continue;
    require_pair(config_.run_dir / "pairs.jsonl", pair);
    const std::vector<std::string> known = this->pairs(prompt);
    throw RunError(fmt::format("the prompt '{}' is not used for the pair '{}': {} asks about {} pairs{}{}",
                               to_string(prompt), pair, use_of(prompt).stage, known.size(),
                               known.empty() ? "" : ", for example ", known.empty() ? "" : known.front()));
  }
  return trial;
}

void PromptTrials::ask(PromptTrial& trial) const {
  const RunDirectory directory(config_.run_dir, RunDirectory::Access::look);
  Engine::Settings settings;
  settings.replay = options_.replay;
  settings.run = directory.manifest().value("run_id", "");
  settings.budget = config_.budget;
  settings.keep_going = true;  // what comes is what is looked at
  Engine engine(
      config_.engine_config(), [this] { return open_store(config_, options_); },
      [this](const ModelConfig& model) { return make_provider(model, environment_, log_); }, log_,
      std::move(settings));
  for (const TriedQuestion& tried : trial.questions) {
    const ModelUse use = match(
        tried.question.request, [](const ChatRequest&) { return ModelUse::chat; },
        [](const ScoreRequest&) { return ModelUse::score; },
        [](const EmbedRequest&) { return ModelUse::embed; });
    engine.require(tried.question.model, "models", use);
  }
  std::size_t at = 0;
  engine.run("prompt", trial.questions.size(), [&]() -> std::optional<Task> {
    if (at == trial.questions.size()) return std::nullopt;
    TriedQuestion& tried = trial.questions[at++];
    return Task{tried.subject, {tried.question}, [&tried](std::vector<QuestionResult> results) {
                  tried.result = std::move(results.at(0));
                }};
  });
  trial.asked = engine.take_counts();
  const auto store = open_store_if_there(config_, options_);
  if (store == nullptr) return;
  for (TriedQuestion& tried : trial.questions) {
    for (const StoredAnswer& stored : store->answers(tried.digest))
      tried.unusable += why_unusable(tried.question, stored.answer) ? 1 : 0;
  }
}

}  // namespace recon
