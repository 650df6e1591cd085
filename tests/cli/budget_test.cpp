// The budget of a run: reserved before sending, never exceeded, over all calls of the program.

#include <sstream>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;

const WorldSize size = {1, 10, 3, 20, 8};

/// `run` under a budget, with prices and the bounds that a budget needs.
std::vector<std::string> run_with(const std::string& budget) {
  return {"run",
          "--config",
          "config.yaml",
          "--set",
          "models.planted.price.prompt=1",
          "--set",
          "models.planted.price.completion=2",
          "--set",
          "models.planted.max_tokens=200",
          "--set",
          budget};
}

/// What the finished stages cost, and the tokens, as the manifest has them.
double usd_of(World& world) {
  double usd = 0;
  const Json manifest = Json::parse(slurp(world.run_file("manifest.json")));
  for (const auto& [name, stage] : manifest.at("stages").items()) {
    if (stage.contains("models")) usd += stage.at("models").at("usd").get<double>();
  }
  return usd;
}

TEST(BudgetOfARun, EndsWithFourAndGoesOnWhereItIsRaised) {
  double price = 0;
  std::size_t whole = 0;
  {
    World world(size);
    const ProgramResult all = world.recon(run_with("budget_usd=100"));
    ASSERT_EQ(all.exit_code, 0) << all.err;
    price = usd_of(world);
    whole = world.server().count();
  }
  ASSERT_GT(price, 0);
  World world(size);
  std::ostringstream half;
  half << "budget_usd=" << price / 2;
  const ProgramResult first = world.recon(run_with(half.str()));
  EXPECT_EQ(first.exit_code, 4) << first.err;
  EXPECT_THAT(first.err, HasSubstr("budget_usd"));
  EXPECT_THAT(first.err, HasSubstr("raise the budget"));
  const std::size_t asked = world.server().count();
  EXPECT_GT(asked, whole / 5);
  EXPECT_LT(asked, whole);
  // The budget is the run's: the same one allows next to nothing more.
  const ProgramResult second = world.recon(run_with(half.str()));
  EXPECT_EQ(second.exit_code, 4);
  EXPECT_LE(world.server().count(), asked + 16);
  const ProgramResult third = world.recon(run_with("budget_usd=100"));
  EXPECT_EQ(third.exit_code, 0) << third.err;
  EXPECT_EQ(world.server().count(), whole) << "nothing was paid for twice";
  // The stage that was broken off counts the calls of its last part, the run all of them.
  const Json manifest = Json::parse(slurp(world.run_file("manifest.json")));
  EXPECT_NEAR(manifest.at("spent").at("usd").get<double>(), price, 1e-9);
  EXPECT_LT(usd_of(world), price);
}

TEST(BudgetOfARun, OfTokensEndsTheSame) {
  World world(size);
  EXPECT_EQ(world.recon(run_with("budget_tokens=20000")).exit_code, 4);
  EXPECT_EQ(world.recon(run_with("budget_tokens=1.5")).exit_code, 2);
}

TEST(BudgetOfARun, NeedsPricesAndABoundOfReplies) {
  World world(size);
  const ProgramResult unpriced = world.recon({"run", "--config", "config.yaml", "--set", "budget_usd=1"});
  EXPECT_EQ(unpriced.exit_code, 2);
  EXPECT_THAT(unpriced.err, HasSubstr("price"));
  const ProgramResult unbounded = world.recon(
      {"run", "--config", "config.yaml", "--set", "budget_usd=1", "--set", "models.planted.price.prompt=1"});
  EXPECT_EQ(unbounded.exit_code, 2);
  EXPECT_THAT(unbounded.err, HasSubstr("max_tokens"));
  EXPECT_EQ(world.server().count(), 0U);
}

TEST(BudgetOfARun, AsksForABoundWhereSomethingIsAskedAlone) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  std::vector<std::string> again = {
      "run", "--config", "config.yaml", "--set", "budget_usd=100", "--set", "models.planted.price.prompt=1"};
  const ProgramResult nothing = world.recon(again);
  EXPECT_EQ(nothing.exit_code, 0) << nothing.err;
  again.insert(again.end(), {"--set", "evaluate.max_tokens=200"});
  const ProgramResult last = world.recon(again);
  EXPECT_EQ(last.exit_code, 0) << last.err;
  again.insert(again.end(), {"--set", "judge.temperature=0.5"});
  const ProgramResult earlier = world.recon(again);
  EXPECT_EQ(earlier.exit_code, 2);
  EXPECT_THAT(earlier.err, HasSubstr("config key 'judge.model': budget_usd needs"));
}

TEST(BudgetOfARun, WithoutABoundOfRepliesEndsBeforeAnythingIsAsked) {
  World world(size);
  // The first stages have their bound; it is the judge's that is missing.
  const std::vector<std::string> late = {"run",
                                         "--config",
                                         "config.yaml",
                                         "--set",
                                         "budget_usd=100",
                                         "--set",
                                         "models.planted.price.prompt=1",
                                         "--set",
                                         "synthesize.max_tokens=200",
                                         "--set",
                                         "reconstruct.max_tokens=200",
                                         "--set",
                                         "generate.max_tokens=200",
                                         "--set",
                                         "evaluate.max_tokens=200"};
  const ProgramResult result = world.recon(late);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("config key 'judge.model': budget_usd needs to know how long a reply of "
                                    "model 'planted' can get"));
  EXPECT_EQ(world.server().count(), 0U);
  std::vector<std::string> bounded = late;
  bounded.insert(bounded.end(), {"--set", "judge.max_tokens=200"});
  const ProgramResult fine = world.recon(bounded);
  EXPECT_EQ(fine.exit_code, 0) << fine.err;
}

TEST(BudgetOfARun, OfMoneyNeedsNoBoundWhereNothingIsCharged) {
  World world(size);
  const ProgramResult result = world.recon({"run", "--config", "config.yaml", "--set", "budget_usd=1",
                                            "--set", "models.planted.price={prompt: 0, completion: 0}"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

}  // namespace
}  // namespace recon::support
