#include "recon/records/verbatim_overlap.hpp"
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

Json words_json(const std::optional<IntegerRange>& words) {
  return words ? Json{words->least, words->most} : Json(nullptr);
}

Json fingerprint(const RunConfig& config, const Prompts& prompts, Engine& engine) {
  return {{"model", model_fingerprint(config, engine, config.synthesize.model, "synthesize.model")},
          {"prompt", prompts.digest(PromptName::backward).hex()},
          {"words", words_json(config.synthesize.words)},
          {"scope", config.synthesize.scope},
          {"k", scope_is_retrieved(config) ? Json(config.retrieve.k) : Json(nullptr)},
          {"candidates", config.synthesize.candidates},
          {"sampling", sampling_json(candidate_sampling(config))},
          {"baseline", sampling_json(baseline_sampling(config))}};
}

/// The train pairs to work on, in file order.
std::vector<PairsView::Row> rows_in_scope(StageRun& run, const PairsView& pairs) {
  std::vector<bool> retrieved(pairs.row_count(), true);
  if (scope_is_retrieved(run.config)) {
    retrieved =
        retrieved_rows(pairs, run.input("neighbors"), static_cast<std::size_t>(run.config.retrieve.k));
  }
  if (run.limit && !scope_is_retrieved(run.config)) {
    run.log.info(
        "synthesize: --limit samples test pairs, but synthesize.scope is 'all': traces are made for the "
        "whole "
        "train pool");
  }
  std::vector<PairsView::Row> rows = pairs.rows();
  std::erase_if(rows, [&](PairsView::Row row) { return pairs.is_test(row) || !retrieved[row]; });
  return rows;
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
    run.reject(Subject::of_pair(pair.pair_id), *failure);
    return;
  }
  const std::string reasoning = plain_text_of(std::get<std::vector<Answer>>(result)[0]);
  run.write(traces_of("backward"),
            Trace{pair.pair_id, "backward", std::nullopt, reasoning, std::nullopt, false});
}

void write_candidates(StageRun& run, const Pair& pair, const std::string& model, QuestionResult& result) {
  if (const auto* failure = std::get_if<Failure>(&result)) {
    run.reject(Subject::of_pair(pair.pair_id), *failure);
    return;
  }
  const std::string context = context_text(pair);
  VerbatimOverlap copied(pair.action, context);
  int number = 0;
  for (const Answer& answer : std::get<std::vector<Answer>>(result)) {
    std::string reasoning = plain_text_of(answer);
    const double share = copied.of(reasoning);
    run.write("candidates", Candidate{pair.pair_id, number++, std::move(reasoning), share, model});
  }
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  const ModelConfig& model = config.model(config.synthesize.model, "synthesize.model");
  const std::string model_name = run.engine.model_name(config.synthesize.model);
  PairsView pairs(run.input("pairs"), run.limit, config.seed);
  const std::vector<PairsView::Row> rows = rows_in_scope(run, pairs);
  const bool baseline = run.wants(traces_of("backward"));
  const bool candidates = run.wants("candidates");
  run.start_output("candidates");
  run.start_output(traces_of("backward"));
  std::size_t at = 0;
  run.engine.run("synthesize", rows.size(), [&]() -> std::optional<Task> {
    if (at == rows.size()) return std::nullopt;
    const std::shared_ptr<const Pair> pair = pairs.read(rows[at++]);
    const Prompt prompt = run.prompts.backward(*pair, config.synthesize.words);
    Task task{Subject::of_pair(pair->pair_id), {}, {}};
    if (candidates) {
      task.questions.push_back({config.synthesize.model, "candidates",
                                chat_request(prompt, candidate_sampling(config), model),
                                config.synthesize.candidates, unusable_text, "", 0, "candidates"});
    }
    if (baseline) {
      task.questions.push_back({config.synthesize.model, "baseline",
                                chat_request(prompt, baseline_sampling(config), model), 1, unusable_text, "",
                                0, "backward"});
    }
    task.finish = [&run, pair, &model_name, candidates, baseline](std::vector<QuestionResult> results) {
      if (candidates) write_candidates(run, *pair, model_name, results.front());
      if (baseline) write_baseline(run, *pair, results.back());
    };
    return task;
  });
  run.count("pairs_in_scope", rows.size());
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
