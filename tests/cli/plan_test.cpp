// What a plan says must be what a run then asks.

#include "recon/core/text.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;

const WorldSize size = {1, 10, 3, 10, 6};
/// The project's estimate for the markup around a message.
constexpr std::int64_t markup = 4;

Json plan_of(const World& world, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"plan", "--config", "config.yaml", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProgramResult result = world.recon(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.exit_code == 0 ? Json::parse(result.out) : Json();
}

Json stage_of(const Json& plan, const std::string& name) {
  for (const Json& stage : plan.at("stages")) {
    if (stage.at("stage") == Json(name)) return stage;
  }
  return nullptr;
}

/// The stage's only model.
Json model_of(const Json& plan, const std::string& stage) {
  const Json entry = stage_of(plan, stage);
  return entry.is_null() || entry.at("models").empty() ? Json() : entry.at("models")[0];
}

std::int64_t prompt_tokens(const std::vector<ReceivedCall>& calls) {
  std::int64_t tokens = 0;
  for (const ReceivedCall& call : calls) {
    for (const Json& message : call.body.at("messages"))
      tokens += static_cast<std::int64_t>(count_tokens(message.at("content").get<std::string>())) + markup;
  }
  return tokens;
}

/// Every file below a folder, by path.
std::map<std::string, std::string> everything_in(const std::filesystem::path& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) found[entry.path().filename().string()] = slurp(entry.path());
  }
  return found;
}

void expect_bounds(const Json& plan) {
  for (const Json& stage : plan.at("stages")) {
    for (const Json& model : stage.at("models")) {
      for (const char* what : {"calls", "prompt_tokens", "reply_tokens"}) {
        EXPECT_GE(model.at("expected").at(what).get<std::int64_t>(), 0);
        EXPECT_GE(model.at("worst").at(what).get<std::int64_t>(),
                  model.at("expected").at(what).get<std::int64_t>())
            << stage.at("stage") << " " << what;
      }
    }
  }
  const Json& tokens = plan.at("prompt_tokens");
  const auto of = [&](const char* name) { return tokens.at(name).get<std::int64_t>(); };
  EXPECT_EQ(of("all"), of("stored") + of("repeated") + of("several_in_one_request") + of("sent"));
  EXPECT_LE(of("shared_with_the_prompt_before"), of("sent"));
}

TEST(Plan, OfAFreshCheckoutIsWhatTheRunThenAsks) {
  World world(size);
  const Json plan = plan_of(world);
  ASSERT_FALSE(plan.is_null());
  EXPECT_EQ(world.server().count(), 0U);
  EXPECT_FALSE(std::filesystem::exists(world.file("run")));
  expect_bounds(plan);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  const auto calls = [&](const std::string& stage, const char* which) {
    return model_of(plan, stage).at(which).at("calls").get<std::size_t>();
  };
  EXPECT_EQ(calls("synthesize", "expected"), world.server().count(CallKind::backward));
  EXPECT_EQ(calls("reconstruct", "expected"), world.server().count(CallKind::reconstruct));
  EXPECT_EQ(calls("judge", "expected"), world.server().count(CallKind::judge_listwise));
  EXPECT_GE(calls("generate", "worst"), world.server().count(CallKind::generate));
  EXPECT_GE(calls("evaluate", "worst"), world.server().count(CallKind::judge_pairwise));
  // What exists is rendered: its tokens are exact. What does not is bounded from above.
  EXPECT_EQ(model_of(plan, "synthesize").at("expected").at("prompt_tokens").get<std::int64_t>(),
            prompt_tokens(world.server().received(CallKind::backward)));
  for (const auto& [stage, kind] : std::map<std::string, CallKind>{{"reconstruct", CallKind::reconstruct},
                                                                   {"judge", CallKind::judge_listwise},
                                                                   {"generate", CallKind::generate},
                                                                   {"evaluate", CallKind::judge_pairwise}}) {
    EXPECT_GE(model_of(plan, stage).at("worst").at("prompt_tokens").get<std::int64_t>(),
              prompt_tokens(world.server().received(kind)))
        << stage;
  }
}

