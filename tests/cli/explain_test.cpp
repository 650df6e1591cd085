// Everything about one pair, readable in a terminal.

#include <sstream>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::Not;

const WorldSize size = {1, 10, 3, 10, 6};

/// The first words of a text, which no line break separates.
std::string beginning(const Json& text) { return text.get<std::string>().substr(0, 20); }

TEST(Explain, ATrainPairShowsCandidatesReconstructionsScoresAndChoices) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  const std::string pair = world.records("candidates.jsonl").at(0).at("pair_id");
  const ProgramResult result =
      world.recon({"explain", pair, "--config", "config.yaml"}, {{"COLUMNS", "200"}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto expect_each = [&](const std::string& file, const char* field) {
    for (const Json& record : world.records(file)) {
      if (record.at("pair_id") != Json(pair)) continue;
      EXPECT_THAT(result.out, HasSubstr(beginning(record.at(field)))) << file;
    }
  };
  expect_each("candidates.jsonl", "reasoning");
  expect_each("reconstructions.jsonl", "action");
  expect_each("traces.backward.jsonl", "reasoning");
  expect_each("pairs.jsonl", "action");
  for (const Json& trace : world.records("traces.recon-select.jsonl")) {
    if (trace.at("pair_id") != Json(pair)) continue;
    EXPECT_THAT(result.out, testing::ContainsRegex("Candidate " + trace.at("candidate").dump() +
                                                   " -- kept by .*recon-select"));
  }
  std::size_t users = 0;
  for (const Json& neighbors : world.records("neighbors.jsonl")) {
    for (const Json& neighbor : neighbors.at("neighbors")) {
      if (neighbor.at("pair_id") != Json(pair)) continue;
      ++users;
      EXPECT_THAT(result.out, HasSubstr(neighbors.at("pair_id").get<std::string>() + "  (number"));
    }
  }
  EXPECT_THAT(result.out, HasSubstr("Neighbour of " + std::to_string(users) + " test pairs"));
  EXPECT_THAT(result.out, HasSubstr("score: overall"));
  EXPECT_THAT(result.out, Not(HasSubstr("Not there yet")));
  EXPECT_THAT(result.out, Not(HasSubstr("\033")));  // no terminal, no colour
}

TEST(Explain, ATestPairShowsNeighboursActionsAndVerdicts) {
  World world(size);
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
  const std::string pair = world.records("neighbors.jsonl").at(0).at("pair_id");
  const ProgramResult result = world.recon({"explain", pair, "--config", "config.yaml"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part :
       {"Neighbours (6)", "Generated actions (4)", "Verdicts (3)", "shown first:", "backward, by"})
    EXPECT_THAT(result.out, HasSubstr(part));
  const ProgramResult json = world.recon({"explain", pair, "--config", "config.yaml", "--json"});
  const Json object = Json::parse(json.out);
  EXPECT_EQ(object.at("verdicts").size(), 3U);
  EXPECT_EQ(object.at("pair").at("pair_id"), Json(pair));
  EXPECT_EQ(object.at("actions").size(), 4U);
}

TEST(Explain, LinesFitTheWidthAndMissingFilesAreSaid) {
  World world(size);
  ASSERT_EQ(world.recon({"synthesize", "--config", "config.yaml", "-q"}).exit_code, 0);
  const std::string pair = world.records("candidates.jsonl").at(0).at("pair_id");
  const ProgramResult result = world.recon({"explain", pair, "--config", "config.yaml"}, {{"COLUMNS", "60"}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 60U) << line;
  EXPECT_THAT(result.out, HasSubstr("reconstructions.jsonl"));
  EXPECT_THAT(result.out, HasSubstr("not judged"));
}

TEST(Explain, WithoutPairsItSaysWhatToDoAndMakesNothing) {
  World world(size);
  const ProgramResult result = world.recon({"explain", "user_one/u0-s0/1", "--config", "config.yaml"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("recon ingest"));
  EXPECT_FALSE(std::filesystem::exists(world.file("run")));
}

}  // namespace
}  // namespace recon::support
