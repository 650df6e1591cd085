// The whole chain against a server whose answers carry a hidden quality.

#include <cstdlib>
#include <map>
#include <set>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;

WorldSize large() { return {2, 24, 4, 48, 40}; }

double share(const Json& comparison, const char* name) { return comparison.at(name).get<double>(); }

TEST(PlantedWorld, ReconSelectFindsTheHiddenQualityAndRandomDoesNot) {
  World world(large());
  const ProgramResult run = world.recon({"run", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json select = world.result("recon-select");
  EXPECT_EQ(select.at("wins").get<int>() + select.at("losses").get<int>() + select.at("ties").get<int>() +
                select.at("ties_bad").get<int>() + select.at("missing").get<int>(),
            80);
  EXPECT_GT(share(select, "win_rate"), 0.85);
  EXPECT_LT(share(select, "p_sign"), 1e-6);
  EXPECT_THAT(run.out, HasSubstr("recon-select"));
  // Every selected candidate is one of those with the highest score.
  std::map<std::string, std::map<int, double>> scores;
  for (const Json& judgment : world.records("judgments.jsonl")) {
    for (const Json& score : judgment.at("scores")) {
      scores[judgment.at("pair_id")][score.at("candidate").get<int>()] = score.at("overall").get<double>();
    }
  }
  for (const Json& trace : world.records("traces.recon-select.jsonl")) {
    const auto& of_pair = scores.at(trace.at("pair_id"));
    for (const auto& [candidate, overall] : of_pair) {
      EXPECT_GE(of_pair.at(trace.at("candidate").get<int>()), overall) << trace;
    }
  }
}

TEST(PlantedWorld, JudgmentsBelongToTheCandidatesWhateverOrderTheyWereShownIn) {
  World world(large());
  ASSERT_EQ(world.recon({"select", "--config", "config.yaml"}).exit_code, 0);
  std::map<std::string, double> quality;  // pair#candidate -> what its trace carries
  for (const Json& candidate : world.records("candidates.jsonl")) {
    const auto found = qualities_in(candidate.at("reasoning").get<std::string>());
    ASSERT_EQ(found.size(), 1U);
    quality[candidate.at("pair_id").get<std::string>() + "#" + candidate.at("candidate").dump()] = found[0];
  }
  std::size_t not_own_inverse = 0, first_shown_best = 0, judgments = 0;
  for (const Json& judgment : world.records("judgments.jsonl")) {
    ++judgments;
    const auto order = judgment.at("order").get<std::vector<int>>();
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[static_cast<std::size_t>(order[i])] != static_cast<int>(i)) {
        ++not_own_inverse;
        break;
      }
    }
    std::vector<std::pair<double, double>> by_quality;
    int best = 0;
    for (const Json& score : judgment.at("scores")) {
      const std::string key = judgment.at("pair_id").get<std::string>() + "#" + score.at("candidate").dump();
      EXPECT_NEAR(score.at("overall").get<double>(), quality.at(key), 0.06) << key;
      if (score.at("overall").get<double>() >
          judgment.at("scores")[static_cast<std::size_t>(best)].at("overall").get<double>()) {
        best = score.at("candidate").get<int>();
      }
    }
    first_shown_best += order[0] == best ? 1 : 0;
  }
  ASSERT_GT(judgments, 20U);
  EXPECT_GT(not_own_inverse, judgments / 5);
  EXPECT_LT(first_shown_best, judgments / 2);
}

TEST(PlantedWorld, OneRandomCandidateAgainstAnotherComesOutAtOneHalf) {
  // All test pairs of a run are shown the same few traces, so that one run may well lean to a side: it is the
  // average over seeds that must not.
  World world(large());
  int wins = 0;
  int decided = 0;
  int leaning = 0;  // runs whose interval leaves one half out, on the side of wins less on that of losses
  for (const char* seed : {"7", "8", "9", "10", "11", "12"}) {
    const ProgramResult run = world.recon({"run", "--config", "config.yaml", "--set",
                                           "evaluate.baseline=random", "--set", std::string("seed=") + seed});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const Json control = world.result("random-2");
    wins += control.at("wins").get<int>();
    decided += control.at("wins").get<int>() + control.at("losses").get<int>();
    leaning += control.at("ci")[0].get<double>() > 0.5 ? 1 : 0;
    leaning -= control.at("ci")[1].get<double>() < 0.5 ? 1 : 0;
  }
  ASSERT_GT(decided, 200);
  EXPECT_NEAR(static_cast<double>(wins) / decided, 0.5, 0.12);
  EXPECT_LE(std::abs(leaning), 3);
}