TEST(Plan, OfAHalfDoneRunCountsWhatIsStoredAndRendersWhatExists) {
  World world(size);
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml", "-q"}).exit_code, 0);
  const auto before = everything_in(world.file("run"));
  world.server().forget_received();
  const Json plan = plan_of(world);
  ASSERT_FALSE(plan.is_null());
  EXPECT_TRUE(stage_of(plan, "synthesize").at("runs_because").is_null());
  EXPECT_EQ(world.server().count(), 0U);
  for (const auto& [name, bytes] : before) {
    if (name.ends_with("-shm") || name.ends_with("-wal")) continue;
    EXPECT_TRUE(everything_in(world.file("run")).at(name) == bytes) << name;
  }
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  const Json reconstruct = model_of(plan, "reconstruct");
  EXPECT_EQ(reconstruct.at("expected").at("calls").get<std::size_t>(),
            world.server().count(CallKind::reconstruct));
  EXPECT_EQ(reconstruct.at("expected").at("prompt_tokens").get<std::int64_t>(),
            prompt_tokens(world.server().received(CallKind::reconstruct)));
}

TEST(Plan, OfAFinishedRunHasNothingToAskAndForcedFindsEverythingStored) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  const ProgramResult text = world.recon({"plan", "--config", "config.yaml"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("evaluate: up to date"));
  const Json plan = plan_of(world);
  EXPECT_EQ(plan.at("worst").at("calls").get<int>(), 0);
  const Json forced =
      plan_of(world, {"synthesize", "reconstruct", "judge", "generate", "evaluate", "--force"});
  std::size_t questions = 0;
  for (const char* stage : {"synthesize", "reconstruct", "judge", "generate", "evaluate"}) {
    const Json model = model_of(forced, stage);
    EXPECT_GT(model.at("questions").get<int>(), 0) << stage;
    EXPECT_EQ(model.at("to_ask").get<int>(), 0) << stage;
    questions += model.at("questions").get<std::size_t>();
  }
  EXPECT_GT(questions, 50U);
  EXPECT_EQ(forced.at("prompt_tokens").at("stored"), forced.at("prompt_tokens").at("all"));
}

TEST(Plan, ASmallerViewIsPartOfTheLargerOne) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "--limit", "3", "-q"}).exit_code, 0);
  world.server().forget_received();
  const Json plan = plan_of(world);
  expect_bounds(plan);
  const Json synthesize = model_of(plan, "synthesize");
  EXPECT_GT(synthesize.at("stored").get<int>(), 0);
  EXPECT_EQ(synthesize.at("stored").get<int>() + synthesize.at("repeated").get<int>() +
                synthesize.at("to_ask").get<int>(),
            synthesize.at("questions").get<int>());
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml", "-q"}).exit_code, 0);
  EXPECT_EQ(synthesize.at("expected").at("calls").get<std::size_t>(),
            world.server().count(CallKind::backward));
}

TEST(Plan, PricesAndRepliesOfBeforeMakeTheDollars) {
  World world(size);
  const std::vector<std::string> prices = {
      "--set", "models.planted.max_tokens=200",     "--set", "models.planted.price.prompt=1000000",
      "--set", "models.planted.price.completion=0", "--set", "budget_usd=5"};
  const Json plan = plan_of(world, prices);
  const Json synthesize = model_of(plan, "synthesize").at("expected");
  EXPECT_DOUBLE_EQ(synthesize.at("usd").get<double>(), synthesize.at("prompt_tokens").get<double>());
  // Without a price nobody knows.
  EXPECT_TRUE(model_of(plan_of(world), "synthesize").at("expected").at("usd").is_null());
  std::vector<std::string> arguments = {"plan", "--config", "config.yaml"};
  arguments.insert(arguments.end(), prices.begin(), prices.end());
  EXPECT_THAT(world.recon(arguments).out, HasSubstr("the worst case does not fit"));
}

TEST(Plan, EmbeddingsMadeUpFitToStoredOnes) {
  World world(size);
  const std::vector<std::string> embedder = {"--set", "retrieve.model=planted"};
  ASSERT_EQ(
      world.recon({"retrieve", "--config", "config.yaml", "--limit", "3", "--set", "retrieve.model=planted"})
          .exit_code,
      0);
  const std::size_t stored = world.server().count(CallKind::embed);
  const Json plan = plan_of(world, embedder);
  ASSERT_FALSE(plan.is_null());
  EXPECT_EQ(model_of(plan, "retrieve").at("stored").get<std::size_t>(), stored);
  world.server().forget_received();
  ASSERT_EQ(
      world.recon({"run", "--config", "config.yaml", "-q", "--set", "retrieve.model=planted"}).exit_code, 0);
  EXPECT_EQ(model_of(plan, "retrieve").at("expected").at("calls").get<std::size_t>(),
            world.server().count(CallKind::embed));
  EXPECT_GE(model_of(plan, "synthesize").at("worst").at("calls").get<std::size_t>(),
            world.server().count(CallKind::backward));
}

