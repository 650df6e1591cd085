// What was rejected, why, and asking again for it alone.

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;

const WorldSize size = {1, 10, 3, 10, 6};

PlantedOptions with(Fault fault) {
  PlantedOptions options;
  options.faults = {fault};
  return options;
}

TEST(Failures, UnusableRepliesAreGroupedShownAndAskedAgain) {
  World world(size, with({FaultKind::unusable_text, 1, CallKind::judge_listwise}));
  ASSERT_EQ(world.recon({"judge", "--config", "config.yaml", "-q", "--keep-going"}).exit_code, 3);
  const std::size_t rejected = world.records("rejects.jsonl").size();
  ASSERT_GT(rejected, 3U);
  const ProgramResult shown = world.recon({"failures", "--config", "config.yaml"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("judge: unusable, " + std::to_string(rejected) + " records"));
  EXPECT_THAT(shown.out, HasSubstr("I would rather talk about the weather."));
  const Json groups = Json::parse(world.recon({"failures", "--config", "config.yaml", "--json"}).out);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].at("count").get<std::size_t>(), rejected);

  world.server().set_options({});
  world.server().forget_received();
  // Another cause: nothing is asked.
  EXPECT_EQ(world.recon({"failures", "--config", "config.yaml", "--retry", "timeout"}).exit_code, 0);
  EXPECT_EQ(world.server().count(), 0U);
  const ProgramResult again = world.recon({"failures", "--config", "config.yaml", "--retry", "unusable"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(world.server().count(), rejected);
  EXPECT_EQ(world.server().count(CallKind::judge_listwise), rejected);
  EXPECT_EQ(world.records("judgments.jsonl").size(), rejected);
  EXPECT_FALSE(std::filesystem::exists(world.run_file("rejects.jsonl")));
}

TEST(Failures, ARetryAsksOnlyForTheCausesNamed) {
  World world(size, with({FaultKind::bad_request, 2, CallKind::judge_listwise}));
  ASSERT_EQ(world.recon({"judge", "--config", "config.yaml", "-q"}).exit_code, 3);
  const std::size_t rejected = world.records("rejects.jsonl").size();
  const std::size_t pairs = world.records("judgments.jsonl").size() + rejected;
  ASSERT_GT(rejected, 1U);
  world.server().set_options({});
  world.server().forget_received();
  const ProgramResult again =
      world.recon({"failures", "--config", "config.yaml", "--retry", "refused,unusable"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(world.server().count(), rejected);
  EXPECT_EQ(world.records("judgments.jsonl").size(), pairs);
}

TEST(Failures, ARetryKeepsToTheSampleOfTheRun) {
  World world(size, with({FaultKind::empty_text, 1, CallKind::backward}));
  ASSERT_EQ(world
                .recon({"synthesize", "--config", "config.yaml", "--limit", "2", "-q", "--keep-going",
                        "--set", "synthesize.scope=all"})
                .exit_code,
            3);
  const std::size_t rejected = world.records("rejects.jsonl").size();
  world.server().set_options({});
  world.server().forget_received();
  EXPECT_EQ(world
                .recon({"failures", "--config", "config.yaml", "--retry", "unusable", "--set",
                        "synthesize.scope=all"})
                .exit_code,
            0);
  EXPECT_EQ(world.server().count(), 2 * rejected);  // the candidates and the baseline's trace
}

TEST(Failures, WrongCausesAreRefusedAndARunWithoutRejectsSaysSo) {
  World world(size);
  EXPECT_EQ(world.recon({"failures", "--config", "config.yaml", "--cause", "weather"}).exit_code, 2);
  EXPECT_EQ(world.recon({"failures", "--config", "config.yaml", "--retry", "missing_input"}).exit_code, 2);
  const ProgramResult none = world.recon({"failures", "--config", "config.yaml"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.err, HasSubstr("no rejects"));
  EXPECT_FALSE(std::filesystem::exists(world.file("run")));
}

}  // namespace
}  // namespace recon::support
