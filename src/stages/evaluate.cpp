#include "recon/core/random.hpp"
#include "recon/stages/examples.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/replies.hpp"
#include "recon/stages/stage_list.hpp"
#include "recon/statistics/comparisons.hpp"

#include <algorithm>

#include "dimension_order.hpp"
#include "leak.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using ActionsByMethod = std::map<std::string, std::unordered_map<PairId, std::string>>;

Sampling sampling_of(const RunConfig& config) {
  return config.evaluate.sampling.over(config.model(config.evaluate.model, "evaluate.model").sampling);
}

std::vector<std::string> challengers(const RunConfig& config) {
  std::vector<std::string> methods = compared_methods(config);
  std::erase(methods, config.evaluate.baseline);
  return methods;
}

std::vector<std::string> inputs(const RunConfig& config) {
  if (config.evaluate.likelihood()) return example_inputs(config);
  std::vector<std::string> result = {"pairs"};
  for (const std::string& method : compared_methods(config)) result.push_back(actions_of(method));
  return result;
}

Json fingerprint(const RunConfig& config, const Prompts& prompts, Engine& engine) {
  Json common = {
      {"methods", compared_methods(config)}, {"baseline", config.evaluate.baseline}, {"seed", config.seed}};
  if (config.evaluate.likelihood()) {
    common.update(
        {{"metric", "likelihood"},
         {"model", model_fingerprint(config, engine, config.generate.model, "generate.model")},
         {"prompt", prompts.digest(PromptName::generate).hex()},
         {"k", config.retrieve.k},
         {"example_context_tokens", config.generate.example_context_tokens},
         {"leak", config.evaluate.leak ? Json(prompts.digest(PromptName::leak).hex()) : Json(false)}});
  } else {
    common.update({{"metric", "judge"},
                   {"model", model_fingerprint(config, engine, config.evaluate.model, "evaluate.model")},
                   {"prompt", prompts.digest(PromptName::judge_pairwise).hex()},
                   {"sampling", sampling_json(sampling_of(config))}});
  }
  return common;
}

Verdict verdict_for(const Pair& test, const std::string& method, const std::string& baseline,
                    const std::string& model) {
  Verdict verdict;
  verdict.pair_id = test.pair_id;
  verdict.user = test.user;
  verdict.domain = test.domain;
  verdict.session_id = test.session_id;
  verdict.group = test.group;
  verdict.a = method;
  verdict.b = baseline;
  verdict.model = model;
  return verdict;
}

/// What the judge said of the answers as shown, in terms of method and baseline.
Outcome undo_order(Outcome shown, bool swapped) {
  if (!swapped) return shown;
  if (shown == Outcome::a) return Outcome::b;
  if (shown == Outcome::b) return Outcome::a;
  return shown;
}

/// The pairwise judge: which answer stands first and the order of the dimensions are random, and undone
/// (paper D.3).
Question pairwise_question(StageRun& run, const Pair& test, const std::string& method,
                           const std::string& of_method, const std::string& of_baseline, bool swapped) {
  const std::string key = fmt::format("{}|{}", test.pair_id.str(), method);
  const auto dimensions = random_dimension_order(KeyedRandom(run.config.seed, "pairwise dimensions", key));
  const Prompt prompt = run.prompts.judge_pairwise(test, swapped ? of_baseline : of_method,
                                                   swapped ? of_method : of_baseline, dimensions);
  ChatRequest request = chat_request(prompt, sampling_of(run.config),
                                     run.config.model(run.config.evaluate.model, "evaluate.model"));
  request.reply_schema = Prompts::pairwise_schema();
  const auto unusable = [](const Answer& answer) -> std::optional<std::string> {
    auto parsed = parse_pairwise_reply(text_of(answer));
    return std::holds_alternative<std::string>(parsed) ? std::optional(std::get<std::string>(parsed))
                                                       : std::nullopt;
  };
  return {run.config.evaluate.model, "evaluate", std::move(request), 1, unusable};
}

std::vector<Verdict> judge_actions(StageRun& run, const std::vector<const Pair*>& tests) {
  const RunConfig& config = run.config;
  const std::string& baseline = config.evaluate.baseline;
  const std::string model_name = run.engine.model_name(config.evaluate.model);
  ActionsByMethod actions;
  for (const std::string& method : compared_methods(config)) {
    for_each_record<Action>(run.input(actions_of(method)), [&](Action&& action) {
      if (action.method == method) actions[method][action.pair_id] = std::move(action.action);
    });
  }
  struct Item {
    const Pair* test;
    std::string method;
  };
  std::vector<Item> items;
  for (const std::string& method : challengers(config)) {
    for (const Pair* test : tests) items.push_back({test, method});
  }
  std::vector<Verdict> verdicts;
  std::size_t at = 0;
  run.engine.run("evaluate", items.size(), [&]() -> std::optional<Task> {
    while (at < items.size()) {
      const Item& item = items[at++];
      const std::string key = fmt::format("{} {}", item.test->pair_id.str(), item.method);
      const auto& of_method = actions[item.method];
      const auto& of_baseline = actions[baseline];
      const auto a = of_method.find(item.test->pair_id);
      const auto b = of_baseline.find(item.test->pair_id);
      if (a == of_method.end() || b == of_baseline.end()) {
        run.reject(key, fmt::format("no action of '{}'", a == of_method.end() ? item.method : baseline));
        continue;
      }
      const bool swapped = KeyedRandom(config.seed, "pairwise order",
                                       fmt::format("{}|{}", item.test->pair_id.str(), item.method))
                               .coin();
      Question question = pairwise_question(run, *item.test, item.method, a->second, b->second, swapped);
      return Task{key, {std::move(question)}, [&, swapped, key](std::vector<QuestionResult> results) {
                    if (const auto* failure = std::get_if<Failure>(&results[0])) {
                      run.reject(key, *failure);
                      return;
                    }
                    const auto parsed =
                        parse_pairwise_reply(text_of(std::get<std::vector<Answer>>(results[0])[0]));
                    const auto& reply = std::get<PairwiseReply>(parsed);
                    Verdict verdict = verdict_for(*item.test, item.method, baseline, model_name);
                    verdict.shown_first = swapped ? Outcome::b : Outcome::a;
                    verdict.style = undo_order(reply.style, swapped);
                    verdict.intent = undo_order(reply.intent, swapped);
                    verdict.values = undo_order(reply.values, swapped);
                    verdict.overall = undo_order(reply.overall, swapped);
                    verdicts.push_back(std::move(verdict));
                  }};
    }
    return std::nullopt;
  });
  return verdicts;
}

