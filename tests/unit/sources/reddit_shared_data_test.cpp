// Real dump lines, API bodies and a whole thread, where they are at hand (they are no part of this project).
#include "recon/core/files.hpp"
#include "recon/core/json.hpp"

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "ingest_fixtures.hpp"
#include "reddit/record.hpp"
#include "source_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

fs::path shared_reddit() {
  const char* configured = std::getenv("RECON_TEST_DATA");
  const fs::path data = configured != nullptr && *configured != '\0'
                            ? fs::path(configured)
                            : fs::path(RECON_SOURCE_DIR) / ".." / "shared" / "data";
  return data / "reddit";
}

class RealReddit : public ::testing::Test {
 protected:
  std::unique_ptr<SessionReader> reader_;

  void SetUp() override {
    if (!fs::exists(shared_reddit())) {
      GTEST_SKIP() << "no real comments and posts; set RECON_TEST_DATA to their folder";
    }
  }
  std::vector<Session> read(const fs::path& path, const std::vector<std::string>& users) {
    SourceConfig config;
    config.domain = "reddit";
    config.path = path;
    std::vector<UserConfig> configured;
    for (const std::string& user : users) {
      configured.emplace_back();
      configured.back().id = UserId(user);
      configured.back().name = user;
    }
    reader_ = make_session_reader(config, configured);
    return support::read_all(*reader_);
  }
  static std::size_t turns_by(const std::vector<Session>& sessions, const std::string& author) {
    std::set<std::string> ids;
    for (const Session& session : sessions) {
      for (const Turn& turn : session.turns) {
        if (turn.author == author && turn.id.starts_with("t1_")) ids.insert(turn.id);
      }
    }
    return ids.size();
  }
};

TEST_F(RealReddit, AWholeThreadGivesItsDeepestChains) {
  // With a text in place of the deleted ones no rule discards anything.
  const support::TemporaryFolder folder;
  std::string comments = read_file(shared_reddit() / "thread_n49rw" / "comments.jsonl");
  const std::string deleted = R"("body": "[deleted]")";
  for (std::size_t at = comments.find(deleted); at != std::string::npos; at = comments.find(deleted, at)) {
    comments.replace(at, deleted.size(), R"("body": "Something was said here.")");
  }
  folder.add("comments.jsonl", comments);
  folder.add("posts.jsonl", read_file(shared_reddit() / "thread_n49rw" / "posts.jsonl"));

  const auto alienth = read(folder.path(), {"alienth"});
  EXPECT_EQ(alienth.size(), 17U);
  EXPECT_EQ(turns_by(alienth, "alienth"), 25U);
  EXPECT_THAT(reader_->skips(), ElementsAre(Pair("beginning of a longer thread", 8)));
  const auto antdude = read(folder.path(), {"antdude"});
  EXPECT_EQ(antdude.size(), 29U);
  EXPECT_EQ(turns_by(antdude, "antdude"), 31U);
  const auto both = read(folder.path(), {"alienth", "antdude"});
  EXPECT_EQ(turns_by(both, "alienth"), 25U);
  EXPECT_EQ(turns_by(both, "antdude"), 31U);
}

TEST_F(RealReddit, ThreadsWithADeletedTurnAreDiscarded) {
  const auto alienth = read(shared_reddit() / "thread_n49rw", {"alienth"});
  EXPECT_EQ(alienth.size(), 16U);
  EXPECT_EQ(turns_by(alienth, "alienth"), 23U);
  EXPECT_THAT(reader_->skips(),
              ElementsAre(Pair("beginning of a longer thread", 7), Pair("thread with a deleted turn", 2)));
  EXPECT_THAT(reader_->rejects(), IsEmpty());
  EXPECT_THAT(reader_->missing(), IsEmpty());

  const auto antdude = read(shared_reddit() / "thread_n49rw", {"antdude"});
  EXPECT_EQ(antdude.size(), 25U);
  EXPECT_EQ(turns_by(antdude, "antdude"), 27U);
  for (const Session& session : antdude) {
    EXPECT_EQ(session.group.str(), "n49rw");
    EXPECT_EQ(session.turns.front().id, "t3_n49rw");
    EXPECT_EQ(session.turns.back().author, "antdude");
    EXPECT_EQ(session.date.substr(0, 8), "2011-12-");
  }
}

TEST_F(RealReddit, EveryRecordIsRead) {
  RedditParser parser;
  std::size_t comments = 0, posts = 0, files = 0;
  const auto use = [&](const std::string& text) {
    const RedditRecords& found = parser.parse(text);
    EXPECT_THAT(found.problems, IsEmpty());
    for (const RedditRecord& record : found.records) {
      (record.name.kind == RedditKind::comment ? comments : posts) += 1;
      EXPECT_TRUE(record.created.has_value());
      EXPECT_FALSE(record.subreddit.empty());
      EXPECT_FALSE(record.author.empty());
    }
  };
  for (const char* name : {"dump_lines/comments.jsonl", "dump_lines/submissions.jsonl"}) {
    const std::string text = read_file(shared_reddit() / name);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) use(text.substr(at, end - at));
      at = end + 1;
    }
  }
  EXPECT_EQ(comments, 27U);
  EXPECT_EQ(posts, 31U);
  for (const auto& entry : fs::directory_iterator(shared_reddit() / "pushshift_api")) {
    use(read_file(entry.path()));
    ++files;
  }
  EXPECT_EQ(files, 5U);
  EXPECT_EQ(comments, 27U + 210U);
  EXPECT_EQ(posts, 31U + 110U);
}

TEST_F(RealReddit, FoldersAreReadWithoutRejects) {
  EXPECT_THAT(read(shared_reddit() / "dump_lines", {"DubsAli"}), IsEmpty());
  EXPECT_THAT(reader_->rejects(), IsEmpty());
  // The line stands in the plain and in the compressed file.
  EXPECT_THAT(reader_->skips(), ElementsAre(Pair("missing ancestor", 1), Pair("repeated record", 1)));
  EXPECT_THAT(reader_->missing(), ElementsAre("t3_1afjd7n"));
  // A null parent is the post, which lies in another body; a number is a comment, which is in none.
  const auto sessions = read(shared_reddit() / "pushshift_api", {"SparkySailor"});
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].session_id.str(), "pbkq8f-haflpmt");
  EXPECT_THAT(reader_->rejects(), IsEmpty());
  EXPECT_THAT(read(shared_reddit() / "pushshift_api", {"sbenza"}), IsEmpty());
  EXPECT_THAT(reader_->missing(), ElementsAre("t1_h9wqr20", "t3_p9c8em"));
}

}  // namespace
}  // namespace recon
