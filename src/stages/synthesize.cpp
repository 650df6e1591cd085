#include "recon/core/text.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage_list.hpp"

#include <fmt/format.h>

namespace recon {
namespace {

bool scope_is_retrieved(const RunConfig& config) { return config.synthesize.scope == "retrieved"; }

Sampling candidate_sampling(const RunConfig& config) {
  return config.synthesize.sampling.over(config.model(config.synthesize.model, "synthesize.model").sampling);
}

Sampling baseline_sampling(const RunConfig& config) {
  return config.synthesize.baseline.over(config.model(config.synthesize.model, "synthesize.model").sampling);
}

std::vector<std::string> inputs(const RunConfig& config) {
  return scope_is_retrieved(config) ? std::vector<std::string>{"pairs", "neighbors"}
                                    : std::vector<std::string>{"pairs"};
}

Json fingerprint(const RunConfig& config, const Prompts& prompts, Engine& engine) {
  return {{"model", model_fingerprint(config, engine, config.synthesize.model, "synthesize.model")},
          {"prompt", prompts.digest(PromptName::backward).hex()},
          {"scope", config.synthesize.scope},
          {"k", scope_is_retrieved(config) ? Json(config.retrieve.k) : Json(nullptr)},
          {"candidates", config.synthesize.candidates},
          {"sampling", sampling_json(candidate_sampling(config))},
          {"baseline", sampling_json(baseline_sampling(config))}};
}

std::vector<Pair> pairs_in_scope(StageRun& run) {
  std::vector<Pair> pairs = read_pairs(run.input("pairs"), run.limit, run.config.seed);
  if (scope_is_retrieved(run.config)) {
    const auto retrieved = retrieved_pairs(read_records<Neighbors>(run.input("neighbors")),
                                           static_cast<std::size_t>(run.config.retrieve.k));
    std::erase_if(pairs,
                  [&](const Pair& pair) { return pair.is_test() || !retrieved.contains(pair.pair_id); });
  } else {
    std::erase_if(pairs, [](const Pair& pair) { return pair.is_test(); });
  }
  return pairs;
}

std::string context_text(const Pair& pair) {
  std::string text;
  for (const Turn& turn : pair.context) {
    text += turn.text;
    text += '\n';
  }
  return text;
}

void write_baseline(StageRun& run, const Pair& pair, QuestionResult& result) {
  if (const auto* failure = std::get_if<Failure>(&result)) {
    run.reject(pair.pair_id.str(), *failure);
    return;
  }
  const std::string reasoning = text_of(std::get<std::vector<Answer>>(result)[0]);
  run.write(traces_of("backward"),
            Trace{pair.pair_id, "backward", std::nullopt, reasoning, std::nullopt, false});
}

void write_candidates(StageRun& run, const Pair& pair, const std::string& model, QuestionResult& result) {
  if (const auto* failure = std::get_if<Failure>(&result)) {
    run.reject(pair.pair_id.str(), *failure);
    return;
  }
  const std::string context = context_text(pair);
  int number = 0;
  for (const Answer& answer : std::get<std::vector<Answer>>(result)) {
    const std::string reasoning = text_of(answer);
    run.write("candidates", Candidate{pair.pair_id, number++, reasoning,
                                      copied_share(reasoning, pair.action, context), model});
  }
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  const ModelConfig& model = config.model(config.synthesize.model, "synthesize.model");
  const std::string model_name = run.engine.model_name(config.synthesize.model);
  const std::vector<Pair> pairs = pairs_in_scope(run);
  const bool baseline = run.wants(traces_of("backward"));
  const bool candidates = run.wants("candidates");
  run.start_output("candidates");
  run.start_output(traces_of("backward"));
  std::size_t at = 0;
  run.engine.run("synthesize", pairs.size(), [&]() -> std::optional<Task> {
    if (at == pairs.size()) return std::nullopt;
    const Pair& pair = pairs[at++];
    const Prompt prompt = run.prompts.backward(pair);
    Task task{pair.pair_id.str(), {}, {}};
    if (candidates) {
      task.questions.push_back({config.synthesize.model, "candidates",
                                chat_request(prompt, candidate_sampling(config), model),
                                config.synthesize.candidates, unusable_text});
    }
    if (baseline) {
      task.questions.push_back({config.synthesize.model, "baseline",
                                chat_request(prompt, baseline_sampling(config), model), 1, unusable_text});
    }
    task.finish = [&run, &pair, &model_name, candidates, baseline](std::vector<QuestionResult> results) {
      if (candidates) write_candidates(run, pair, model_name, results.front());
      if (baseline) write_baseline(run, pair, results.back());
    };
    return task;
  });
  run.count("pairs_in_scope", pairs.size());
}

}  // namespace

Stage synthesize_stage() {
  return {"synthesize",
          inputs,
          [](const RunConfig&) {
            return std::vector<std::string>{"candidates", traces_of("backward")};
          },
          [](const RunConfig& config) {
            return std::vector<StageModel>{{config.synthesize.model, "synthesize.model", ModelUse::chat}};
          },
          fingerprint,
          nullptr,
          run};
}

}  // namespace recon