/// What each backward prompt that the server got is counted as, the longest first.
std::vector<std::int64_t> longest_prompts(const std::vector<ReceivedCall>& calls) {
  std::vector<std::int64_t> tokens;
  for (const ReceivedCall& call : calls) tokens.push_back(prompt_tokens({call}));
  std::sort(tokens.begin(), tokens.end(), std::greater<>());
  return tokens;
}

TEST(Plan, BoundsAScopeThatNobodyKnowsYet) {
  // One neighbour for each of two test pairs: traces for two of twenty train pairs.
  World world({1, 10, 3, 20, 2});
  const std::vector<std::string> unknown = {"--set", "retrieve.model=planted",       "--set", "retrieve.k=1",
                                            "--set", "models.planted.max_tokens=100"};
  const std::vector<std::string> everything = {"--set", "synthesize.scope=all", "--set",
                                               "models.planted.max_tokens=100"};
  const auto synthesize = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"synthesize", "--config", "config.yaml", "-q"});
    more.insert(more.end(), everything.begin(), everything.end());
    EXPECT_EQ(world.recon(more).exit_code, 0);
  };
  const Json fresh = model_of(plan_of(world, unknown), "synthesize");
  // Four candidates and a baseline for each; answers to most pairs change nothing.
  EXPECT_EQ(fresh.at("worst").at("calls").get<int>(), 10);
  ASSERT_EQ(world
                .recon({"synthesize", "--config", "config.yaml", "-q", "--set", "retrieve.k=8", "--set",
                        "models.planted.max_tokens=100"})
                .exit_code,
            0);
  const std::size_t answered = world.records("candidates.jsonl").size() / 4;
  ASSERT_GT(answered, 8U);
  ASSERT_LE(answered, 18U) << "two pairs at least are still to be asked about";
  const Json plan = plan_of(world, unknown);
  expect_bounds(plan);
  EXPECT_EQ(model_of(plan, "synthesize").at("worst").at("calls").get<int>(), 10);
  EXPECT_LT(model_of(plan, "synthesize").at("expected").at("calls").get<int>(), 10);
  synthesize({});
  const auto longest = longest_prompts(world.server().received(CallKind::backward));
  // Two questions a pair, a prompt each.
  EXPECT_GE(fresh.at("worst").at("prompt_tokens").get<std::int64_t>(), 5 * (longest.at(0) + longest.at(2)));
  EXPECT_EQ(model_of(plan_of(world, unknown), "synthesize").at("worst").at("calls").get<int>(), 0);
}

TEST(Plan, BoundsTheExamplesOfTheLikelihoodMetricToo) {
  World world({1, 10, 3, 20, 2});
  const Json plan = plan_of(world, {"--set", "retrieve.model=planted", "--set", "retrieve.k=1", "--set",
                                    "evaluate.metric=likelihood", "--set", "models.planted.max_tokens=100"});
  expect_bounds(plan);
  // Four methods' prompts of two test pairs; the leak of two train pairs with each method and without one.
  EXPECT_EQ(model_of(plan, "evaluate").at("worst").at("calls").get<int>(), 2 * 4 + 2 * 5);
}

TEST(Plan, StaysAboveRepliesThatWereLongerThanTheGuess) {
  PlantedOptions options;
  options.thinking_tokens = 3000;
  World world(size, options);
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml", "-q", "--limit", "3"}).exit_code, 0);
  const Json plan = plan_of(world);
  expect_bounds(plan);
  EXPECT_GE(plan.at("longest_reply_guessed").at("planted").get<int>(), 3000);
}

TEST(Plan, PaysForThinkingButShowsNoneOfItToLaterStages) {
  PlantedOptions options;
  options.thinking_tokens = 3000;
  World world(size, options);
  const std::vector<std::string> bound = {"--set", "models.planted.max_tokens=4000"};
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml", "-q", "--limit", "2", bound[0], bound[1]})
                .exit_code,
            0);
  const Json plan = plan_of(world, bound);
  const Json synthesize = model_of(plan, "synthesize");
  EXPECT_GT(synthesize.at("expected").at("reply_tokens").get<std::int64_t>(),
            3000 * synthesize.at("to_ask").get<std::int64_t>());
  const Json reconstruct = model_of(plan, "reconstruct");
  EXPECT_LT(reconstruct.at("expected").at("prompt_tokens").get<std::int64_t>(),
            1500 * reconstruct.at("to_ask").get<std::int64_t>());
}

