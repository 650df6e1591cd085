// Stages run what they need, as make does.

#include <set>
#include <thread>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::Not;

const WorldSize size = {1, 10, 3, 10, 6};

TEST(MakeLike, SelectFromNothingRunsWhatItNeedsAndNoMore) {
  World world(size);
  const ProgramResult run = world.recon({"select", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* stage : {"ingest: running", "retrieve: running", "synthesize: running",
                            "reconstruct: running", "judge: running", "select: running"}) {
    EXPECT_THAT(run.err, HasSubstr(stage));
  }
  EXPECT_TRUE(run.out.empty());
  EXPECT_FALSE(std::filesystem::exists(world.run_file("verdicts.jsonl")));
  EXPECT_EQ(world.server().count(CallKind::generate), 0U);
  EXPECT_GT(world.records("traces.recon-select.jsonl").size(), 0U);
}

TEST(MakeLike, UpToDateDoesNothingAndSaysSo) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  const auto before = run_bytes(world.file("run"));
  const std::size_t asked = world.server().count();
  const ProgramResult again = world.recon({"select", "--config", "config.yaml"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("select: up to date"));
  EXPECT_THAT(again.err, Not(HasSubstr("running")));
  EXPECT_EQ(world.server().count(), asked);
  EXPECT_EQ(run_bytes(world.file("run")), before);
}

TEST(MakeLike, AChangedKeyMakesItsStageStaleAndConcurrencyDoesNot) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  const ProgramResult concurrency =
      world.recon({"evaluate", "--config", "config.yaml", "--set", "models.planted.concurrency=3"});
  EXPECT_THAT(concurrency.err, Not(HasSubstr("running")));
  const std::size_t syntheses = world.server().count(CallKind::backward);
  const ProgramResult judged =
      world.recon({"select", "--config", "config.yaml", "--set", "judge.temperature=0.3"});
  ASSERT_EQ(judged.exit_code, 0) << judged.err;
  EXPECT_THAT(judged.err, HasSubstr("judge: running (changed: sampling)"));
  EXPECT_THAT(judged.err, Not(HasSubstr("synthesize: running")));
  EXPECT_EQ(world.server().count(CallKind::backward), syntheses);
}

TEST(MakeLike, AChangedSourceRunsAgainAndOnlyWhatDiffersIsAsked) {
  World world(size);
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml"}).exit_code, 0);
  const std::size_t asked = world.server().count();
  // A blank line more: the source is another file, the sessions are the same.
  put(world.file("sessions-source.jsonl"), slurp(world.file("sessions-source.jsonl")) + "\n");
  const ProgramResult again = world.recon({"synthesize", "--config", "config.yaml"});
  ASSERT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("ingest: running (the source changed)"));
  EXPECT_THAT(again.err, Not(HasSubstr("retrieve: running")));
  EXPECT_EQ(world.server().count(), asked);
}

TEST(MakeLike, AMissingOutputIsMadeAgainFromTheStore) {
  World world(size);
  ASSERT_EQ(world.recon({"select", "--config", "config.yaml"}).exit_code, 0);
  const auto before = run_bytes(world.file("run"));
  const std::size_t asked = world.server().count();
  std::filesystem::remove(world.run_file("judgments.jsonl"));
  std::filesystem::remove(world.run_file("candidates.jsonl"));
  ASSERT_EQ(world.recon({"select", "--config", "config.yaml"}).exit_code, 0);
  EXPECT_EQ(run_bytes(world.file("run")), before);
  EXPECT_EQ(world.server().count(), asked);
}

