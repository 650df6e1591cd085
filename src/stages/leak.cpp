#include "leak.hpp"

#include <fmt/format.h>

namespace recon {

const std::string& leak_model(const RunConfig& config) {
  return config.reconstruct.model.empty() ? config.generate.model : config.reconstruct.model;
}

std::vector<Leak> measure_leak(StageRun& run, ExampleSet& set) {
  const std::string& model = leak_model(run.config);
  const std::vector<std::string> methods = traced_methods(run.config);
  const std::vector<PairsView::Row> pairs = set.used_pairs();
  std::vector<Leak> leaks;
  leaks.reserve(methods.size());
  for (const std::string& method : methods) leaks.push_back({method, 0, 0});
  std::size_t at = 0;
  run.engine.run("evaluate: leak", pairs.size(), [&]() -> std::optional<Task> {
    if (at == pairs.size()) return std::nullopt;
    const std::shared_ptr<const Pair> pair = set.pair(pairs[at++]);
    Task task{Subject::of_pair(pair->pair_id), {}, {}};
    const auto ask = [&](const std::optional<std::string>& reasoning, const std::string& method) {
      task.questions.push_back({model, "leak",
                                score_request(run.prompts.leak(*pair, reasoning), pair->action), 1, nullptr,
                                "", 0, "", Subject::of_method(pair->pair_id, method)});
    };
    ask(std::nullopt, {});
    for (const std::string& method : methods) ask(set.trace(method, pair->pair_id).reasoning, method);
    task.finish = [&run, &leaks, id = pair->pair_id](const std::vector<QuestionResult>& results) {
      std::vector<double> scores;
      for (const QuestionResult& result : results) {
        if (const auto* failure = std::get_if<Failure>(&result)) {
          run.reject(Subject::of_pair(id), *failure);
          return;
        }
        scores.push_back(per_token_of(std::get<std::vector<Answer>>(result)[0]));
      }
      for (std::size_t i = 0; i < leaks.size(); ++i) {
        ++leaks[i].pairs;
        leaks[i].nats_per_token += scores[i + 1] - scores[0];
      }
    };
    return task;
  });
  for (Leak& leak : leaks) {
    if (leak.pairs > 0) leak.nats_per_token /= static_cast<double>(leak.pairs);
  }
  return leaks;
}

}  // namespace recon
