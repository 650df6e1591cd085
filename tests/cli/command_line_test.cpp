// Help, version, wrong usage: exit code, standard output and standard error of the program.

#include "program.hpp"
#include "source_dir.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

ProgramResult recon(std::vector<std::string> arguments) {
  return run_program({program_under_test(), std::move(arguments)});
}

TEST(CommandLine, VersionAndHelpGoToStandardOutput) {
  const ProgramResult version = recon({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("recon 0."));
  EXPECT_THAT(version.err, IsEmpty());
  const ProgramResult help = recon({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* command : {"run", "ingest", "retrieve", "synthesize", "reconstruct", "judge", "select",
                              "generate", "evaluate", "report", "stats", "download", "forget"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
    const ProgramResult of_command = recon({command, "--help"});
    EXPECT_EQ(of_command.exit_code, 0) << command;
    EXPECT_THAT(of_command.out, HasSubstr("--config"));
  }
}

TEST(CommandLine, AloneItShowsTheWay) {
  const ProgramResult way = recon({});
  EXPECT_EQ(way.exit_code, 0);
  EXPECT_THAT(way.err, IsEmpty());
  for (const char* words : {"scripts/quickstart.sh", "recon plan --config", "recon COMMAND --help", "ingest",
                            "synthesize", "evaluate", "quantize"}) {
    EXPECT_THAT(way.out, HasSubstr(words));
  }
}

TEST(CommandLine, WrongUsageIsExit2WithNothingOnStandardOutput) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"selekt"},
                                             {"--nonsense"},
                                             {"select"},
                                             {"select", "--config"},
                                             {"select", "--nonsense"},
                                             {"run", "--config", "x.yaml", "--limit", "-3"},
                                             {"run", "--config", "x.yaml", "--log-format", "xml"}}) {
    const ProgramResult result = recon(arguments);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_FALSE(result.err.empty());
  }
}

TEST(CommandLine, TheShippedSchemaIsTheOneTheProgramReads) {
  const ProgramResult schema = recon({"schema"});
  ASSERT_EQ(schema.exit_code, 0) << schema.err;
  EXPECT_EQ(schema.out, slurp(std::filesystem::path(RECON_SOURCE_DIR) / "configs" / "recon.schema.json"))
      << "run: recon schema > configs/recon.schema.json";
}

TEST(CommandLine, JsonLogsAreOneObjectALine) {
  World world({1, 8, 3, 8, 4});
  const ProgramResult run = world.recon({"ingest", "--config", "config.yaml", "--log-format", "json"});
  ASSERT_EQ(run.exit_code, 0);
  put(world.file("log.jsonl"), run.err);
  const auto lines = read_lines(world.file("log.jsonl"));
  ASSERT_FALSE(lines.empty());
  for (const Json& line : lines)
    EXPECT_TRUE(line.contains("level") && line.contains("message") && line.contains("time"));
}

TEST(CommandLine, QuietSaysNothing) {
  World world({1, 8, 3, 8, 4});
  const ProgramResult run = world.recon({"select", "--config", "config.yaml", "--quiet"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, IsEmpty());
  EXPECT_THAT(run.out, IsEmpty());
}

TEST(CommandLine, ReportWritesTablesFromTheResults) {
  World world({1, 10, 3, 10, 6});
  const ProgramResult early = world.recon({"report", "--config", "config.yaml"});
  EXPECT_EQ(early.exit_code, 1);
  EXPECT_THAT(early.err, HasSubstr("recon evaluate"));
  const ProgramResult run = world.recon({"run", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const ProgramResult report = world.recon({"report", "--config", "config.yaml"});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  EXPECT_EQ(report.out, run.out);
  EXPECT_THAT(slurp(world.run_file("tables.md")), HasSubstr("| "));
}

}  // namespace
}  // namespace recon::support