TEST(PlantedWorld, AJudgeThatLovesTheFirstShownIsSeenAndGainsNothing) {
  PlantedOptions options;
  options.pairwise = JudgeBias::first_shown;
  World world(large(), options);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  const Json select = world.result("recon-select");
  EXPECT_DOUBLE_EQ(share(select, "first_shown_wins"), 1.0);
  EXPECT_LE(select.at("wilson")[0].get<double>(), 0.5);
  EXPECT_GE(select.at("wilson")[1].get<double>(), 0.5);
}

TEST(PlantedWorld, AListwiseJudgeThatLovesTheFirstShownSelectsAtRandom) {
  PlantedOptions options;
  options.listwise = JudgeBias::first_shown;
  World world(large(), options);
  ASSERT_EQ(world.recon({"select", "--config", "config.yaml"}).exit_code, 0);
  std::map<int, int> chosen;
  int total = 0;
  for (const Json& trace : world.records("traces.recon-select.jsonl")) {
    ++chosen[trace.at("candidate").get<int>()];
    ++total;
  }
  ASSERT_GT(total, 30);
  EXPECT_LT(chosen[0], total / 2);
  EXPECT_EQ(chosen.size(), 4U);
}

TEST(PlantedWorld, AJudgeThatLovesLengthGainsNothingForSelect) {
  PlantedOptions options;
  options.pairwise = JudgeBias::longest;
  World world(large(), options);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  const Json select = world.result("recon-select");
  EXPECT_LT(share(select, "win_rate"), 0.75);
  EXPECT_GT(share(select, "win_rate"), 0.25);
}

TEST(PlantedWorld, CopyingIsMeasuredAndCanBeExcluded) {
  PlantedOptions options;
  options.copying_share = 0.5;
  options.listwise = JudgeBias::copied;
  World world(large(), options);
  ASSERT_EQ(world.recon({"select", "--config", "config.yaml", "--set", "select.max_copied=0.3"}).exit_code,
            0);
  std::map<std::string, double> copied;
  std::map<std::string, double> least;
  for (const Json& candidate : world.records("candidates.jsonl")) {
    const std::string pair = candidate.at("pair_id");
    const double share_copied = candidate.at("copied").get<double>();
    copied[pair + "#" + candidate.at("candidate").dump()] = share_copied;
    least[pair] = least.contains(pair) ? std::min(least[pair], share_copied) : share_copied;
  }
  int copying_candidates = 0;
  for (const auto& [key, value] : copied) copying_candidates += value > 0.3 ? 1 : 0;
  EXPECT_GT(copying_candidates, static_cast<int>(copied.size()) / 4);
  for (const Json& trace : world.records("traces.recon-select.jsonl")) {
    const std::string pair = trace.at("pair_id");
    const double of_chosen = copied.at(pair + "#" + trace.at("candidate").dump());
    if (least.at(pair) <= 0.3) {
      EXPECT_LE(of_chosen, 0.3) << trace;
    } else {
      EXPECT_TRUE(trace.value("copying", false)) << trace;
    }
  }
  // Without the limit the same judge takes the copies.
  ASSERT_EQ(world.recon({"select", "--config", "config.yaml"}).exit_code, 0);
  int copies_taken = 0;
  for (const Json& trace : world.records("traces.recon-select.jsonl")) {
    copies_taken +=
        copied.at(trace.at("pair_id").get<std::string>() + "#" + trace.at("candidate").dump()) > 0.3 ? 1 : 0;
  }
  EXPECT_GT(copies_taken, 10);
}

