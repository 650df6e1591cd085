#include "recon/core/random.hpp"
#include "recon/core/text.hpp"
#include "recon/judges/dimension_order.hpp"
#include "recon/judges/judge_statistics.hpp"
#include "recon/judges/replies.hpp"
#include "recon/stages/examples.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage_list.hpp"
#include "recon/statistics/comparisons.hpp"

#include <algorithm>

#include "leak.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// The actions of every compared method. The texts stay in the files; of two for one pair the later one
/// counts.
using ActionsByMethod = std::map<std::string, IndexedRecords<Action>>;

/// What was found out, pair by pair: written at once, and what the statistics need of it kept.
class Verdicts {
 public:
  explicit Verdicts(StageRun& run) : run_(run) { run_.start_output("verdicts"); }

  void add(const Verdict& verdict) {
    run_.write("verdicts", verdict);
    kept_.add(verdict);
  }
  [[nodiscard]] const ComparedVerdicts& kept() const { return kept_; }
  VerdictStatistics asked;  ///< of what a judge said

 private:
  StageRun& run_;
  ComparedVerdicts kept_;
};

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
  Json common = {{"methods", compared_methods(config)}, {"baseline", config.evaluate.baseline}};
  if (config.evaluate.likelihood()) {
    common.update(
        {{"metric", "likelihood"},
         {"model", model_fingerprint(config, engine, config.generate.model, "generate.model")},
         {"prompt", prompts.digest(PromptName::generate).hex()},
         {"k", config.retrieve.k},
         {"example_contexts", example_cut_json(config)},
         {"leak", config.evaluate.leak ? Json(prompts.digest(PromptName::leak).hex()) : Json(false)}});
    if (config.evaluate.leak)
      common["leak_model"] = model_fingerprint(config, engine, leak_model(config), "reconstruct.model");
  } else {
    common.update({{"metric", "judge"},
                   {"model", model_fingerprint(config, engine, config.evaluate.model, "evaluate.model")},
                   {"prompt", prompts.digest(PromptName::judge_pairwise).hex()},
                   {"explain", config.evaluate.explain},
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

/// Where both methods gave the same text there is nothing to ask.
Verdict tie_of_equal_texts(const Pair& test, const std::string& method, const std::string& baseline,
                           const std::string& model) {
  Verdict verdict = verdict_for(test, method, baseline, model);
  verdict.style = verdict.intent = verdict.values = Outcome::tie;
  verdict.overall = Outcome::tie;
  verdict.identical = true;
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
                           const std::string& of_method, const std::string& of_baseline, bool swapped,
                           ReplySchemas& schemas) {
  const std::string key = fmt::format("{}|{}", test.pair_id.str(), method);
  const ReplyForm form{random_dimension_order(KeyedRandom(run.config.seed, "pairwise dimensions", key)),
                       run.config.evaluate.explain};
  const Prompt prompt = run.prompts.judge_pairwise(test, swapped ? of_baseline : of_method,
                                                   swapped ? of_method : of_baseline, form);
  ChatRequest request = chat_request(prompt, sampling_of(run.config),
                                     run.config.model(run.config.evaluate.model, "evaluate.model"));
  request.reply_schema = schemas.pairwise(form);
  const auto unusable = [](const Answer& answer) { return problem_in(pairwise_reply_of(answer)); };
  return {run.config.evaluate.model,
          "evaluate",
          std::move(request),
          1,
          unusable,
          sample_pairwise_reply(run.config.evaluate.explain),
          0,
          "",
          Subject::of_method(test.pair_id, method)};
}

ActionsByMethod read_actions(StageRun& run) {
  ActionsByMethod actions;
  for (const std::string& method : compared_methods(run.config)) {
    actions.try_emplace(method, run.input(actions_of(method)),
                        [&](const Action& action) { return action.method == method; });
  }
  return actions;
}

/// One method's action against the baseline's; a reject where one of them is missing.
Task pairwise_task(StageRun& run, const std::shared_ptr<const Pair>& test, const std::string& method,
                   ActionsByMethod& actions, Verdicts& verdicts, const std::string& model_name,
                   ReplySchemas& schemas) {
  const RunConfig& config = run.config;
  const Subject subject = Subject::of_method(test->pair_id, method);
  const std::optional<Action> a = actions.at(method).last(test->pair_id);
  const std::optional<Action> b = actions.at(config.evaluate.baseline).last(test->pair_id);
  if (!a || !b)
    return run.rejected(subject, RecordFault::missing_input,
                        fmt::format("no action of '{}'", a ? config.evaluate.baseline : method));
  if (trim(a->action) == trim(b->action)) {
    return Task{
        subject, {}, [&verdicts, test, method, &config, model_name](const std::vector<QuestionResult>&) {
          verdicts.add(tie_of_equal_texts(*test, method, config.evaluate.baseline, model_name));
        }};
  }
  const bool swapped =
      KeyedRandom(config.seed, "pairwise order", fmt::format("{}|{}", test->pair_id.str(), method)).coin();
  Question question = pairwise_question(run, *test, method, a->action, b->action, swapped, schemas);
  return Task{
      subject,
      {std::move(question)},
      [&run, &verdicts, test, method, model_name, swapped, subject](std::vector<QuestionResult> results) {
        if (const auto* failure = std::get_if<Failure>(&results[0])) {
          run.reject(subject, *failure);
          return;
        }
        const auto reply =
            std::get<PairwiseReply>(pairwise_reply_of(std::get<std::vector<Answer>>(results[0])[0]));
        Verdict verdict = verdict_for(*test, method, run.config.evaluate.baseline, model_name);
        verdicts.asked.add(reply.overall, reply.ambiguous);
        verdict.shown_first = swapped ? Outcome::b : Outcome::a;
        verdict.style = undo_order(reply.style, swapped);
        verdict.intent = undo_order(reply.intent, swapped);
        verdict.values = undo_order(reply.values, swapped);
        verdict.overall = undo_order(reply.overall, swapped);
        if (run.config.evaluate.explain) verdict.why = reply.why;
        verdicts.add(verdict);
      }};
}

/// All methods of a test pair next to each other: their prompts begin alike, which servers make use of.
void judge_actions(StageRun& run, PairsView& pairs, Verdicts& verdicts) {
  const std::string model_name = run.engine.model_name(run.config.evaluate.model);
  const std::vector<std::string> methods = challengers(run.config);
  ActionsByMethod actions = read_actions(run);
  ReplySchemas schemas;
  std::vector<PairsView::Row> tests = pairs.rows();
  std::erase_if(tests, [&](PairsView::Row row) { return !pairs.is_test(row); });
  std::size_t at = 0;  // counts the methods of all test pairs through
  std::shared_ptr<const Pair> test;
  run.engine.run("evaluate", tests.size() * methods.size(), [&]() -> std::optional<Task> {
    if (at == tests.size() * methods.size()) return std::nullopt;
    const std::size_t method = at % methods.size();
    if (method == 0) test = pairs.read(tests[at / methods.size()]);
    ++at;
    return pairwise_task(run, test, methods[method], actions, verdicts, model_name, schemas);
  });
}

/// The score of every method's prompt, or nullopt and a reject.
std::vector<std::optional<double>> scores_of(StageRun& run, const PairId& test,
                                             const std::vector<std::string>& methods,
                                             const std::vector<QuestionResult>& results) {
  std::vector<std::optional<double>> scores;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (const auto* failure = std::get_if<Failure>(&results[i])) {
      run.reject(Subject::of_method(test, methods[i]), *failure);
      scores.emplace_back();
    } else {
      scores.emplace_back(per_token_of(std::get<std::vector<Answer>>(results[i])[0]));
    }
  }
  return scores;
}

void score_actions(StageRun& run, ExampleSet& set, Verdicts& verdicts) {
  const RunConfig& config = run.config;
  const std::string& baseline = config.evaluate.baseline;
  const std::string model_name = run.engine.model_name(config.generate.model);
  std::vector<std::string> methods = {baseline};
  for (const std::string& method : challengers(config)) methods.push_back(method);
  std::size_t at = 0;
  run.engine.run("evaluate", set.tests().size(), [&]() -> std::optional<Task> {
    if (at == set.tests().size()) return std::nullopt;
    const TestPair test = set.read(set.tests()[at++]);
    Task task{Subject::of_pair(test.pair->pair_id), {}, {}};
    for (const std::string& method : methods) {
      const Prompt prompt = run.prompts.generate(*test.pair, set.examples(test, method));
      task.questions.push_back({config.generate.model, "evaluate", score_request(prompt, test.pair->action),
                                1, nullptr, "", 0, "", Subject::of_method(test.pair->pair_id, method)});
    }
    task.finish = [&run, pair = test.pair, &methods, &verdicts, &model_name,
                   &baseline](const std::vector<QuestionResult>& results) {
      const auto scores = scores_of(run, pair->pair_id, methods, results);
      for (std::size_t i = 1; i < methods.size(); ++i) {
        if (!scores[0] || !scores[i]) continue;
        Verdict verdict = verdict_for(*pair, methods[i], baseline, model_name);
        verdict.score_a = scores[i];
        verdict.score_b = scores[0];
        verdict.overall = *scores[i] > *scores[0]   ? Outcome::a
                          : *scores[i] < *scores[0] ? Outcome::b
                                                    : Outcome::tie;
        verdicts.add(verdict);
      }
    };
    return task;
  });
}

std::vector<std::pair<std::string, std::size_t>> expected_per_user(const PairsView& pairs) {
  std::vector<std::pair<std::string, std::size_t>> expected;
  std::vector<std::size_t> place_of_user(pairs.user_count(), pairs.user_count());
  for (const PairsView::Row row : pairs.rows()) {
    if (!pairs.is_test(row)) continue;
    std::size_t& place = place_of_user[pairs.user_of(row)];
    if (place == pairs.user_count()) {
      place = expected.size();
      expected.emplace_back(pairs.user(pairs.user_of(row)).str(), 0);
    }
    ++expected[place].second;
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

/// All that the numbers rest on: the stages before, then this one.
std::vector<Warning> warnings_of(StageRun& run) {
  std::vector<Warning> all = run.earlier_warnings;
  const std::vector<Warning>& own = run.warnings();
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  PairsView pairs(run.input("pairs"), run.limit, config.seed);
  Verdicts verdicts(run);
  std::vector<Leak> leaks;
  if (config.evaluate.likelihood()) {
    ExampleSet set(run, pairs);
    score_actions(run, set, verdicts);
    if (config.evaluate.leak) leaks = measure_leak(run, set);
  } else {
    warn_about_judges(run);
    judge_actions(run, pairs, verdicts);
    run.warn(verdicts.asked.warnings(run.stage(), config.evaluate.model));
  }
  const std::vector<Comparison> comparisons = compare(verdicts.kept(), expected_per_user(pairs), config.seed);
  run.write_json("results", results_json(comparisons, leaks, warnings_of(run)));
  run.count("verdicts", verdicts.kept().size());
  if (!config.evaluate.likelihood()) run.count("ambiguous_replies", verdicts.asked.ambiguous());
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
            if (config.evaluate.leak && leak_model(config) != config.generate.model)
              models.push_back({leak_model(config), "reconstruct.model", ModelUse::score});
            return models;
          },
          fingerprint,
          nullptr,
          run,
          true};
}

}  // namespace recon
