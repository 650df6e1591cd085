#include "recon/stages/examples.hpp"
#include "recon/stages/stage_list.hpp"

#include <fmt/format.h>

namespace recon {
namespace {

Sampling sampling_of(const RunConfig& config) {
  return config.generate.sampling.over(config.model(config.generate.model, "generate.model").sampling);
}

Json fingerprint(const RunConfig& config, const Prompts& prompts, Engine& engine) {
  return {{"model", model_fingerprint(config, engine, config.generate.model, "generate.model")},
          {"prompt", prompts.digest(PromptName::generate).hex()},
          {"methods", compared_methods(config)},
          {"k", config.retrieve.k},
          {"example_contexts", example_cut_json(config)},
          {"sampling", sampling_json(sampling_of(config))}};
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  const ModelConfig& model = config.model(config.generate.model, "generate.model");
  const std::string model_name = run.engine.model_name(config.generate.model);
  PairsView pairs(run.input("pairs"), run.limit, config.seed);
  ExampleSet set(run, pairs);
  const std::vector<std::string> methods = compared_methods(config);
  for (const std::string& method : methods) run.start_output(actions_of(method));
  std::size_t at = 0;
  run.engine.run("generate", set.tests().size(), [&]() -> std::optional<Task> {
    if (at == set.tests().size()) return std::nullopt;
    const TestPair test = set.read(set.tests()[at++]);
    Task task{Subject::of_pair(test.pair->pair_id), {}, {}};
    for (const std::string& method : methods) {
      const Prompt prompt = run.prompts.generate(*test.pair, set.examples(test, method));
      task.questions.push_back({config.generate.model, "generate",
                                chat_request(prompt, sampling_of(config), model), 1, unusable_text, "", 0,
                                method, Subject::of_method(test.pair->pair_id, method)});
    }
    task.finish = [&run, id = test.pair->pair_id, &methods,
                   &model_name](std::vector<QuestionResult> results) {
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (const auto* failure = std::get_if<Failure>(&results[i])) {
          run.reject(Subject::of_pair(id), *failure);
          continue;
        }
        const std::string action = plain_text_of(std::get<std::vector<Answer>>(results[i])[0]);
        run.write(actions_of(methods[i]), Action{id, methods[i], action, model_name});
      }
    };
    return task;
  });
}

}  // namespace

Stage generate_stage() {
  return {"generate",
          example_inputs,
          [](const RunConfig& config) {
            std::vector<std::string> outputs;
            for (const std::string& method : compared_methods(config)) outputs.push_back(actions_of(method));
            return outputs;
          },
          [](const RunConfig& config) {
            return std::vector<StageModel>{{config.generate.model, "generate.model", ModelUse::chat}};
          },
          fingerprint,
          nullptr,
          run};
}

}  // namespace recon
