// Prompts tried outside the run.

#include <algorithm>

#include "source_dir.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::Not;

const WorldSize size = {1, 10, 3, 10, 6};

class Prompt : public testing::Test {
 protected:
  Prompt() : world_(size) {
    EXPECT_EQ(world_.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
    std::string source =
        slurp(std::filesystem::path(RECON_SOURCE_DIR) / "prompts" / "judge_listwise.mustache");
    source.replace(source.find("You judge"), 9, "You now judge");
    put(world_.file("other.mustache"), source);
    manifest_ = slurp(world_.run_file("manifest.json"));
    bytes_ = run_bytes(world_.file("run"));
    world_.server().forget_received();
  }

  void TearDown() override {
    EXPECT_EQ(slurp(world_.run_file("manifest.json")), manifest_);
    EXPECT_EQ(run_bytes(world_.file("run")), bytes_);
  }

  std::string train_pair() const { return world_.records("candidates.jsonl").at(0).at("pair_id"); }
  std::string test_pair() const { return world_.records("neighbors.jsonl").at(0).at("pair_id"); }

  World world_;
  std::string manifest_;
  std::map<std::string, std::string> bytes_;
};

TEST_F(Prompt, ADryRunRendersAndOpensNoConnection) {
  const ProgramResult result = world_.recon({"prompt", "try", "judge", "--config", "config.yaml", "--pair",
                                             train_pair(), "--prompt", "other.mustache", "--dry-run"},
                                            {{"PLANTED_KEY", ""}, {"COLUMNS", "2000"}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(world_.server().count(), 0U);
  EXPECT_THAT(result.out, HasSubstr("You now judge"));
  EXPECT_THAT(result.out, HasSubstr("<true_action>"));
  EXPECT_THAT(result.out, Not(HasSubstr("reply:")));
}

TEST_F(Prompt, TheRunsOwnAnswersAreUsedAndNewOnesArePaidForOnce) {
  const std::vector<std::string> current = {"prompt",      "try",    "judge",     "--config",
                                            "config.yaml", "--pair", train_pair()};
  const ProgramResult stored = world_.recon(current);
  ASSERT_EQ(stored.exit_code, 0) << stored.err;
  EXPECT_EQ(world_.server().count(), 0U);
  EXPECT_THAT(stored.out, HasSubstr("shown as 4: overall 0."));
  std::vector<std::string> other = current;
  other.insert(other.end(), {"--prompt", "other.mustache"});
  ASSERT_EQ(world_.recon(other).exit_code, 0);
  EXPECT_EQ(world_.server().count(CallKind::judge_listwise), 1U);
  ASSERT_EQ(world_.recon(other).exit_code, 0);
  EXPECT_EQ(world_.server().count(), 1U);
  // Further samples of a question are asked for when wanted.
  other.insert(other.end(), {"--samples", "3", "--json"});
  const ProgramResult more = world_.recon(other);
  ASSERT_EQ(more.exit_code, 0) << more.err;
  EXPECT_EQ(Json::parse(more.out).at("questions")[0].at("answers").size(), 3U);
  EXPECT_EQ(world_.server().count(), 2U);
}

TEST_F(Prompt, EveryPromptCanBeTried) {
  for (const char* name : {"backward", "reconstruct", "judge"}) {
    const ProgramResult result =
        world_.recon({"prompt", "try", name, "--config", "config.yaml", "--pair", train_pair()});
    EXPECT_EQ(result.exit_code, 0) << name << result.err;
  }
  for (const char* name : {"generate", "judge_pairwise"}) {
    const ProgramResult result =
        world_.recon({"prompt", "try", name, "--config", "config.yaml", "--pair", test_pair()});
    EXPECT_EQ(result.exit_code, 0) << name << result.err;
  }
  EXPECT_EQ(world_.server().count(), 0U);  // the run has asked all of this
  const ProgramResult leak =
      world_.recon({"prompt", "try", "leak", "--config", "config.yaml", "--pair", train_pair()});
  EXPECT_EQ(leak.exit_code, 0) << leak.err;
  EXPECT_THAT(leak.out, HasSubstr("nats a token over"));
}

TEST_F(Prompt, TwoTemplatesAreComparedOnTheSamePairs) {
  const std::vector<std::string> arguments = {"prompt", "compare",  "current",     "other.mustache", "--name",
                                              "judge",  "--config", "config.yaml", "--pairs",        "5"};
  const ProgramResult text = world_.recon(arguments);
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_EQ(world_.server().count(), 5U);
  EXPECT_THAT(text.out, HasSubstr("judge_listwise on 5 pairs"));
  std::vector<std::string> as_json = arguments;
  as_json.emplace_back("--json");
  const Json result = Json::parse(world_.recon(as_json).out);
  EXPECT_EQ(world_.server().count(), 5U);
  EXPECT_EQ(result.at("a").at("questions"), result.at("b").at("questions"));
  EXPECT_GT(result.at("b").at("prompt_tokens").get<int>(), result.at("a").at("prompt_tokens").get<int>());
  // The planted judge goes by the quality alone, whatever the words.
  EXPECT_GT(result.at("rank_correlation").get<double>(), 0.9);
  EXPECT_GT(result.at("equal_choices").get<double>(), 0.7);
  EXPECT_LT(result.at("a").at("place_correlation").get<double>(), 0.9);
}

TEST_F(Prompt, AJudgeThatLovesTheFirstShownIsSeen) {
  PlantedOptions options;
  options.listwise = JudgeBias::first_shown;
  world_.server().set_options(options);
  const ProgramResult text = world_.recon({"prompt", "compare", "current", "other.mustache", "--name",
                                           "judge", "--config", "config.yaml", "--pairs", "5", "--json"});
  const Json result = Json::parse(text.out);
  EXPECT_DOUBLE_EQ(result.at("b").at("place_correlation").get<double>(), -1);
  EXPECT_DOUBLE_EQ(result.at("b").at("first_best").get<double>(), 1);
}

TEST_F(Prompt, CandidatesWithEqualScoresDoNotFavourTheFirstShown) {
  PlantedOptions options;
  options.listwise = JudgeBias::undecided;
  world_.server().set_options(options);
  const std::vector<std::string> arguments = {"prompt",  "compare", "other.mustache", "other.mustache",
                                              "--name",  "judge",   "--config",       "config.yaml",
                                              "--pairs", "5"};
  std::vector<std::string> as_json = arguments;
  as_json.emplace_back("--json");
  const Json result = Json::parse(world_.recon(as_json).out);
  EXPECT_DOUBLE_EQ(result.at("a").at("first_best").get<double>(), 0.25);
  // A template agrees with itself, however many candidates it finds equally good.
  EXPECT_DOUBLE_EQ(result.at("equal_choices").get<double>(), 1);
  EXPECT_THAT(world_.recon(arguments).out, HasSubstr("share the best score share the pair evenly"));
}

TEST_F(Prompt, WhatIsBeyondTheWindowKeepsItsPlaceAndIsNeverPriced) {
  // The longest of a pair's four reconstruction prompts alone does not fit.
  const std::vector<std::string> dry = {"prompt", "try",        "reconstruct", "--config", "config.yaml",
                                        "--pair", train_pair(), "--dry-run",   "--json"};
  std::vector<int> tokens;
  const Json before = Json::parse(world_.recon(dry).out);
  for (const Json& question : before.at("questions"))
    tokens.push_back(question.at("prompt_tokens").get<int>());
  ASSERT_EQ(tokens.size(), 4U);
  std::vector<std::string> narrow = dry;
  const int longest = *std::max_element(tokens.begin(), tokens.end());
  narrow.insert(narrow.end(), {"--set", "models.planted.context_window=" + std::to_string(longest - 1)});
  const Json questions = Json::parse(world_.recon(narrow).out).at("questions");
  ASSERT_EQ(questions.size(), 4U);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    EXPECT_EQ(questions[i].at("label"), Json("candidate " + std::to_string(i)));
    EXPECT_EQ(questions[i].at("refused").is_null(), tokens[i] < longest) << i;
  }
  narrow.erase(std::find(narrow.begin(), narrow.end(), "--json"));
  const ProgramResult text = world_.recon(narrow, {{"COLUMNS", "2000"}});
  EXPECT_THAT(text.out, HasSubstr("prompt tokens by the token rule; refused, never asked: prompt and reply"));
}

TEST_F(Prompt, WrongNamesAndPairsAreRefused) {
  EXPECT_EQ(
      world_.recon({"prompt", "try", "juge", "--config", "config.yaml", "--pair", train_pair()}).exit_code,
      2);
  const ProgramResult wrong_split =
      world_.recon({"prompt", "try", "judge", "--config", "config.yaml", "--pair", test_pair()});
  EXPECT_EQ(wrong_split.exit_code, 1);
  EXPECT_THAT(wrong_split.err, HasSubstr("is not used for the pair"));
  EXPECT_EQ(world_.recon({"prompt", "try", "judge", "--config", "config.yaml", "--pair", "nobody"}).exit_code,
            1);
  EXPECT_EQ(world_.server().count(), 0U);
}

TEST(PromptWithoutARun, SaysWhichCommandMakesWhatIsMissing) {
  World world(size);
  const ProgramResult result =
      world.recon({"prompt", "try", "reconstruct", "--config", "config.yaml", "--pair", "user_one/u0-s0/1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("`recon ingest` makes it"));
  EXPECT_FALSE(std::filesystem::exists(world.file("run")));
}

}  // namespace
}  // namespace recon::support
