// Stages run what they need, as make does.

#include <csignal>
#include <map>
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

/// A run's folder by its lines of a file, each with its pair's id.
std::map<std::string, std::string> lines_by_pair(const World& world, const std::string& name) {
  std::map<std::string, std::string> lines;
  for (const Json& record : world.records(name)) lines[record.at("pair_id")] += record.dump() + "\n";
  return lines;
}

TEST(MakeLike, ASmallLookIsATruePartOfALargeOne) {
  World world({1, 24, 4, 32, 40});
  const auto run = [&](const std::string& limit) {
    std::vector<std::string> arguments = {"run", "--config", "config.yaml"};
    if (!limit.empty()) arguments.insert(arguments.end(), {"--limit", limit});
    const ProgramResult result = world.recon(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  };
  std::map<std::string, std::map<std::string, std::string>> smaller;
  std::size_t before = 0;
  for (const char* limit : {"5", "10", "20", ""}) {
    run(limit);
    for (const char* name : {"neighbors.jsonl", "traces.backward.jsonl", "candidates.jsonl",
                             "judgments.jsonl", "traces.recon-select.jsonl", "actions.backward.jsonl",
                             "actions.recon-select.jsonl", "verdicts.jsonl"}) {
      const auto larger = lines_by_pair(world, name);
      for (const auto& [pair, lines] : smaller[name]) {
        const auto found = larger.find(pair);
        EXPECT_TRUE(found != larger.end() && found->second == lines) << name << " of " << pair;
      }
      smaller[name] = larger;
    }
    EXPECT_EQ(world.records("actions.backward.jsonl").size(),
              limit == std::string() ? 40U : std::stoul(limit));
    EXPECT_GT(world.server().count(), before);
    before = world.server().count();
  }
  // What was asked for is asked once, however it was come to: a run of the whole asks nothing more.
  std::set<std::string> asked;
  for (const ReceivedCall& call : world.server().received())
    EXPECT_TRUE(asked.insert(call.path + call.raw).second) << call.raw;
  run("5");
  run("");
  EXPECT_EQ(world.server().count(), before);
}

TEST(MakeLike, ALookWhoseScopeIsAllSaysThatItIsNotSmall) {
  World world(size);
  const ProgramResult retrieved = world.recon({"synthesize", "--config", "config.yaml", "--limit", "1"});
  EXPECT_EQ(retrieved.exit_code, 0) << retrieved.err;
  EXPECT_THAT(retrieved.err, Not(HasSubstr("whole train pool")));
  EXPECT_EQ(world.records("traces.backward.jsonl").size(), 3U) << "what one test pair retrieves";
  const ProgramResult all =
      world.recon({"synthesize", "--config", "config.yaml", "--limit", "1", "--set", "synthesize.scope=all"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_THAT(all.err, HasSubstr("--limit samples test pairs, but synthesize.scope is 'all'"));
  EXPECT_EQ(world.records("traces.backward.jsonl").size(), 10U);
}

TEST(MakeLike, TablesOfOtherResultsDoNotStay) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  ASSERT_EQ(world.recon({"report", "--config", "config.yaml"}).exit_code, 0);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(world.run_file("tables.md"))) << "nothing has changed";
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "--set", "retrieve.k=2"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(world.run_file("tables.md")));
}

TEST(MakeLike, EqualTextsAreATieThatNobodyIsAskedAbout) {
  PlantedOptions options;
  World world(size, options);
  // With one candidate there is nothing to choose from: every method that chooses has the same traces.
  const std::vector<std::string> one = {"--set", "synthesize.candidates=1",
                                        "--set", "generate.methods=[recon-select, random, backward]",
                                        "--set", "evaluate.baseline=random"};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), one.begin(), one.end());
    return world.recon(arguments);
  };
  ASSERT_EQ(with({"generate", "--config", "config.yaml"}).exit_code, 0);
  const ProgramResult plan = with({"plan", "--config", "config.yaml", "--json"});
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  const ProgramResult run = with({"run", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::size_t tests = world.records("actions.random.jsonl").size();
  EXPECT_EQ(world.server().count(CallKind::judge_pairwise), tests) << "backward against random alone";
  EXPECT_THAT(plan.out, HasSubstr("\"expected\":"));
  std::size_t identical = 0;
  for (const Json& verdict : world.records("verdicts.jsonl")) {
    const bool equal = verdict.at("a") == Json("recon-select");
    EXPECT_EQ(verdict.contains("identical"), equal);
    if (!equal) continue;
    ++identical;
    EXPECT_TRUE(verdict.at("shown_first").is_null());
    for (const char* dimension : {"overall", "style", "intent", "values"})
      EXPECT_EQ(verdict.at(dimension), Json("tie"));
  }
  EXPECT_EQ(identical, tests);
  const Json pooled = world.result("recon-select");
  EXPECT_EQ(pooled.at("ties"), Json(tests));
  EXPECT_EQ(pooled.at("identical"), Json(tests));
  EXPECT_EQ(pooled.at("missing"), Json(0));
  EXPECT_THAT(run.out, HasSubstr("of the ties are equal texts, which no judge was asked about"));
  const Json planned = Json::parse(plan.out);
  for (const Json& stage : planned.at("stages")) {
    if (stage.at("stage") != Json("evaluate")) continue;
    EXPECT_EQ(stage.at("models").at(0).at("expected").at("calls"), Json(tests)) << stage.dump();
  }
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

TEST(MakeLike, ASecondProcessIsKeptOutOfTheRunDirectoryAndOfAStoreThatItWouldChange) {
  World world(size);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  RunningProgram running(world.call({"run", "--config", "config.yaml"}));
  while (world.server().count() < 1) std::this_thread::yield();
  running.send(SIGSTOP);  // on its way, with lock and store open
  const ProgramResult second = world.recon({"run", "--config", "config.yaml"});
  const ProgramResult elsewhere =
      world.recon({"run", "--config", "config.yaml", "--run-dir", "other", "--set",
                   "store=run/responses.sqlite", "--set", "store_journal=rollback"});
  running.send(SIGCONT);
  const ProgramResult first = running.wait();
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(second.exit_code, 5);
  EXPECT_THAT(second.err, HasSubstr("in use by another recon process (process "));
  EXPECT_THAT(second.err, HasSubstr("wait for it or end it, then run again"));
  EXPECT_EQ(elsewhere.exit_code, 5);
  EXPECT_THAT(elsewhere.err, HasSubstr("another process uses the response store"));
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
