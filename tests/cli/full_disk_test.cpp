// A disk, or a limit, that is full in the middle of a run.

#include "program.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;

TEST(FullDisk, EndsCleanlyAndTheNextRunGoesOn) {
  const WorldSize size = {1, 10, 4, 20, 8};
  std::size_t whole = 0;
  {
    World world(size);
    ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
    whole = world.server().count();
  }
  World world(size);
  // No file may grow beyond 150 blocks of 512 bytes; the store wants more.
  ProgramCall limited =
      world.call({"-c", "ulimit -f 150 && exec \"$0\" run --config config.yaml -q", program_under_test()});
  limited.program = "/bin/sh";
  const ProgramResult full = run_program(limited);
  EXPECT_EQ(full.exit_code, 1) << full.err;
  EXPECT_THAT(full.err, HasSubstr("responses.sqlite"));
  EXPECT_THAT(full.err, HasSubstr("run again"));
  const std::size_t before = world.server().count();
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, whole);
  const ProgramResult again = world.recon({"run", "--config", "config.yaml", "-q"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_LE(world.server().count(), whole + 16)
      << "asked again: what could not be stored, at most what was in flight";
}

}  // namespace
}  // namespace recon::support