TEST(Plan, TakesRoomForThinkingForNoTextBeforeAnythingIsKnown) {
  World world(size);
  const auto plan_with = [&](const std::string& most) {
    return plan_of(world, {"--set", "models.planted.max_tokens=" + most});
  };
  const Json some = plan_with("1024");
  const Json plenty = plan_with("8192");
  EXPECT_EQ(model_of(plenty, "reconstruct").at("expected").at("prompt_tokens"),
            model_of(some, "reconstruct").at("expected").at("prompt_tokens"));
  EXPECT_GT(model_of(plenty, "synthesize").at("expected").at("reply_tokens"),
            model_of(some, "synthesize").at("expected").at("reply_tokens"));
}

TEST(Plan, ShowsWhatIsBeyondTheWindowAndNeverPricesIt) {
  World world(size);
  const std::vector<std::string> small = {"--set", "models.planted.context_window=300"};
  const Json plan = plan_of(world, small);
  ASSERT_FALSE(plan.is_null());
  const Json synthesize = model_of(plan, "synthesize");
  EXPECT_GT(synthesize.at("questions").get<int>(), 0);
  EXPECT_EQ(synthesize.at("refused"), synthesize.at("questions"));
  EXPECT_THAT(synthesize.at("refusal").get<std::string>(),
              HasSubstr("the context_window of 'planted' is 300"));
  EXPECT_EQ(synthesize.at("to_ask").get<int>(), 0);
  EXPECT_EQ(synthesize.at("worst").at("calls").get<int>(), 0);
  const ProgramResult text = world.recon({"plan", "--config", "config.yaml", small[0], small[1]});
  EXPECT_THAT(text.out, HasSubstr("would be refused, not asked, and cost nothing; the first: prompt"));
}

/// What the server received of a kind must be within what the plan said of the stage.
void expect_within(World& world, const Json& plan, const std::string& stage, CallKind kind) {
  const auto received = world.server().received(kind);
  const Json worst = model_of(plan, stage).at("worst");
  const Json manifest = Json::parse(slurp(world.run_file("manifest.json")));
  const Json used = manifest.at("stages").at(stage).at("models").at("tokens");
  EXPECT_GT(received.size(), 0U) << stage;
  EXPECT_GE(worst.at("calls").get<std::size_t>(), received.size()) << stage;
  EXPECT_GE(worst.at("prompt_tokens").get<std::int64_t>(), prompt_tokens(received)) << stage;
  EXPECT_GE(worst.at("reply_tokens").get<std::int64_t>(), used.at("completion").get<std::int64_t>()) << stage;
}

TEST(Plan, BoundsWhateverCandidateAJudgeWillChoose) {
  PlantedOptions options;
  options.listwise = JudgeBias::longest;
  options.wordy_words = 400;
  World world(size, options);
  const std::vector<std::string> bound = {"--set", "models.planted.max_tokens=1000"};
  ASSERT_EQ(world.recon({"reconstruct", "--config", "config.yaml", "-q", bound[0], bound[1]}).exit_code, 0);
  world.server().forget_received();
  const Json plan = plan_of(world, bound);
  expect_bounds(plan);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q", bound[0], bound[1]}).exit_code, 0);
  expect_within(world, plan, "judge", CallKind::judge_listwise);
  expect_within(world, plan, "generate", CallKind::generate);
  expect_within(world, plan, "evaluate", CallKind::judge_pairwise);
}

TEST(Plan, OfOneMoreMethodIsAboutThatMethodAlone) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  world.server().forget_received();
  const std::vector<std::string> more = {
      "--set", "generate.methods=[backward, recon-select, random, random-2, random-3]"};
  const Json plan = plan_of(world, more);
  expect_bounds(plan);
  EXPECT_LE(model_of(plan, "generate").at("worst").at("calls").get<int>(), size.test_targets);
  EXPECT_EQ(model_of(plan, "evaluate").at("worst").at("calls").get<int>(), size.test_targets);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q", more[0], more[1]}).exit_code, 0);
  expect_within(world, plan, "generate", CallKind::generate);
  expect_within(world, plan, "evaluate", CallKind::judge_pairwise);
}

