#include "recon/core/error.hpp"
#include "recon/core/random.hpp"
#include "recon/judges/dimension_order.hpp"
#include "recon/judges/judge_statistics.hpp"
#include "recon/judges/replies.hpp"
#include "recon/records/candidate_groups.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage_list.hpp"

#include <numeric>

#include <fmt/format.h>

namespace recon {
namespace {

Sampling sampling_of(const RunConfig& config) {
  return config.judge.sampling.over(config.model(config.judge.model, "judge.model").sampling);
}

std::vector<std::string> inputs(const RunConfig& config) {
  if (config.judge.likelihood()) return {"pairs", "candidates"};
  return {"pairs", "candidates", "reconstructions"};
}

Json fingerprint(const RunConfig& config, const Prompts& prompts, Engine& engine) {
  if (config.judge.likelihood()) {
    return {{"scorer", "likelihood"},
            {"model", model_fingerprint(config, engine, config.reconstruct.model, "reconstruct.model")},
            {"prompt", prompts.digest(PromptName::reconstruct).hex()}};
  }
  return {{"scorer", "llm"},
          {"model", model_fingerprint(config, engine, config.judge.model, "judge.model")},
          {"prompt", prompts.digest(PromptName::judge_listwise).hex()},
          {"explain", config.judge.explain},
          {"sampling", sampling_json(sampling_of(config))}};
}

/// A pair's reconstructed actions by candidate; of two for one candidate the later one counts.
std::map<int, std::string> reconstructed_actions(const PairId& id,
                                                 IndexedRecords<Reconstruction>& reconstructions) {
  std::map<int, std::string> actions;
  if (const auto place = reconstructions.find(id)) {
    for (Reconstruction& reconstruction : reconstructions.at(*place))
      actions[reconstruction.candidate] = std::move(reconstruction.action);
  }
  return actions;
}

/// The listwise judge: all reconstructions of a pair in one call, in a random order that is undone
/// afterwards.
Task listwise_task(StageRun& run, const Pair& pair, std::size_t count,
                   const std::map<int, std::string>& actions, const std::string& model_name,
                   ReplySchemas& schemas, JudgmentStatistics& statistics) {
  const std::string key = pair.pair_id.str();
  const Subject subject = Subject::of_pair(pair.pair_id);
  if (actions.size() != count) {
    return run.rejected(subject, RecordFault::missing_input,
                        fmt::format("{} of {} reconstructions are missing", count - actions.size(), count));
  }
  std::vector<int> order(count);
  std::iota(order.begin(), order.end(), 0);
  KeyedRandom(run.config.seed, "listwise order", key).shuffle(order);
  std::vector<std::string> shown;
  shown.reserve(count);
  for (const int candidate : order) shown.push_back(actions.at(candidate));
  const bool explain = run.config.judge.explain;
  const ReplyForm form{random_dimension_order(KeyedRandom(run.config.seed, "listwise dimensions", key)),
                       explain};
  const ModelConfig& model = run.config.model(run.config.judge.model, "judge.model");
  ChatRequest request =
      chat_request(run.prompts.judge_listwise(pair, shown, form), sampling_of(run.config), model);
  request.reply_schema = schemas.listwise(count, form);
  const auto read = [count](const Answer& answer) { return listwise_reply_of(answer, count); };
  const auto unusable = [read](const Answer& answer) { return problem_in(read(answer)); };
  Question question{run.config.judge.model,
                    "judge",
                    std::move(request),
                    1,
                    unusable,
                    sample_listwise_reply(count, explain),
                    count};
  return Task{
      subject,
      {std::move(question)},
      [&run, &statistics, read, explain, id = pair.pair_id, order,
       model_name](std::vector<QuestionResult> results) {
        if (const auto* failure = std::get_if<Failure>(&results[0])) {
          run.reject(Subject::of_pair(id), *failure);
          return;
        }
        const auto reply = std::get<ListwiseReply>(read(std::get<std::vector<Answer>>(results[0])[0]));
        statistics.add(reply.scores, reply.ambiguous);
        std::vector<Score> scores(order.size());
        for (Score score : reply.scores) {
          score.candidate = order[static_cast<std::size_t>(score.candidate)];
          scores[static_cast<std::size_t>(score.candidate)] = score;
        }
        run.write("judgments",
                  Judgment{id, std::move(scores), order, "llm", model_name, explain ? reply.why : ""});
      }};
}

/// The likelihood scorer (DESIGN section 9): the true action's mean log-probability per token after context +
/// trace.
Task likelihood_task(StageRun& run, const Pair& pair, const CandidateGroup& group,
                     const std::string& model_name, JudgmentStatistics& statistics) {
  Task task{Subject::of_pair(pair.pair_id), {}, {}};
  for (const Candidate& candidate : group.candidates) {
    task.questions.push_back({run.config.reconstruct.model, "judge",
                              score_request(run.prompts.reconstruct(pair, candidate.reasoning), pair.action),
                              1, nullptr, "", 0, "",
                              Subject::of_candidate(pair.pair_id, candidate.candidate)});
  }
  task.finish = [&run, &statistics, id = pair.pair_id, model_name](std::vector<QuestionResult> results) {
    Judgment judgment{id, {}, {}, "likelihood", model_name};
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (const auto* failure = std::get_if<Failure>(&results[i])) {
        run.reject(Subject::of_pair(id), *failure);
        return;
      }
      const Answer& answer = std::get<std::vector<Answer>>(results[i])[0];
      const int candidate = static_cast<int>(i);
      judgment.scores.push_back({candidate, std::nullopt, std::nullopt, std::nullopt, per_token_of(answer)});
      judgment.order.push_back(candidate);
    }
    statistics.add(judgment.scores);
    run.write("judgments", judgment);
  };
  return task;
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  const bool likelihood = config.judge.likelihood();
  const std::string& model = likelihood ? config.reconstruct.model : config.judge.model;
  const std::string model_name = run.engine.model_name(model);
  PairsView pairs(run.input("pairs"), run.limit, config.seed);
  CandidateGroups groups(run.input("candidates"));
  std::optional<IndexedRecords<Reconstruction>> reconstructions;
  if (!likelihood) {
    reconstructions.emplace(run.input("reconstructions"),
                            [](const Reconstruction& reconstruction) { return reconstruction.sample == 0; });
  }
  run.start_output("judgments");
  ReplySchemas schemas;
  JudgmentStatistics statistics;
  std::size_t at = 0;
  run.engine.run("judge", groups.size(), [&]() -> std::optional<Task> {
    if (at == groups.size()) return std::nullopt;
    const CandidateGroup group = groups.read(at++);
    const std::shared_ptr<const Pair> pair = pairs.read(group.pair_id);
    if (likelihood) return likelihood_task(run, *pair, group, model_name, statistics);
    const auto actions = reconstructed_actions(group.pair_id, *reconstructions);
    return listwise_task(run, *pair, group.candidates.size(), actions, model_name, schemas, statistics);
  });
  if (!likelihood) run.count("ambiguous_replies", statistics.ambiguous());
  run.warn(statistics.warnings(run.stage(), model));
}

}  // namespace

Stage judge_stage() {
  return {
      "judge",
      inputs,
      [](const RunConfig&) { return std::vector<std::string>{"judgments"}; },
      [](const RunConfig& config) {
        if (config.judge.likelihood()) {
          return std::vector<StageModel>{{config.reconstruct.model, "reconstruct.model", ModelUse::score}};
        }
        return std::vector<StageModel>{{config.judge.model, "judge.model", ModelUse::chat}};
      },
      fingerprint,
      nullptr,
      run};
}

}  // namespace recon
