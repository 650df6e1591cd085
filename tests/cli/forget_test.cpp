// `recon forget` and pseudonyms: what is to go is in no file of the run, nor in its store, and does not come
// back.

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Files of the run (the store and its log among them) in which a text stands.
std::vector<std::string> files_with(const World& world, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.run_file(""))) {
    if (entry.is_regular_file() && slurp(entry.path()).find(text) != std::string::npos)
      found.push_back(entry.path().filename().string());
  }
  return found;
}

std::string session_of_a_pair(const World& world, const std::string& split) {
  for (const Json& pair : world.records("pairs.jsonl")) {
    if (pair.at("split") == Json(split)) return pair.at("session_id");
  }
  return {};
}

TEST(Forget, ASessionGoesFromEveryFileAndStaysAway) {
  World world({1, 8, 3, 9, 6});
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  for (const char* split : {"train_1", "test"}) {
    const std::string session = session_of_a_pair(world, split);  // u0-s5
    const std::string number = session.substr(session.find("-s") + 2);
    const std::string said = "action-0-" + number + "-", heard = "context-0-" + number + "-";
    EXPECT_THAT(files_with(world, said), testing::Not(IsEmpty()));

    const ProgramResult forgotten = world.recon({"forget", "--config", "config.yaml", "--id", session});
    ASSERT_EQ(forgotten.exit_code, 0) << forgotten.err;
    EXPECT_THAT(forgotten.out, IsEmpty());
    EXPECT_THAT(forgotten.err, HasSubstr("forgot 6 turns in 1 session; with them went "));
    EXPECT_THAT(files_with(world, said), IsEmpty());
    EXPECT_THAT(files_with(world, heard), IsEmpty());

    const std::size_t asked = world.server().received().size();
    const ProgramResult again = world.recon({"run", "--config", "config.yaml"});
    ASSERT_EQ(again.exit_code, 0) << again.err;
    EXPECT_GT(world.server().received().size(), asked);
    for (std::size_t i = asked; i < world.server().received().size(); ++i) {
      EXPECT_EQ(world.server().received()[i].raw.find(said), std::string::npos);
    }
    EXPECT_THAT(files_with(world, said), IsEmpty());
    EXPECT_THAT(files_with(world, heard), IsEmpty());
  }
}

TEST(Forget, AnAuthorsTurnsGoAndTheOthersStay) {
  World world({1, 8, 3, 9, 6});
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  ASSERT_EQ(world.recon({"forget", "--config", "config.yaml", "--author", "Advocatetwo"}).exit_code, 0);
  EXPECT_THAT(files_with(world, "Advocatetwo"), IsEmpty());
  EXPECT_THAT(files_with(world, "context-0-1-"), IsEmpty()) << "their words in others' contexts and prompts";
  EXPECT_THAT(files_with(world, "Advocateone"), testing::Not(IsEmpty()));
  const auto sessions = world.records("sessions.jsonl");
  EXPECT_EQ(sessions.size(), 8U) << "the user's own turns of these sessions stay";
}

TEST(Forget, WhatPromptsShowedGoesThoughNothingElseOfThePairIsStored) {
  World world({1, 8, 3, 9, 6});
  ASSERT_EQ(world.recon({"run", "--config", "config.yaml"}).exit_code, 0);
  // Only the answers stay that were given to prompts about other pairs.
  for (const char* purpose : {"candidates", "baseline", "reconstruct", "judge"}) {
    ASSERT_EQ(world.recon({"cache", "prune", "-c", "config.yaml", "--purpose", purpose, "--yes"}).exit_code,
              0);
  }
  const auto stored = [&] { return world.recon({"cache", "stats", "-c", "config.yaml"}).out; };
  EXPECT_THAT(stored(), HasSubstr("generate"));
  const std::string session = session_of_a_pair(world, "train_1");
  const ProgramResult forgotten = world.recon({"forget", "--config", "config.yaml", "--id", session});
  ASSERT_EQ(forgotten.exit_code, 0) << forgotten.err;
  EXPECT_THAT(stored(), testing::Not(HasSubstr("generate")));
  EXPECT_THAT(stored(), testing::Not(HasSubstr("evaluate")));
}

TEST(Forget, ARejectedReplyThatQuotesWhatItWasShownGoesToo) {
  World world({1, 8, 3, 9, 6});
  ASSERT_EQ(world.recon({"retrieve", "--config", "config.yaml"}).exit_code, 0);
  // A test pair that was shown the session, and a reply about it that quotes the session.
  const Json neighbors = world.records("neighbors.jsonl").front();
  const std::string shown = neighbors.at("neighbors").at(0).at("pair_id");
  const std::string session = shown.substr(shown.find('/') + 1, shown.rfind('/') - shown.find('/') - 1);
  const std::string test = neighbors.at("pair_id");
  std::string rejects;
  for (const Json& about :
       {Json{{"subject", {{"pair", test}}}}, Json{{"subject", {{"pair", test}, {"method", "recon-select"}}}},
        Json{{"key", test + " recon-select"}}}) {
    rejects += Json{{"stage", "evaluate"},
                    {about.begin().key(), *about.begin()},
                    {"causes", {{{"kind", "unusable"}, {"message", "no JSON"}}}},
                    {"raw", "a quoted-canary"}}
                   .dump() +
               "\n";
  }
  put(world.run_file("rejects.jsonl"), rejects);
  ASSERT_EQ(world.recon({"forget", "--config", "config.yaml", "--id", session}).exit_code, 0);
  EXPECT_THAT(files_with(world, "quoted-canary"), IsEmpty());
}

TEST(Forget, SaysWhenThereIsNothingToForgetAndKeepsTheListAllTheSame) {
  World world({1, 8, 3, 9, 6});
  EXPECT_EQ(world.recon({"forget", "--config", "config.yaml", "--author", "Advocateone"}).exit_code, 1);
  ASSERT_EQ(world.recon({"ingest", "--config", "config.yaml"}).exit_code, 0);
  const auto before = run_bytes(world.run_file(""));
  const ProgramResult nobody = world.recon({"forget", "--config", "config.yaml", "--author", "Nobody"});
  EXPECT_EQ(nobody.exit_code, 0);
  EXPECT_THAT(nobody.err, HasSubstr("nothing in this run"));
  EXPECT_EQ(run_bytes(world.run_file("")), before);
  EXPECT_TRUE(std::filesystem::exists(world.run_file("forgotten.json")));
  EXPECT_EQ(world.recon({"forget", "--config", "config.yaml"}).exit_code, 2);
  EXPECT_EQ(world.recon({"forget", "--config", "config.yaml", "--author", "[deleted]"}).exit_code, 2);
}

TEST(Pseudonyms, NoNameIsInAnyFileNorSentToAnyModel) {
  World world({2, 8, 3, 9, 6});
  const ProgramResult run =
      world.recon({"run", "--config", "config.yaml", "--set", "source.pseudonyms=true", "-v"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* name : {"Namewordone", "Namewordtwo", "Advocateone", "Advocatetwo"}) {
    EXPECT_THAT(files_with(world, name), IsEmpty()) << name;
    EXPECT_THAT(run.err, testing::Not(HasSubstr(name)));
    for (const ReceivedCall& call : world.server().received())
      EXPECT_EQ(call.raw.find(name), std::string::npos);
  }
  EXPECT_THAT(files_with(world, "person_"), testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace recon::support
