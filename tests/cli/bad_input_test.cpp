// Every fault of the user's gives one clear line and the right exit code.

#include <algorithm>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const WorldSize size = {1, 8, 3, 8, 4};

std::string config_of(World& world) { return slurp(world.file("config.yaml")); }

void expect_failure(const ProgramResult& result, int exit_code,
                    const testing::Matcher<const std::string&>& message) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_THAT(result.err, message);
  EXPECT_TRUE(result.out.empty()) << result.out;
  std::size_t errors = 0;
  for (std::size_t at = result.err.find("error:"); at != std::string::npos;
       at = result.err.find("error:", at + 1))
    ++errors;
  EXPECT_EQ(errors, 1U) << result.err;
}

TEST(BadInput, ConfigFaultsNameFileLineAndKey) {
  World world(size);
  const std::string good = config_of(world);
  expect_failure(world.recon({"run", "--config", "nowhere.yaml"}), 2, HasSubstr("nowhere.yaml"));
  world.write_config(good + "retreive: {k: 3}\n");
  expect_failure(
      world.recon({"run", "--config", "config.yaml"}), 2,
      AllOf(HasSubstr("config.yaml:"), HasSubstr("retreive"), HasSubstr("did you mean 'retrieve'")));
  world.write_config(good);
  expect_failure(world.recon({"run", "--config", "config.yaml", "--set", "retrieve.k=many"}), 2,
                 AllOf(HasSubstr("retrieve.k"), HasSubstr("many")));
  expect_failure(world.recon({"run", "--config", "config.yaml", "--set", "judge.model=plantd"}), 2,
                 AllOf(HasSubstr("judge.model"), HasSubstr("did you mean 'planted'")));
  world.write_config("run_dir: run\n\tseed: 3\n");
  expect_failure(world.recon({"run", "--config", "config.yaml"}), 2, HasSubstr("config.yaml:2"));
}

TEST(BadInput, AnEnvironmentVariableOverridesTheFileAndAFlagTheVariable) {
  World world(size);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}, {{"RECON_SEED", "11"}}).exit_code, 0);
  EXPECT_EQ(Json::parse(slurp(world.run_file("manifest.json"))).at("seed"), Json(11));
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml", "--set", "seed=12"}, {{"RECON_SEED", "11"}})
                .exit_code,
            0);
  EXPECT_EQ(Json::parse(slurp(world.run_file("manifest.json"))).at("seed"), Json(12));
}

TEST(BadInput, AMissingKeyVariableIsNamed) {
  World world(size);
  expect_failure(world.recon({"synthesize", "--config", "config.yaml"}, {{"PLANTED_KEY", ""}}), 2,
                 HasSubstr("PLANTED_KEY"));
}

TEST(BadInput, AnUnreachableServerIsExit1AndLosesNothing) {
  World world(size);
  ASSERT_EQ(world.recon({"retrieve", "--config", "config.yaml"}).exit_code, 0);
  const ProgramResult result = world.recon({"synthesize", "--config", "config.yaml", "--set",
                                            "models.planted.base_url=http://127.0.0.1:1/v1", "--set",
                                            "models.planted.deadline_s=0.5"});
  expect_failure(result, 1, HasSubstr("127.0.0.1"));
  EXPECT_FALSE(std::filesystem::exists(world.run_file("candidates.jsonl")));
  EXPECT_EQ(world.recon({"synthesize", "--config", "config.yaml"}).exit_code, 0);
}

TEST(BadInput, ARefusedKeyIsExit1) {
  PlantedOptions options;
  options.faults = {{FaultKind::bad_request, 1}};
  World world(size, options);
  const ProgramResult result = world.recon({"synthesize", "--config", "config.yaml"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("400"));
}

TEST(BadInput, SourceFaults) {
  World world(size);
  const std::string good = slurp(world.file("sessions-source.jsonl"));
  std::filesystem::remove(world.file("sessions-source.jsonl"));
  expect_failure(world.recon({"ingest", "--config", "config.yaml"}), 1, HasSubstr("sessions-source.jsonl"));
  put(world.file("sessions-source.jsonl"), "");
  expect_failure(world.recon({"ingest", "--config", "config.yaml"}), 1, HasSubstr("sessions-source.jsonl"));
  // One bad line is rejected, the rest goes on.
  put(world.file("sessions-source.jsonl"), good + "{\"session_id\": \"x\xff\"}\n{not json}\n");
  const ProgramResult partly = world.recon({"ingest", "--config", "config.yaml"});
  EXPECT_EQ(partly.exit_code, 3) << partly.err;
  EXPECT_EQ(world.records("rejects.jsonl").size(), 2U);
  EXPECT_EQ(world.records("rejects.jsonl")[0].at("subject"),
            (Json{{"file", "sessions-source.jsonl"}, {"line", 9}}));
  EXPECT_GT(world.records("pairs.jsonl").size(), 0U);
  put(world.file("sessions-source.jsonl"), good);
  expect_failure(world.recon({"ingest", "--config", "config.yaml", "--set", "users.0.name=Namewordon"}), 1,
                 AllOf(HasSubstr("Namewordon"), HasSubstr("Namewordone")));
}

TEST(BadInput, FewerTargetsThanAskedForIsSaidAndShrinks) {
  World world(size);
  const ProgramResult result =
      world.recon({"ingest", "--config", "config.yaml", "--set", "split.train_targets=400", "--set",
                   "split.train_1_targets=300", "--set", "split.test_targets=50"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("warning"));
  const std::size_t pairs = world.records("pairs.jsonl").size();
  EXPECT_GT(pairs, 12U);
  EXPECT_LE(pairs, 24U);
}

TEST(BadInput, APromptLargerThanTheWindowIsRefusedBeforeAnyCall) {
  World world(size);
  const ProgramResult result =
      world.recon({"synthesize", "--config", "config.yaml", "--set", "models.planted.context_window=40"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_EQ(world.server().count(CallKind::backward), 0U);
  EXPECT_THAT(result.err, HasSubstr("context_window"));
}

TEST(BadInput, AModelThatCantDoWhatAStageAsksIsRefusedBeforeAnyCall) {
  World world(size);
  std::string config = config_of(world);
  const std::string chat_template = ", chat_template: chatml";
  config.erase(config.find(chat_template), chat_template.size());
  world.write_config(config);
  expect_failure(world.recon({"run", "--config", "config.yaml", "--set", "evaluate.metric=likelihood"}), 2,
                 AllOf(HasSubstr("generate.model"), HasSubstr("chat_template")));
  expect_failure(world.recon({"synthesize", "--config", "config.yaml", "--set", "synthesize.model=lexical"}),
                 2, AllOf(HasSubstr("synthesize.model"), HasSubstr("can't chat")));
  EXPECT_EQ(world.server().count(), 0U);
}

TEST(BadInput, ADamagedStoreIsRefusedWithAClearMessage) {
  World world(size);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  put(world.run_file("responses.sqlite"),
      "this is no database, but long enough to look like one: " + std::string(2000, 'x'));
  expect_failure(world.recon({"synthesize", "--config", "config.yaml"}), 1, HasSubstr("responses.sqlite"));
}

TEST(BadInput, AFullDiskIsExit1) {
  World world(size);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  const ProgramResult result = world.recon({"retrieve", "--config", "config.yaml", "--pairs",
                                            "run/pairs.jsonl", "--output", "/proc/nowhere/n.jsonl"});
  expect_failure(result, 1, HasSubstr("/proc/nowhere"));
}

}  // namespace
}  // namespace recon::support
