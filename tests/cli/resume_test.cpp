// Interrupted, run again, replayed: nothing is lost and nothing is asked again.

#include <csignal>

#include "program.hpp"
#include "source_dir.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

const WorldSize size = {2, 12, 4, 24, 12};

std::size_t requests_of_a_whole_run() {
  World world(size);
  EXPECT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  return world.server().count();
}

TEST(Resume, CtrlCDrainsAndSaysHowToGoOn) {
  World world(size);
  RunningProgram running(world.call({"run", "--config", "config.yaml"}));
  ASSERT_TRUE(wait_for_requests(world, 40));
  running.send(SIGINT);
  const ProgramResult ended = running.wait();
  EXPECT_EQ(ended.exit_code, 130) << ended.err;
  EXPECT_THAT(ended.err, testing::HasSubstr("run again"));
  const std::size_t before = world.server().count();
  const std::size_t whole = requests_of_a_whole_run();
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  EXPECT_EQ(world.server().count(), whole) << "asked before the Ctrl-C: " << before;
}

TEST(Resume, AReplayOpensNoConnectionAndFailsOnAQuestionNeverAsked) {
  World world({1, 8, 3, 8, 4});
  const ProgramResult never = world.recon({"synthesize", "--config", "config.yaml", "--replay"});
  EXPECT_EQ(never.exit_code, 1) << never.err;
  EXPECT_EQ(world.server().count(), 0U);
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml"}).exit_code, 0);
  const std::size_t asked = world.server().count();
  const ProgramResult more = world.recon(
      {"synthesize", "--config", "config.yaml", "--replay", "--set", "synthesize.temperature=0.5"});
  EXPECT_EQ(more.exit_code, 1);
  EXPECT_THAT(more.err, testing::HasSubstr("no answer"));
  EXPECT_EQ(world.server().count(), asked);
  // No key is needed for what is stored.
  const ProgramResult again =
      world.recon({"synthesize", "--config", "config.yaml", "--replay", "--force"}, {{"PLANTED_KEY", ""}});
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST(Resume, TheRecordedQuickstartReplaysWithoutItsModel) {
  TestFolder folder;
  const std::filesystem::path source = RECON_SOURCE_DIR;
  std::filesystem::copy_file(source / "data" / "quickstart" / "responses.sqlite",
                             folder / "responses.sqlite");
  const ProgramResult replay =
      run_program({program_under_test(),
                   {"run", "--config", "configs/quickstart.yaml", "--limit", "5", "--replay", "--run-dir",
                    (folder / "run").string(), "--store", (folder / "responses.sqlite").string(), "--set",
                    "models.smollm2.path=no-such-file.gguf"},
                   {},
                   source,
                   ""});
  EXPECT_EQ(replay.exit_code, 0) << replay.err;
  EXPECT_THAT(replay.out, testing::HasSubstr("recon-select against backward"));
}

}  // namespace
}  // namespace recon::support
