#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"

#include "ingest_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::read_all;
using support::TemporaryFolder;
using ::testing::HasSubstr;

std::string line(const std::string& id, const std::string& more = "") {
  return R"({"session_id": ")" + id + R"(", "domain": "pmq", "date": "2010-01-01", "title": "t", )" + more +
         R"("turns": [{"author": "A", "text": " as  it is "}, {"author": "A", "text": "two"}]})" + "\n";
}

class SessionsReaderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  [[nodiscard]] static std::unique_ptr<SessionReader> open(const std::filesystem::path& path) {
    SourceConfig config;
    config.domain = "sessions";
    config.path = path;
    return make_session_reader(config);
  }
  [[nodiscard]] std::unique_ptr<SessionReader> reader(const std::string& content) const {
    return open(folder_.add("sessions.jsonl", content));
  }
};

TEST_F(SessionsReaderTest, SessionsAreTakenAsTheyAre) {
  const auto sessions = read_all(*reader(line("a/1", R"("group": "g", )") + "\n" + line("b")));
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].session_id.str(), "a/1");
  EXPECT_EQ(sessions[0].group.str(), "g");
  EXPECT_EQ(sessions[0].domain, "pmq");
  EXPECT_EQ(sessions[0].turns[0], (Turn{"A", " as  it is "}));
  EXPECT_EQ(sessions[0].turns.size(), 2U);
  EXPECT_EQ(sessions[1].group.str(), "b");
}

TEST_F(SessionsReaderTest, MalformedLinesAreRejectedAndTheRestGoesOn) {
  const std::string content =
      line("a") + "{broken\n" + "\n" + "[1]\n" + R"({"session_id": "c", "domain": "pmq"})" +
      "\n{\"session_id\": \"\xff\"}\n" + line("") + line("a") +
      R"({"session_id": "d", "domain": "pmq", "date": "1 May", "turns": []})" + "\n" +
      R"({"session_id": "e", "domain": "pmq", "turns": [{"author": "", "text": "x"}]})" + "\n" + line("z");
  const auto source = reader(content);
  const auto sessions = read_all(*source);
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[1].session_id.str(), "z");
  std::vector<std::string> keys;
  for (const Reject& reject : source->rejects()) {
    keys.push_back(reject.subject.text());
    EXPECT_EQ(reject.stage, "ingest");
    EXPECT_NO_THROW(static_cast<void>(reject.to_json().dump()));
  }
  EXPECT_THAT(keys, ::testing::ElementsAre("sessions.jsonl:2", "sessions.jsonl:4", "sessions.jsonl:5",
                                           "sessions.jsonl:6", "sessions.jsonl:7", "sessions.jsonl:8",
                                           "sessions.jsonl:9", "sessions.jsonl:10"));
  EXPECT_THAT(source->rejects()[5].causes.at(0).message, HasSubstr("'a'"));
}

TEST_F(SessionsReaderTest, ASessionWithoutTurnsIsACountedSkip) {
  const auto source =
      reader(R"({"session_id": "a", "domain": "pmq", "turns": []})" + std::string("\n") + line("b"));
  EXPECT_EQ(read_all(*source).size(), 1U);
  EXPECT_THAT(source->skips(), ::testing::ElementsAre(::testing::Pair("no turns", 1)));
}

TEST_F(SessionsReaderTest, AnEmptyFileIsAnErrorThatSaysSo) {
  for (const char* content : {"", "\n \n"}) {
    try {
      static_cast<void>(reader(content));
      FAIL() << "accepted";
    } catch (const RunError& error) {
      EXPECT_THAT(error.what(), HasSubstr("empty"));
      EXPECT_THAT(error.what(), HasSubstr("sessions.jsonl"));
    }
  }
}

TEST_F(SessionsReaderTest, AMissingFileIsAnError) {
  EXPECT_THROW(static_cast<void>(open(folder_.path() / "absent.jsonl")), RunError);
  EXPECT_THROW(static_cast<void>(open(folder_.path())), RunError) << "a folder is no file";
}

TEST_F(SessionsReaderTest, ALineThatIsTooLongIsRejectedAndTheRestGoesOn) {
  const auto source = reader(line("a") + std::string(std::size_t{9} << 20U, 'x') + "\n" + line("b"));
  EXPECT_EQ(read_all(*source).size(), 2U);
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_EQ(source->rejects()[0].subject.text(), "sessions.jsonl:2");
  EXPECT_THAT(source->rejects()[0].causes.at(0).message, HasSubstr("larger than 8 MiB"));
}

TEST_F(SessionsReaderTest, LineEndsDoNotMatter) {
  std::string content = line("a") + line("b");
  content.insert(content.find('\n'), "\r");
  content.pop_back();
  EXPECT_EQ(read_all(*reader(content)).size(), 2U);
}

TEST_F(SessionsReaderTest, WhatComesBeforeTheBreakOfACompressedFileCounts) {
  const auto path = folder_.path() / "sessions.jsonl.zst";
  JsonlWriter writer(path);
  constexpr std::size_t count = 20'000;
  for (std::size_t i = 0; i < count; ++i) writer.write(Json::parse(line(std::to_string(i * 7919))));
  writer.commit();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto source = open(path);
  const std::size_t read = read_all(*source).size();
  EXPECT_GT(read, 0U);
  EXPECT_LT(read, count);
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_EQ(source->rejects()[0].subject.text(), "sessions.jsonl.zst:" + std::to_string(read + 1));
  EXPECT_THAT(source->rejects()[0].causes.at(0).message, HasSubstr("the file is cut off"));
}

TEST_F(SessionsReaderTest, AFileThatIsBrokenFromTheStartIsAnErrorThatSaysSo) {
  EXPECT_THAT([this] { return open(folder_.add("sessions.jsonl.zst", "no zstd")); },
              ::testing::ThrowsMessage<RunError>(HasSubstr("not valid zstd data")));
}

TEST_F(SessionsReaderTest, ReadsACompressedFile) {
  const auto path = folder_.path() / "sessions.jsonl.zst";
  JsonlWriter writer(path);
  writer.write(Json::parse(line("a")));
  writer.commit();
  EXPECT_EQ(read_all(*open(path)).size(), 1U);
}

}  // namespace
}  // namespace recon
