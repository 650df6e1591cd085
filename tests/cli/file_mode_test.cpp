// Shell scripts chain stages through files.

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;

const WorldSize size = {1, 10, 3, 10, 6};

TEST(FileMode, AChainOfFilesEqualsARunDirectory) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  const std::size_t asked = world.server().count();
  const auto step = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", "config.yaml", "--store", "run/responses.sqlite"});
    const ProgramResult result = world.recon(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  };
  step({"ingest", "--output", "p.jsonl"});
  step({"retrieve", "--pairs", "p.jsonl", "--output", "n.jsonl"});
  step({"synthesize", "--pairs", "p.jsonl", "--neighbors", "n.jsonl", "--output", "c.jsonl.zst", "--traces",
        "backward=b.jsonl"});
  step({"reconstruct", "--pairs", "p.jsonl", "--candidates", "c.jsonl.zst", "--output", "r.jsonl"});
  const ProgramResult judged = step({"judge", "--pairs", "p.jsonl", "--candidates", "c.jsonl.zst",
                                     "--reconstructions", "r.jsonl", "--output", "-"});
  put(world.file("j.jsonl"), judged.out);
  step({"select", "--candidates", "c.jsonl.zst", "--judgments", "j.jsonl", "--output", "t.jsonl"});
  EXPECT_EQ(slurp(world.file("p.jsonl")), slurp(world.run_file("pairs.jsonl")));
  EXPECT_EQ(slurp(world.file("n.jsonl")), slurp(world.run_file("neighbors.jsonl")));
  EXPECT_EQ(slurp(world.file("b.jsonl")), slurp(world.run_file("traces.backward.jsonl")));
  EXPECT_EQ(slurp(world.file("r.jsonl")), slurp(world.run_file("reconstructions.jsonl")));
  EXPECT_EQ(judged.out, slurp(world.run_file("judgments.jsonl")));
  // One file with every method's traces serves all of them.
  step({"generate", "--pairs", "p.jsonl", "--neighbors", "n.jsonl", "--traces", "backward=b.jsonl",
        "--traces", "recon-select=t.jsonl", "--traces", "random=t.jsonl", "--traces", "random-2=t.jsonl",
        "--output", "a.jsonl"});
  step({"evaluate", "--pairs", "p.jsonl", "--actions", "backward=a.jsonl", "--actions",
        "recon-select=a.jsonl", "--actions", "random=a.jsonl", "--actions", "random-2=a.jsonl", "--output",
        "v.jsonl", "--results", "results.json"});
  EXPECT_EQ(slurp(world.file("v.jsonl")), slurp(world.run_file("verdicts.jsonl")));
  EXPECT_EQ(slurp(world.file("results.json")), slurp(world.run_file("results.json")));
  EXPECT_EQ(world.server().count(), asked) << "every answer was in the store";
}

TEST(FileMode, StandardInputServes) {
  World world(size);
  ASSERT_EQ(world.recon({"retrieve", "--config", "config.yaml"}).exit_code, 0);
  ProgramCall call = world.call({"retrieve", "--config", "config.yaml", "--pairs", "-", "--output", "-"});
  call.input = slurp(world.run_file("pairs.jsonl"));
  const ProgramResult result = run_program(call);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, slurp(world.run_file("neighbors.jsonl")));
}

TEST(FileMode, AnEmptyFileIsSaid) {
  World world(size);
  put(world.file("empty.jsonl"), "");
  const ProgramResult result =
      world.recon({"retrieve", "--config", "config.yaml", "--pairs", "empty.jsonl", "--output", "n.jsonl"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("empty.jsonl: the file holds no pairs"));
  EXPECT_FALSE(std::filesystem::exists(world.file("n.jsonl")));
}

TEST(FileMode, AMissingFileFlagIsNamed) {
  World world(size);
  const ProgramResult result = world.recon({"judge", "--config", "config.yaml", "--output", "j.jsonl"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--pairs FILE"));
}

TEST(FileMode, ABrokenLineIsNamedByFileAndNumber) {
  World world(size);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  put(world.file("broken.jsonl"), slurp(world.run_file("pairs.jsonl")) + "{\"pair_id\": \n");
  const ProgramResult result =
      world.recon({"retrieve", "--config", "config.yaml", "--pairs", "broken.jsonl", "--output", "n.jsonl"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("broken.jsonl:17: not valid JSON"));
  EXPECT_FALSE(std::filesystem::exists(world.file("n.jsonl")));
}

}  // namespace
}  // namespace recon::support