TEST(Plan, OfAnotherJudgeDoubtsTheSelectedTracesAlone) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  world.server().forget_received();
  const std::vector<std::string> change = {"--set", "judge.temperature=0.5"};
  const Json plan = plan_of(world, change);
  expect_bounds(plan);
  // The answers with all other methods' traces are there.
  EXPECT_EQ(model_of(plan, "generate").at("worst").at("calls").get<int>(), size.test_targets);
  EXPECT_EQ(model_of(plan, "evaluate").at("worst").at("calls").get<int>(), size.test_targets);
  PlantedOptions options;
  options.listwise = JudgeBias::longest;
  world.server().set_options(options);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q", change[0], change[1]}).exit_code, 0);
  expect_within(world, plan, "judge", CallKind::judge_listwise);
  expect_within(world, plan, "generate", CallKind::generate);
  expect_within(world, plan, "evaluate", CallKind::judge_pairwise);
}

TEST(Plan, BoundsRepliesByWhatExtraBodyAllows) {
  World world(size);
  const Json plan =
      plan_of(world, {"--set", "models.planted.extra_body={max_completion_tokens: 8000, best_of: 3}", "--set",
                      "models.planted.max_tokens=100"});
  const Json synthesize = model_of(plan, "synthesize").at("worst");
  EXPECT_EQ(synthesize.at("reply_tokens").get<std::int64_t>(),
            synthesize.at("calls").get<std::int64_t>() * 3 * 8000);
  EXPECT_TRUE(plan.at("longest_reply_guessed").empty());
}

TEST(Plan, ShowsNoThinkingWhateverTheOrderOfTheRecords) {
  PlantedOptions options;
  options.thinking_tokens = 3000;
  World world(size, options);
  const std::vector<std::string> bound = {"--set", "models.planted.max_tokens=4000"};
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml", "-q", "--limit", "1", bound[0], bound[1]})
                .exit_code,
            0);
  const Json reconstruct = model_of(plan_of(world, bound), "reconstruct");
  EXPECT_LT(reconstruct.at("expected").at("prompt_tokens").get<std::int64_t>(),
            500 * reconstruct.at("to_ask").get<std::int64_t>());
}

TEST(Plan, SaysWhatARunRefusesUnderABudget) {
  World world(size);
  const std::vector<std::string> unbounded = {
      "plan", "--config", "config.yaml", "--set", "models.planted.price.prompt=1", "--set", "budget_usd=5"};
  const ProgramResult text = world.recon(unbounded);
  EXPECT_THAT(text.out,
              HasSubstr("a run refuses this config: config key 'synthesize.model': budget_usd needs"));
  EXPECT_THAT(text.out, testing::Not(HasSubstr("fit")));
  EXPECT_THAT(plan_of(world, {"--set", "budget_usd=5"}).at("run_refused_because").get<std::string>(),
              HasSubstr("model 'planted' has no price"));
  EXPECT_TRUE(plan_of(world).at("run_refused_because").is_null());
}

TEST(Plan, CallsRefusalsOfPlaceholdersProvisional) {
  World world(size);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml", "-q"}).exit_code, 0);
  // The judge's prompts hold placeholders for four reconstructions.
  const Json plan = plan_of(world, {"--set", "models.planted.context_window=1000"});
  EXPECT_EQ(model_of(plan, "synthesize").at("refused").get<int>(), 0);
  EXPECT_GT(model_of(plan, "judge").at("refused").get<int>(), 0);
  EXPECT_EQ(model_of(plan, "judge").at("refusal_provisional"), Json(true));
  EXPECT_THAT(
      world.recon({"plan", "--config", "config.yaml", "--set", "models.planted.context_window=1000"}).out,
      HasSubstr("judge: as things stand, with placeholders"));
  const Json narrow = plan_of(world, {"--set", "models.planted.context_window=300"});
  EXPECT_EQ(model_of(narrow, "synthesize").at("refusal_provisional"), Json(false));
}

TEST(Plan, LeavesNothingBehindAndClearsUpAfterAKill) {
  World world(size);
  const auto temporary = world.file("temporary");
  std::filesystem::create_directories(temporary / "recon-scratch.killed" / "deeper");
  ASSERT_EQ(world.recon({"plan", "--config", "config.yaml"}, {{"TMPDIR", temporary.string()}}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_empty(temporary));
}

TEST(Plan, OfOneStageLeavesLaterOnesOut) {
  World world(size);
  const Json plan = plan_of(world, {"synthesize"});
  EXPECT_FALSE(stage_of(plan, "synthesize").is_null());
  EXPECT_TRUE(stage_of(plan, "reconstruct").is_null());
  const ProgramResult wrong = world.recon({"plan", "synthesise", "--config", "config.yaml"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'synthesize'"));
}

}  // namespace
}  // namespace recon::support
