#include "recon/records/candidate_groups.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage_list.hpp"

#include <fmt/format.h>

namespace recon {
namespace {

Sampling sampling_of(const RunConfig& config) {
  return config.reconstruct.sampling.over(
      config.model(config.reconstruct.model, "reconstruct.model").sampling);
}

Json fingerprint(const RunConfig& config, const Prompts& prompts, Engine& engine) {
  return {{"model", model_fingerprint(config, engine, config.reconstruct.model, "reconstruct.model")},
          {"prompt", prompts.digest(PromptName::reconstruct).hex()},
          {"sampling", sampling_json(sampling_of(config))}};
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  const ModelConfig& model = config.model(config.reconstruct.model, "reconstruct.model");
  const std::string model_name = run.engine.model_name(config.reconstruct.model);
  PairsView pairs(run.input("pairs"), run.limit, config.seed);
  CandidateGroups groups(run.input("candidates"));
  run.start_output("reconstructions");
  std::size_t at = 0;
  run.engine.run("reconstruct", groups.size(), [&]() -> std::optional<Task> {
    if (at == groups.size()) return std::nullopt;
    const CandidateGroup group = groups.read(at++);
    const std::shared_ptr<const Pair> pair = pairs.read(group.pair_id);
    Task task{Subject::of_pair(group.pair_id), {}, {}};
    for (const Candidate& candidate : group.candidates) {
      const Prompt prompt = run.prompts.reconstruct(*pair, candidate.reasoning);
      task.questions.push_back({config.reconstruct.model, "reconstruct",
                                chat_request(prompt, sampling_of(config), model), 1, unusable_text, "", 0, "",
                                Subject::of_candidate(group.pair_id, candidate.candidate)});
    }
    task.finish = [&run, id = group.pair_id, &model_name](std::vector<QuestionResult> results) {
      for (std::size_t i = 0; i < results.size(); ++i) {
        const int candidate = static_cast<int>(i);
        if (const auto* failure = std::get_if<Failure>(&results[i])) {
          run.reject(Subject::of_candidate(id, candidate), *failure);
          continue;
        }
        const std::string action = plain_text_of(std::get<std::vector<Answer>>(results[i])[0]);
        run.write("reconstructions", Reconstruction{id, candidate, 0, action, model_name});
      }
    };
    return task;
  });
}

}  // namespace

Stage reconstruct_stage() {
  return {"reconstruct",
          [](const RunConfig&) {
            return std::vector<std::string>{"pairs", "candidates"};
          },
          [](const RunConfig&) { return std::vector<std::string>{"reconstructions"}; },
          [](const RunConfig& config) {
            return std::vector<StageModel>{{config.reconstruct.model, "reconstruct.model", ModelUse::chat}};
          },
          fingerprint,
          nullptr,
          run};
}

}  // namespace recon
