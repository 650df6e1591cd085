// `recon stats`: the numbers of Table 1, counted again from the run's files.

#include <set>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(Stats, CountsWhatWasIngested) {
  World world({2, 8, 3, 9, 6});
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  const ProgramResult stats = world.recon({"stats", "--config", "config.yaml", "--format", "json"});
  ASSERT_EQ(stats.exit_code, 0) << stats.err;
  EXPECT_THAT(stats.err, IsEmpty());
  const Json users = Json::parse(stats.out).at("users");
  ASSERT_EQ(users.size(), 2U);
  const Json& first = users[0];
  EXPECT_EQ(first.at("user"), "user_one");
  EXPECT_EQ(first.at("train").at("targets"), 9);
  EXPECT_EQ(first.at("test").at("targets"), 6);
  EXPECT_EQ(first.at("grpo_targets"), 4);
  EXPECT_EQ(first.at("first_date"), "2020-01-01");
  EXPECT_TRUE(first.at("paper").is_null());

  std::map<std::string, std::size_t> last_target, targets;
  for (const Json& pair : world.records("pairs.jsonl")) {
    if (pair.at("user") != Json("user_one")) continue;
    const std::string session = pair.at("session_id");
    last_target[session] = std::max(last_target[session], pair.at("turn").get<std::size_t>());
    ++targets[session];
  }
  std::size_t context_turns = 0;
  for (const auto& [session, last] : last_target) context_turns += last + 1 - targets[session];
  EXPECT_EQ(first.at("train").at("context_turns").get<std::size_t>() +
                first.at("test").at("context_turns").get<std::size_t>(),
            context_turns);
}

TEST(Stats, ShowsThePapersRowBesideOneOfItsPeople) {
  World world({1, 8, 3, 9, 6});
  std::string config = slurp(world.file("config.yaml"));
  config.replace(config.find("user_one"), 8, "tony_blair");
  world.write_config(config);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  const ProgramResult stats = world.recon({"stats", "--config", "config.yaml"});
  ASSERT_EQ(stats.exit_code, 0) << stats.err;
  EXPECT_THAT(stats.out, HasSubstr("tony_blair"));
  EXPECT_THAT(stats.out,
              testing::ContainsRegex("paper +166 +4096 +4656 +3072 +21 +512 +540 +106.3 +1997..2007"));
  EXPECT_THAT(stats.out, HasSubstr("near-duplicate"));
}

TEST(Stats, BeforeIngestIsAnErrorThatSaysWhatToDo) {
  World world({1, 8, 3, 9, 6});
  const ProgramResult stats = world.recon({"stats", "--config", "config.yaml"});
  EXPECT_EQ(stats.exit_code, 1);
  EXPECT_THAT(stats.err, HasSubstr("recon ingest --config config.yaml"));
}

TEST(ConfigOverlay, ASecondConfigLiesOverTheFirst) {
  World world({1, 8, 3, 9, 6});
  put(world.file("over.yaml"), "run_dir: other\nsplit: {test_targets: 3}\n");
  const ProgramResult run = world.recon({"ingest", "-c", "config.yaml", "-c", "over.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto pairs = read_lines(world.file("other/pairs.jsonl"));
  std::size_t test = 0;
  for (const Json& pair : pairs) test += pair.at("split") == Json("test") ? 1 : 0;
  EXPECT_EQ(test, 3U);
  put(world.file("over.yaml"), "\nsplit: {test_target: 3}\n");
  const ProgramResult wrong = world.recon({"ingest", "-c", "config.yaml", "-c", "over.yaml"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("over.yaml:2"));
}

}  // namespace
}  // namespace recon::support
