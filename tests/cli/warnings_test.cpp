// What only many answers together show stands with the results, and a systematic misfit ends a stage early.

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

const WorldSize size = {2, 12, 4, 24, 12};

PlantedOptions with(Fault fault) {
  PlantedOptions options;
  options.faults = {fault};
  return options;
}

std::vector<std::string> kinds_of(World& world) {
  std::vector<std::string> kinds;
  const Json results = Json::parse(slurp(world.run_file("results.json")));
  for (const Json& warning : results.at("warnings"))
    kinds.push_back(warning.at("stage").get<std::string>() + " " + warning.at("kind").get<std::string>());
  return kinds;
}

TEST(WarningsOfARun, AreNoneWhereAllIsWell) {
  World world(size);
  const ProgramResult run = world.recon({"run", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(kinds_of(world).empty());
  EXPECT_THAT(run.out, Not(HasSubstr("Warnings")));
}

TEST(WarningsOfARun, StandWithTheResultsAndComeAgainFromTheStore) {
  PlantedOptions options;
  options.listwise = JudgeBias::undecided;
  options.pairwise = JudgeBias::first_shown;
  World world(size, options);
  const ProgramResult run = world.recon({"run", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(kinds_of(world), IsSupersetOf({"judge flat_scores", "evaluate first_shown"}));
  const std::string line = "all candidates of a pair got one score";
  EXPECT_THAT(run.err, HasSubstr(line));
  EXPECT_THAT(run.out, AllOf(HasSubstr("Warnings: what puts these numbers in doubt"), HasSubstr(line)));

  const ProgramResult again = world.recon({"run", "--config", "config.yaml"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, AllOf(HasSubstr("evaluate: up to date"), HasSubstr(line)));
  const ProgramResult report = world.recon({"report", "--config", "config.yaml"});
  EXPECT_THAT(report.out, HasSubstr(line));
  EXPECT_THAT(slurp(world.run_file("tables.md")), HasSubstr(line));

  const auto bytes = run_bytes(world.file("run"));
  const std::size_t asked = world.server().count();
  const ProgramResult replay =
      world.recon({"run", "--config", "config.yaml", "--run-dir", "replayed", "--replay", "--store",
                   world.run_file("responses.sqlite").string()});
  ASSERT_EQ(replay.exit_code, 0) << replay.err;
  EXPECT_EQ(run_bytes(world.file("replayed")), bytes);
  EXPECT_EQ(world.server().count(), asked);
}

TEST(WarningsOfARun, ThatChangedMakeTheResultsStale) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  Json manifest = Json::parse(slurp(world.run_file("manifest.json")));
  manifest["stages"]["judge"]["warnings"] = Json::parse(
      R"([{"kind":"flat_scores","stage":"judge","model":"j","values":{},"message":"a planted warning"}])");
  put(world.run_file("manifest.json"), manifest.dump());
  const ProgramResult again = world.recon({"evaluate", "--config", "config.yaml", "--only"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("the warnings of the stages before changed"));
  EXPECT_THAT(again.out, HasSubstr("a planted warning"));
  EXPECT_THAT(world.recon({"evaluate", "--config", "config.yaml", "--only"}).err, HasSubstr("up to date"));
}

TEST(Misfits, EndAStageEarlyAndCanBeLookedAtAndAskedForAgain) {
  World world(size, with({FaultKind::unusable_text, 1, CallKind::judge_listwise}));
  const ProgramResult stopped = world.recon({"judge", "--config", "config.yaml", "--limit", "12"});
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_THAT(stopped.err, AllOf(HasSubstr("not one usable answer"), HasSubstr("I would rather talk about"),
                                 HasSubstr("The replies hold no JSON")));
  const std::size_t asked = world.server().count(CallKind::judge_listwise);
  EXPECT_LE(asked, 40U + 64U);
  EXPECT_FALSE(std::filesystem::exists(world.run_file("judgments.jsonl")));

  const ProgramResult shown = world.recon({"failures", "--config", "config.yaml"});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("judge stopped"), HasSubstr("judge: unusable"),
                               HasSubstr("raw reply:"), HasSubstr("I would rather talk about")));
  const Json groups = Json::parse(world.recon({"failures", "--config", "config.yaml", "--json"}).out);
  EXPECT_THAT(groups.at(0).at("stopped").get<std::string>(), HasSubstr("not one usable answer"));

  // Nothing is asked for the same again by itself.
  const ProgramResult again = world.recon({"judge", "--config", "config.yaml", "--limit", "12"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(world.server().count(CallKind::judge_listwise), asked);

  world.server().set_options({});
  const ProgramResult retried = world.recon({"failures", "--config", "config.yaml", "--retry", "unusable"});
  EXPECT_EQ(retried.exit_code, 0) << retried.err;
  EXPECT_FALSE(std::filesystem::exists(world.run_file("rejects.jsonl")));
  const std::size_t judged = world.records("judgments.jsonl").size();
  EXPECT_GT(judged, 0U);
  EXPECT_LE(judged, 48U) << "on the sample on which it stopped";
  const Json manifest = Json::parse(slurp(world.run_file("manifest.json")));
  EXPECT_FALSE(manifest.contains("stopped"));
}

TEST(Misfits, AreWorkedThroughWithKeepGoing) {
  World world({1, 10, 3, 12, 6}, with({FaultKind::unusable_text, 1, CallKind::judge_listwise}));
  const ProgramResult run = world.recon({"judge", "--config", "config.yaml", "--keep-going"});
  EXPECT_EQ(run.exit_code, 3) << run.err;
  EXPECT_GT(world.records("rejects.jsonl").size(), 5U);
}

}  // namespace
}  // namespace recon::support