TEST(PlantedWorld, TheLikelihoodScorerAndMetricFindTheQualityWithoutAJudge) {
  World world(large());
  const ProgramResult run =
      world.recon({"evaluate", "--config", "config.yaml", "--set", "judge.scorer=likelihood", "--set",
                   "evaluate.metric=likelihood", "--set", "select.max_copied=null"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(world.server().count(CallKind::judge_listwise), 0U);
  EXPECT_EQ(world.server().count(CallKind::reconstruct), 0U);
  const Json select = world.result("recon-select");
  EXPECT_GT(share(select, "win_rate"), 0.85);
  EXPECT_GT(select.at("mean_difference").at("nats_per_token").get<double>(), 0);
  const Json results = Json::parse(slurp(world.run_file("results.json")));
  ASSERT_EQ(results.at("leak").size(), 4U);
  EXPECT_THAT(run.out, HasSubstr("leak"));
  for (const Json& judgment : world.records("judgments.jsonl")) {
    EXPECT_EQ(judgment.at("scorer"), Json("likelihood"));
    for (const Json& score : judgment.at("scores")) EXPECT_TRUE(score.at("style").is_null());
  }
}

TEST(PlantedWorld, FaultsOfTheServerCostNothingButTime) {
  PlantedOptions faulty;
  faulty.faults = {{FaultKind::server_error, 7},
                   {FaultKind::hang_up, 11},
                   {FaultKind::malformed_json, 13},
                   {FaultKind::empty_choices, 17},
                   {FaultKind::unusable_text, 5, CallKind::judge_listwise}};
  World world({1, 12, 3, 12, 9}, faulty);
  const ProgramResult run = world.recon({"run", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_FALSE(std::filesystem::exists(world.run_file("rejects.jsonl")));
  const std::size_t pairs = world.records("traces.backward.jsonl").size();
  EXPECT_EQ(world.records("candidates.jsonl").size(), 4 * pairs);
  EXPECT_EQ(world.records("reconstructions.jsonl").size(), 4 * pairs);
  EXPECT_EQ(world.records("judgments.jsonl").size(), pairs);
  EXPECT_EQ(world.result("recon-select").at("missing"), Json(0));
}

TEST(PlantedWorld, AJudgeThatNeverAnswersRightIsMissingNeverATie) {
  PlantedOptions options;
  options.faults = {{FaultKind::unusable_text, 1, CallKind::judge_pairwise}};
  World world({1, 12, 3, 12, 9}, options);
  const ProgramResult run = world.recon({"run", "--config", "config.yaml", "--keep-going"});
  EXPECT_NE(run.exit_code, 0);
  for (const Json& verdict : std::filesystem::exists(world.run_file("verdicts.jsonl"))
                                 ? world.records("verdicts.jsonl")
                                 : std::vector<Json>{}) {
    ADD_FAILURE() << verdict;
  }
  // At most five unusable replies are asked for, and never again.
  std::map<std::string, int> asked;
  for (const ReceivedCall& call : world.server().received(CallKind::judge_pairwise)) ++asked[call.raw];
  for (const auto& [body, times] : asked) EXPECT_EQ(times, 5);
  world.server().forget_received();
  (void)world.recon({"run", "--config", "config.yaml", "--keep-going"});
  EXPECT_EQ(world.server().count(CallKind::judge_pairwise), 0U);
}

TEST(PlantedWorld, ADraftBeforeAVerdictChangesNothingAndIsCounted) {
  const WorldSize size{1, 8, 3, 8, 6};
  PlantedOptions thinking_aloud;
  thinking_aloud.faults = {{FaultKind::draft_first, 1, CallKind::judge_listwise},
                           {FaultKind::draft_first, 1, CallKind::judge_pairwise}};
  World plain(size);
  World aloud(size, thinking_aloud);
  for (World* world : {&plain, &aloud})
    ASSERT_EQ(world->recon({"run", "--config", "config.yaml"}).exit_code, 0);
  EXPECT_EQ(run_bytes(plain.run_file("")), run_bytes(aloud.run_file("")));
  const auto ambiguous = [](const World& world, const std::string& stage) {
    return Json::parse(slurp(world.run_file("manifest.json")))
        .at("stages")
        .at(stage)
        .at("counts")
        .at("ambiguous_replies");
  };
  EXPECT_EQ(ambiguous(plain, "judge"), Json(0));
  EXPECT_EQ(ambiguous(plain, "evaluate"), Json(0));
  const Json judged = ambiguous(aloud, "judge");
  const Json evaluated = ambiguous(aloud, "evaluate");
  EXPECT_EQ(judged, Json(aloud.records("judgments.jsonl").size()));
  EXPECT_GT(evaluated.get<std::size_t>(), 0U);
  ASSERT_EQ(aloud.recon({"run", "--config", "config.yaml", "--force", "--replay"}).exit_code, 0);
  EXPECT_EQ(ambiguous(aloud, "judge"), judged);
  EXPECT_EQ(ambiguous(aloud, "evaluate"), evaluated);
}

/// The names of the dimensions in the order in which a judge's prompt defines them.
std::vector<std::string> defined_order(const std::string& prompt) {
  std::map<std::size_t, std::string> places;
  for (const char* name : {"style", "intent", "values"})
    places[prompt.find("\n- " + std::string(name) + ": ")] = name;
  std::vector<std::string> order;
  for (const auto& [place, name] : places) order.push_back(name);
  return order;
}

TEST(PlantedWorld, AJudgesFormAndSchemaFollowTheDrawnOrder) {
  World world({1, 8, 3, 8, 6});
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  for (const CallKind kind : {CallKind::judge_listwise, CallKind::judge_pairwise}) {
    std::set<std::vector<std::string>> orders;
    for (const ReceivedCall& call : world.server().received(kind)) {
      const std::string prompt = call.body.at("messages").back().at("content").get<std::string>();
      const std::vector<std::string> defined = defined_order(prompt);
      orders.insert(defined);
      const Json properties = call.body.at("response_format").at("json_schema").at("schema").at("properties");
      const Json& fields = kind == CallKind::judge_listwise
                               ? properties.at("scores").at("items").at("properties")
                               : properties;
      std::vector<std::string> sent;
      for (const auto& field : fields.items()) sent.push_back(field.key());
      if (kind == CallKind::judge_listwise) sent.erase(sent.begin());
      std::vector<std::string> expected = defined;
      expected.emplace_back("overall");
      EXPECT_EQ(sent, expected);
      const std::string form = prompt.substr(prompt.rfind('\n'));
      std::size_t at = 0;
      for (const std::string& name : expected) {
        const std::size_t next = form.find("\"" + name + "\": ", at);
        ASSERT_NE(next, std::string::npos) << form;
        at = next;
      }
    }
    EXPECT_GT(orders.size(), 2U);
  }
}

TEST(PlantedWorld, JudgesSayWhyWhereTheyAreAsked) {
  const WorldSize size{1, 8, 3, 8, 6};
  World plain(size);
  World asked(size);
  ASSERT_EQ(plain.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  const std::vector<std::string> explain = {"--set", "judge.explain=true", "--set", "evaluate.explain=true"};
  std::vector<std::string> run = {"run", "--config", "config.yaml"};
  run.insert(run.end(), explain.begin(), explain.end());
  ASSERT_EQ(asked.recon(run).exit_code, 0);
  for (const CallKind kind : {CallKind::judge_listwise, CallKind::judge_pairwise}) {
    for (const ReceivedCall& call : plain.server().received(kind))
      EXPECT_EQ(call.raw.find("why"), std::string::npos);
    for (const ReceivedCall& call : asked.server().received(kind))
      EXPECT_NE(call.raw.find("Begin with why"), std::string::npos);
  }
  for (const char* name : {"judgments.jsonl", "verdicts.jsonl"}) {
    const std::vector<Json> without = plain.records(name);
    std::vector<Json> with = asked.records(name);
    ASSERT_EQ(with.size(), without.size());
    for (std::size_t i = 0; i < with.size(); ++i) {
      EXPECT_EQ(with[i].at("why"), Json(planted_reason));
      with[i].erase("why");
      EXPECT_EQ(with[i].dump(), without[i].dump());
    }
  }
  const auto shown = [&](const std::string& file) {
    return asked
        .recon({"explain", asked.records(file).front().at("pair_id").get<std::string>(), "--config",
                "config.yaml"})
        .out;
  };
  EXPECT_THAT(shown("judgments.jsonl"), HasSubstr("no reason"));
  EXPECT_THAT(shown("verdicts.jsonl"), HasSubstr("why: A says"));
  // Turned off again, nothing is asked again: the answers without a reason are other answers.
  World turned_off(size);
  ASSERT_EQ(turned_off.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  ASSERT_EQ(turned_off.recon(run).exit_code, 0);
  turned_off.server().forget_received();
  ASSERT_EQ(turned_off.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  EXPECT_TRUE(turned_off.server().received().empty());
  EXPECT_EQ(run_bytes(turned_off.run_file("")), run_bytes(plain.run_file("")));
}

/// What a request shares with others: its user message up to `mark`.
std::string beginning_of(const ReceivedCall& call, const std::string& mark) {
  const std::string text = call.body.at("messages").back().at("content").get<std::string>();
  return text.substr(0, text.find(mark));
}

TEST(PlantedWorld, CallsThatBeginAlikeAreSentNextToEachOther) {
  World world({1, 12, 3, 12, 9});
  ASSERT_EQ(
      world.recon({"run", "--config", "config.yaml", "--set", "models.planted.concurrency=1"}).exit_code, 0);
  const std::map<CallKind, std::string> marks = {{CallKind::reconstruct, "<reasoning>"},
                                                 {CallKind::judge_pairwise, "Compare both"}};
  for (const auto& [kind, mark] : marks) {
    std::set<std::string> beginnings;
    std::string previous;
    std::size_t changes = 0;
    const auto calls = world.server().received(kind);
    for (const ReceivedCall& call : calls) {
      const std::string beginning = beginning_of(call, mark);
      changes += beginning == previous ? 0 : 1;
      beginnings.insert(beginning);
      previous = beginning;
    }
    EXPECT_EQ(changes, beginnings.size()) << to_string(kind);
    EXPECT_LT(beginnings.size(), calls.size()) << to_string(kind);
  }
}

}  // namespace
}  // namespace recon::support