TEST(MakeLike, OnlyRunsOneStageAndFailsClearlyWithoutItsInput) {
  World world(size);
  const ProgramResult missing = world.recon({"judge", "--config", "config.yaml", "--only"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("pairs.jsonl is missing"));
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml", "--only"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(world.run_file("neighbors.jsonl")));
}

TEST(MakeLike, ALimitIsANestedViewAndLeavesThePairsWhole) {
  World world({2, 12, 4, 24, 12});
  ASSERT_EQ(world.recon({"retrieve", "--config", "config.yaml", "--limit", "3"}).exit_code, 0);
  const std::size_t pairs = world.records("pairs.jsonl").size();
  EXPECT_EQ(pairs, 72U);
  const auto small = world.records("neighbors.jsonl");
  EXPECT_EQ(small.size(), 6U);
  ASSERT_EQ(world.recon({"retrieve", "--config", "config.yaml", "--limit", "5"}).exit_code, 0);
  const auto larger = world.records("neighbors.jsonl");
  EXPECT_EQ(larger.size(), 10U);
  std::set<std::string> ids;
  for (const Json& record : larger) ids.insert(record.at("pair_id"));
  for (const Json& record : small)
    EXPECT_TRUE(ids.contains(record.at("pair_id").get<std::string>())) << record;
  ASSERT_EQ(world.recon({"retrieve", "--config", "config.yaml"}).exit_code, 0);
  EXPECT_EQ(world.records("neighbors.jsonl").size(), 24U);
  EXPECT_EQ(world.records("pairs.jsonl").size(), pairs);
}

TEST(MakeLike, ADryRunChangesNothing) {
  World world(size);
  const ProgramResult dry = world.recon({"run", "--config", "config.yaml", "--dry-run"});
  EXPECT_EQ(dry.exit_code, 0);
  EXPECT_THAT(dry.err, HasSubstr("synthesize: would run"));
  EXPECT_FALSE(std::filesystem::exists(world.run_file("pairs.jsonl")));
  EXPECT_EQ(world.server().count(), 0U);
}

TEST(MakeLike, AStageThatLeftRejectsIsTriedAgainAndExitsWith3) {
  PlantedOptions options;
  options.faults = {{FaultKind::bad_request, 6, CallKind::reconstruct}};
  World world(size, options);
  const ProgramResult run = world.recon({"run", "--config", "config.yaml"});
  EXPECT_EQ(run.exit_code, 3) << run.err;
  const auto rejects = world.records("rejects.jsonl");
  std::set<std::string> stages;
  for (const Json& reject : rejects) stages.insert(reject.at("stage"));
  EXPECT_THAT(stages, testing::Contains("reconstruct"));
  EXPECT_THAT(stages, testing::Contains("judge"));
  // A pair without all reconstructions is not judged, and its scores are no zeros.
  EXPECT_LT(world.records("judgments.jsonl").size(), world.records("traces.backward.jsonl").size());
  // What was rejected is rejected by a replay as well, in the same words.
  const ProgramResult replay = world.recon({"run", "--config", "config.yaml", "--replay", "--run-dir",
                                            "again", "--store", "run/responses.sqlite"});
  EXPECT_EQ(replay.exit_code, 3) << replay.err;
  EXPECT_EQ(run_bytes(world.file("again")), run_bytes(world.file("run")));
  // The server has recovered: the next run asks for what is missing, and everything is there.
  world.server().set_options({});
  const ProgramResult recovered = world.recon({"run", "--config", "config.yaml"});
  EXPECT_EQ(recovered.exit_code, 0) << recovered.err;
  EXPECT_FALSE(std::filesystem::exists(world.run_file("rejects.jsonl")));
  EXPECT_EQ(world.records("judgments.jsonl").size(), world.records("traces.backward.jsonl").size());
}

TEST(MakeLike, ASecondProcessIsKeptOutOfTheRunDirectory) {
  World world(size);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  RunningProgram running(world.call({"run", "--config", "config.yaml"}));
  while (world.server().count() < 1) std::this_thread::yield();
  const ProgramResult second = world.recon({"run", "--config", "config.yaml"});
  const ProgramResult first = running.wait();
  EXPECT_EQ(first.exit_code, 0) << first.err;
  // The first may have ended in between; then the second is up to date.
  if (second.exit_code != 0) {
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.err, HasSubstr("in use by another recon process"));
  }
}

TEST(MakeLike, TheManifestSaysWhatWasDoneAndWhatItCost) {
  World world(size);
  ASSERT_EQ(world
                .recon({"run", "--config", "config.yaml", "--set",
                        "models.planted.price={prompt: 1, completion: 2}"})
                .exit_code,
            0);
  const Json manifest = Json::parse(slurp(world.run_file("manifest.json")));
  EXPECT_EQ(manifest.at("seed"), Json(7));
  EXPECT_EQ(manifest.at("config").at("retrieve").at("k"), Json(3));
  const Json& synthesize = manifest.at("stages").at("synthesize");
  EXPECT_EQ(synthesize.at("rejects"), Json(0));
  EXPECT_GT(synthesize.at("models").at("tokens").at("prompt").get<int>(), 0);
  EXPECT_GT(synthesize.at("models").at("usd").get<double>(), 0);
  EXPECT_EQ(synthesize.at("inputs").at("pairs").at("digest"),
            manifest.at("stages").at("ingest").at("outputs").at("pairs").at("digest"));
}

}  // namespace
}  // namespace recon::support