std::vector<Verdict> score_actions(StageRun& run, const ExampleSet& set) {
  const RunConfig& config = run.config;
  const std::string& baseline = config.evaluate.baseline;
  const std::string model_name = run.engine.model_name(config.generate.model);
  std::vector<std::string> methods = {baseline};
  for (const std::string& method : challengers(config)) methods.push_back(method);
  std::vector<Verdict> verdicts;
  std::size_t at = 0;
  run.engine.run("evaluate", set.tests().size(), [&]() -> std::optional<Task> {
    if (at == set.tests().size()) return std::nullopt;
    const Pair& test = *set.tests()[at++];
    Task task{test.pair_id.str(), {}, {}};
    for (const std::string& method : methods) {
      task.questions.push_back(
          {config.generate.model, "evaluate",
           score_request(run.prompts.generate(test, set.examples(test, method)), test.action), 1, nullptr});
    }
    task.finish = [&run, &test, &methods, &verdicts, &model_name,
                   &baseline](std::vector<QuestionResult> results) {
      std::vector<std::optional<double>> scores;
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (const auto* failure = std::get_if<Failure>(&results[i])) {
          run.reject(fmt::format("{} {}", test.pair_id.str(), methods[i]), *failure);
          scores.emplace_back();
        } else {
          scores.emplace_back(
              std::get<ScoreAnswer>(std::get<std::vector<Answer>>(results[i])[0]).per_token());
        }
      }
      for (std::size_t i = 1; i < methods.size(); ++i) {
        if (!scores[0] || !scores[i]) continue;
        Verdict verdict = verdict_for(test, methods[i], baseline, model_name);
        verdict.score_a = scores[i];
        verdict.score_b = scores[0];
        verdict.overall = *scores[i] > *scores[0]   ? Outcome::a
                          : *scores[i] < *scores[0] ? Outcome::b
                                                    : Outcome::tie;
        verdicts.push_back(std::move(verdict));
      }
    };
    return task;
  });
  return verdicts;
}

std::vector<std::pair<std::string, std::size_t>> expected_per_user(const std::vector<Pair>& pairs) {
  std::vector<std::pair<std::string, std::size_t>> expected;
  for (const Pair& pair : pairs) {
    if (!pair.is_test()) continue;
    const auto found = std::find_if(expected.begin(), expected.end(),
                                    [&](const auto& entry) { return entry.first == pair.user.str(); });
    if (found == expected.end()) {
      expected.emplace_back(pair.user.str(), 1);
    } else {
      ++found->second;
    }
  }
  return expected;
}

void warn_about_judges(StageRun& run) {
  const RunConfig& config = run.config;
  if (!config.judge.likelihood() && !config.judge.model.empty() &&
      config.judge.model == config.evaluate.model) {
    run.log.warning(
        fmt::format("evaluate: '{}' selected the traces and now evaluates them; a second judge would show "
                    "whether the result is its own taste",
                    config.evaluate.model));
  }
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  const std::vector<Pair> pairs = read_pairs(run.input("pairs"), run.limit, config.seed);
  std::vector<Verdict> verdicts;
  std::vector<Leak> leaks;
  run.start_output("verdicts");
  if (config.evaluate.likelihood()) {
    const ExampleSet set(run);
    verdicts = score_actions(run, set);
    if (config.evaluate.leak) leaks = measure_leak(run, set);
  } else {
    warn_about_judges(run);
    std::vector<const Pair*> tests;
    for (const Pair& pair : pairs) {
      if (pair.is_test()) tests.push_back(&pair);
    }
    verdicts = judge_actions(run, tests);
  }
  for (const Verdict& verdict : verdicts) run.write("verdicts", verdict);
  const std::vector<Comparison> comparisons = compare(verdicts, expected_per_user(pairs), config.seed);
  run.write_json("results", results_json(comparisons, leaks));
  run.count("verdicts", verdicts.size());
}

}  // namespace

Stage evaluate_stage() {
  return {"evaluate",
          inputs,
          [](const RunConfig&) {
            return std::vector<std::string>{"verdicts", "results"};
          },
          [](const RunConfig& config) {
            if (!config.evaluate.likelihood()) {
              return std::vector<StageModel>{{config.evaluate.model, "evaluate.model", ModelUse::chat}};
            }
            std::vector<StageModel> models = {{config.generate.model, "generate.model", ModelUse::score}};
            if (config.evaluate.leak && !config.reconstruct.model.empty()) {
              models.push_back({config.reconstruct.model, "reconstruct.model", ModelUse::score});
            }
            return models;
          },
          fingerprint,
          nullptr,
          run};
}

}  // namespace recon
