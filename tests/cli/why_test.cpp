// Why a question is asked again.

#include "source_dir.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::Not;

const WorldSize size = {1, 10, 3, 10, 6};

class Why : public testing::Test {
 protected:
  Why() : world_(size) {
    const ProgramResult run = world_.recon({"run", "--config", "config.yaml", "-q"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    asked_ = world_.server().count();
  }

  std::string train_pair() const { return world_.records("candidates.jsonl").at(0).at("pair_id"); }
  std::string test_pair() const { return world_.records("neighbors.jsonl").at(0).at("pair_id"); }

  /// One paragraph: wrapping is not what is tested.
  std::string why(const std::string& pair, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"why", pair, "--config", "config.yaml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = world_.recon(arguments, {{"COLUMNS", "1000"}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(world_.server().count(), asked_);
    return result.out;
  }

  World world_;
  std::size_t asked_ = 0;
};

TEST_F(Why, NothingChangedEverythingIsStored) {
  const std::string text = why(train_pair());
  EXPECT_THAT(text, HasSubstr("synthesize: up to date"));
  EXPECT_THAT(text, HasSubstr("candidates (planted, 4 samples): answered, stored 20"));
  EXPECT_THAT(text, HasSubstr("reconstruct (planted, 4 questions): answered"));
  EXPECT_THAT(text, HasSubstr("judge (planted): answered"));
  EXPECT_THAT(text, Not(HasSubstr("would be asked")));
  const std::string of_test = why(test_pair());
  EXPECT_THAT(of_test, HasSubstr("generate (planted, 4 questions): answered"));
  EXPECT_THAT(of_test, HasSubstr("evaluate (planted"));
  EXPECT_THAT(of_test, Not(HasSubstr("would be asked")));
}

TEST_F(Why, AChangedTemperatureIsNamedBeforeAndAfterItIsAsked) {
  const std::string pair = train_pair();
  const std::vector<std::string> change = {"--set", "synthesize.temperature=0.5"};
  const std::string text = why(pair, change);
  EXPECT_THAT(text, HasSubstr("synthesize: would run (changed: sampling)"));
  EXPECT_THAT(text, HasSubstr("candidates (planted, 4 samples): not stored: would be asked"));
  EXPECT_THAT(text, HasSubstr("sampling: temperature 1.0 -> 0.5"));
  EXPECT_THAT(text, HasSubstr("baseline (planted): answered"));
  EXPECT_THAT(text, HasSubstr("its input changed, message"));
  ASSERT_EQ(world_.recon({"synthesize", "--config", "config.yaml", "-q", change[0], change[1]}).exit_code, 0);
  asked_ = world_.server().count();
  const std::string after = why(pair, {change[0], change[1], "--stage", "synthesize"});
  EXPECT_THAT(after, HasSubstr("candidates (planted, 4 samples): answered"));
  EXPECT_THAT(after, HasSubstr("sampling: temperature 1.0 -> 0.5"));
}

TEST_F(Why, AChangedTemplateAndAnotherModelAreNamed) {
  std::string source = slurp(std::filesystem::path(RECON_SOURCE_DIR) / "prompts" / "judge_listwise.mustache");
  source.replace(source.find("You judge"), 9, "You now judge");
  put(world_.file("judge.mustache"), source);
  const std::string of_template = why(train_pair(), {"--set", "prompts.judge=judge.mustache"});
  EXPECT_THAT(of_template, HasSubstr("message 1 (system) changed: the prompt's template or a domain text"));
  EXPECT_THAT(of_template, HasSubstr("reconstruct: up to date"));
  const std::string of_model =
      why(train_pair(), {"--set", "models.planted.identity=another", "--stage", "synthesize"});
  EXPECT_THAT(of_model, HasSubstr("another model or server:"));
  EXPECT_THAT(of_model, HasSubstr("-> another"));
  EXPECT_THAT(of_model, Not(HasSubstr("reconstruct:")));
}

TEST_F(Why, PlaceholdersInTheInputsAreNamed) {
  EXPECT_THAT(why(train_pair()), Not(HasSubstr("placeholders")));
  const std::vector<std::string> change = {"--set", "synthesize.temperature=0.5"};
  const std::string text = why(train_pair(), change);
  EXPECT_THAT(text, HasSubstr("rests on placeholders, since synthesize has to ask models first"));
  EXPECT_THAT(text, HasSubstr("rests on placeholders, since synthesize, reconstruct have to ask models"));
  EXPECT_THAT(text.substr(0, text.find("reconstruct:")), Not(HasSubstr("placeholders")));
  const Json stages = Json::parse(why(train_pair(), {change[0], change[1], "--json"})).at("stages");
  std::map<std::string, Json> waits_for;
  for (const Json& stage : stages) waits_for[stage.at("stage").get<std::string>()] = stage.at("waits_for");
  EXPECT_EQ(waits_for.at("synthesize"), Json::array());
  EXPECT_EQ(waits_for.at("reconstruct"), Json::array({"synthesize"}));
}

TEST_F(Why, WhatIsBeyondTheWindowIsRefused) {
  const std::string text =
      why(train_pair(), {"--set", "models.planted.context_window=300", "--stage", "synthesize"});
  EXPECT_THAT(text,
              HasSubstr("candidates (planted, 4 samples): refused, never asked: prompt and reply need"));
  EXPECT_THAT(text, HasSubstr("the context_window of 'planted' is 300"));
  EXPECT_THAT(text, Not(HasSubstr("nothing is asked about this pair")));
  const Json json = Json::parse(
      why(train_pair(), {"--set", "models.planted.context_window=300", "--stage", "synthesize", "--json"}));
  const Json question = json.at("stages").at(0).at("questions").at(0);
  EXPECT_FALSE(question.at("refused").is_null());
  EXPECT_EQ(question.at("settled"), Json(false));
  EXPECT_EQ(question.at("provisional"), Json(false));
}

TEST_F(Why, AnUnknownPairIsRefusedWithNearIds) {
  const std::string pair = train_pair();
  const ProgramResult unknown = world_.recon({"why", pair + "x", "--config", "config.yaml"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("no pair '" + pair + "x'"));
  EXPECT_THAT(unknown.err, HasSubstr(pair + ","));
}

TEST(WhyOnAFreshCheckout, EverythingWasNeverAsked) {
  World world(size);
  ASSERT_EQ(world.recon({"retrieve", "--config", "config.yaml", "-q", "--run-dir", "elsewhere"}).exit_code,
            0);
  const std::string pair = read_lines(world.file("elsewhere") / "neighbors.jsonl").at(0).at("pair_id");
  const ProgramResult result = world.recon({"why", pair, "--config", "config.yaml"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("generate: would run (not done yet)"));
  EXPECT_THAT(result.out, HasSubstr("never asked before"));
  EXPECT_THAT(result.out,
              HasSubstr("synthesize: would run (not done yet)\n  nothing is asked about this pair"));
  EXPECT_FALSE(std::filesystem::exists(world.file("run")));
  EXPECT_EQ(world.server().count(), 0U);
}

}  // namespace
}  // namespace recon::support
