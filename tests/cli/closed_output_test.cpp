// A reader that has seen enough is no failure, nor are streams that the program is started without.

#include <csignal>

#include "program.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Runs a line of shell in the world's folder with `recon` as a function; fails where any part of a pipe
/// does.
ProgramResult shell(const World& world, const std::string& line) {
  ProgramCall call = world.call({});
  call.arguments = {"-c", "set -o pipefail; recon() { \"" + call.program.string() + "\" \"$@\"; }; " + line};
  call.program = "/bin/bash";
  return run_program(call);
}

TEST(ClosedOutput, OfAnyCommandIsNoFailure) {
  World world({1, 10, 3, 10, 6});
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  // `true` reads nothing at all, so that the pipe is closed before the first byte or soon after.
  for (const char* command :
       {"recon", "recon --help", "recon run --help", "recon --version", "recon schema",
        "recon stats -c config.yaml", "recon report -c config.yaml", "recon run -c config.yaml",
        "recon plan -c config.yaml", "recon cache stats -c config.yaml", "recon failures -c config.yaml",
        "recon cache export -c config.yaml --output -",
        "recon retrieve -c config.yaml --pairs run/pairs.jsonl --output -"}) {
    for (const char* reader : {"head -1 >/dev/null", "true", "sleep 0"}) {
      const ProgramResult result = shell(world, std::string(command) + " | " + reader);
      EXPECT_EQ(result.exit_code, 0) << command << " | " << reader << "\n" << result.err;
      EXPECT_THAT(result.err, testing::Not(HasSubstr("error"))) << command;
    }
  }
}

TEST(ClosedOutput, AReportIsWrittenAllTheSame) {
  World world({1, 10, 3, 10, 6});
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  ASSERT_EQ(shell(world, "recon report -c config.yaml | true").exit_code, 0);
  EXPECT_THAT(slurp(world.run_file("tables.md")), HasSubstr("| "));
}

TEST(ClosedOutput, RejectedRecordsAreStillSaid) {
  PlantedOptions options;
  options.faults = {{FaultKind::bad_request, 6, CallKind::reconstruct}};
  World world({1, 10, 3, 10, 6}, options);
  EXPECT_EQ(shell(world, "recon run -c config.yaml | true").exit_code, 3);
}

TEST(ClosedOutput, AClosedStandardErrorIsNoFailureEither) {
  World world({1, 10, 3, 10, 6});
  // Without a standard error of its own, the next file that is opened would take its number: the store.
  ASSERT_EQ(shell(world, "recon run -c config.yaml -v 2>&-").exit_code, 0);
  EXPECT_EQ(shell(world, "recon cache verify -c config.yaml").exit_code, 0);
  EXPECT_EQ(shell(world, "recon run -c config.yaml -v --force 2>&1 >/dev/null | true").exit_code, 0);
  EXPECT_EQ(shell(world, "recon stats -c config.yaml >&-").exit_code, 0);
  EXPECT_EQ(shell(world, "recon stats -c config.yaml <&- >&- 2>&-").exit_code, 0);
  EXPECT_EQ(shell(world, "recon selekt 2>&-").exit_code, 2);
}

TEST(ClosedOutput, AFullDiskIsAFailure) {
  World world({1, 10, 3, 10, 6});
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  const ProgramResult full = shell(world, "recon stats -c config.yaml >/dev/full");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("standard output: can't be written: No space left on device"));
}

}  // namespace
}  // namespace recon::support
