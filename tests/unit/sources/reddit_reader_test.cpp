#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"

#include <set>
#include <string>
#include <vector>

#include "ingest_fixtures.hpp"
#include "reddit/file.hpp"
#include "source_dir.hpp"
#include "user_turns.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::read_all;
using support::TemporaryFolder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::int64_t noon = 1609502400;  // 2021-01-01 12:00

Json post(const std::string& id, const std::string& title = "Am I being unfair to my neighbour?",
          const std::string& selftext = "She parks in front of my gate every day.") {
  return {{"id", id},
          {"author", "tom"},
          {"title", title},
          {"selftext", selftext},
          {"subreddit", "FairOrFoul"},
          {"created_utc", noon - 60}};
}
Json comment(const std::string& id, const std::string& author, const std::string& parent,
             const std::string& body = "This is a sentence of a fair length.",
             const std::string& link = "p1") {
  return {{"id", id},
          {"author", author},
          {"body", body},
          {"link_id", "t3_" + link},
          {"parent_id", parent},
          {"subreddit", "FairOrFoul"},
          {"created_utc", noon}};
}
std::string lines(const std::vector<Json>& records) {
  std::string text;
  for (const Json& record : records) text += record.dump() + '\n';
  return text;
}

class RedditReaderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  SourceConfig config_;
  std::vector<std::string> users_ = {"mira"};
  std::unique_ptr<SessionReader> reader_;

  /// Reads everything; the reader stays for what it counted.
  std::vector<Session> read() {
    config_.domain = "reddit";
    if (config_.path.empty()) config_.path = folder_.path();
    std::vector<UserConfig> users;
    for (const std::string& name : users_) {
      UserConfig user;
      user.id = UserId(name);
      user.name = name;
      users.push_back(user);
    }
    reader_ = make_session_reader(config_, users);
    return read_all(*reader_);
  }
  std::vector<std::string> read_ids() {
    std::vector<std::string> ids;
    for (const Session& session : read()) ids.push_back(session.session_id.str());
    return ids;
  }
  [[nodiscard]] std::vector<std::string> rejected() const {
    std::vector<std::string> keys;
    for (const Reject& reject : reader_->rejects()) keys.push_back(reject.subject.text());
    return keys;
  }
  void add(const std::string& name, const std::vector<Json>& records) const {
    folder_.add(name, lines(records));
  }
  void add_compressed(const std::string& name, const std::vector<Json>& records) const {
    JsonlWriter writer(folder_.path() / name);
    for (const Json& record : records) writer.write(record);
    writer.commit();
  }
};

TEST_F(RedditReaderTest, AThreadBecomesASession) {
  Json last = comment("c2", "mira", "t1_c1", " She may &amp; you can't.\n\nSorry. ");
  last["created_utc"] = "1609545599";
  add("u_mira_comments.jsonl", {last});
  add("r_fairorfoul.jsonl", {post("p1", "Gate &lt;3?"), comment("c1", "[deleted]", "t3_p1")});
  const auto sessions = read();
  ASSERT_EQ(sessions.size(), 1U);
  const Session& session = sessions[0];
  EXPECT_EQ(session.session_id.str(), "p1-c2");
  EXPECT_EQ(session.group.str(), "p1");
  EXPECT_EQ(session.domain, "reddit");
  EXPECT_EQ(session.date, "2021-01-01");
  EXPECT_EQ(session.title, "Gate <3?");
  EXPECT_THAT(session.turns,
              ElementsAre(Turn{"tom", "Gate <3?\n\nShe parks in front of my gate every day.", "t3_p1"},
                          Turn{"[deleted]", "This is a sentence of a fair length.", "t1_c1"},
                          Turn{"mira", "She may & you can't.\n\nSorry.", "t1_c2"}));
  EXPECT_THAT(reader_->skips(), IsEmpty());
  EXPECT_THAT(reader_->rejects(), IsEmpty());
  EXPECT_THAT(reader_->missing(), IsEmpty());
}

TEST_F(RedditReaderTest, ALinkPostIsItsTitle) {
  add("a.jsonl", {post("p1", "Look at what this gate has become", ""), comment("c1", "mira", "t3_p1")});
  EXPECT_EQ(read()[0].turns[0].text, "Look at what this gate has become");
}

TEST_F(RedditReaderTest, EveryKindOfFileIsRead) {
  add("RC_2021-01", {comment("c1", "mira", "t3_p1")});
  add_compressed("RC_2021-02.zst", {comment("c2", "mira", "t3_p1")});
  add("a.jsonl", {comment("c3", "mira", "t3_p1")});
  add_compressed("b.jsonl.zst", {comment("c4", "mira", "t3_p1")});
  add("c.ndjson", {comment("c5", "mira", "t3_p1")});
  add("sub/d.json", {comment("c6", "mira", "t3_p1"), comment("c7", "mira", "t3_p1")});
  folder_.add("sub/e.json", Json{{"data", {comment("c8", "mira", "t3_p1")}}, {"error", nullptr}}.dump(2));
  add("f.jsonl", {Json{{"data", {post("p1"), comment("c9", "mira", "t3_p1")}}}});
  add_compressed("g.json.zst", {Json{{"data", {comment("ca", "mira", "t3_p1")}}}});
  folder_.add("h.jsonl", "\xEF\xBB\xBF" + comment("cb", "mira", "t3_p1").dump() + "\r\n\r\n");
  folder_.add("README.md", "notes");
  EXPECT_THAT(read_ids(), ElementsAre("p1-c1", "p1-c2", "p1-c3", "p1-c4", "p1-c5", "p1-c6", "p1-c7", "p1-c8",
                                      "p1-c9", "p1-ca", "p1-cb"));
  EXPECT_THAT(rejected(), IsEmpty());
  EXPECT_THAT(reader_->skips(), ElementsAre(Pair("other file", 1)));
}

TEST_F(RedditReaderTest, OneFileIsASourceWhateverItsName) {
  add("everything.txt", {post("p1"), comment("c1", "mira", "t3_p1")});
  config_.path = folder_.path() / "everything.txt";
  EXPECT_THAT(read_ids(), ElementsAre("p1-c1"));
}

TEST_F(RedditReaderTest, SessionsComeInOrderOfTheirIds) {
  users_ = {"mira", "odo"};
  for (const char* id : {"p1", "p", "p10", "a0"}) {
    add(std::string(id) + ".jsonl", {post(id), comment("z", "mira", std::string("t3_") + id, "x", id),
                                     comment("10", "odo", std::string("t3_") + id, "y", id)});
  }
  const auto ids = read_ids();
  EXPECT_EQ(ids.size(), 8U);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST_F(RedditReaderTest, OnlyCommentsInTheSubredditsCount) {
  Json elsewhere = comment("c2", "mira", "t3_p1");
  elsewhere["subreddit"] = "cooking";
  Json nowhere = comment("c3", "mira", "t3_p1");
  nowhere.erase("subreddit");
  add("a.jsonl", {post("p1"), comment("c1", "mira", "t3_p1"), elsewhere, nowhere});
  config_.subreddits = {"fairORfoul"};
  EXPECT_THAT(read_ids(), ElementsAre("p1-c1"));
  EXPECT_THAT(reader_->skips(), ElementsAre(Pair("user's comment in another subreddit", 2)));
  config_.subreddits.clear();
  EXPECT_EQ(read_ids().size(), 3U);
}

TEST_F(RedditReaderTest, UsersAreTakenByTheirExactNames) {
  add("a.jsonl", {post("p1"), comment("c1", "Mira", "t3_p1"), comment("c2", "mira_", "t3_p1"),
                  comment("c3", "odo", "t3_p1", "mira said so, and \"mira\" is right about it")});
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(RedditReaderTest, WhatTheRulesDiscardIsCounted) {
  Json later = post("p6");
  later["_meta"] = {{"was_deleted_later", true}};
  Json removed = post("p3");
  removed["removed_by_category"] = "moderator";
  Json own = comment("c9", "mira", "t3_p7", "[removed]", "p7");
  add("a.jsonl", {post("p1", "A title of some length here", "[deleted]"), comment("c1", "mira", "t3_p1"),
                  post("p2", "[ Removed by moderator ]"),
                  comment("c2", "mira", "t3_p2", "A fair answer, I think.", "p2"), removed,
                  comment("c3", "mira", "t3_p3", "A fair answer, I think.", "p3"), post("p4"),
                  comment("c4", "odo", "t3_p4", "[ Removed by Reddit ]", "p4"),
                  comment("c5", "mira", "t1_c4", "A fair answer, I think.", "p4"),
                  post("p5", "Short", "Text"), comment("c6", "mira", "t3_p5", "No.", "p5"), later,
                  comment("c7", "mira", "t3_p6", "A fair answer, I think.", "p6"), post("p7"), own,
                  post("p8"), comment("c8", "mira", "t3_p8", "A fair answer, I think.", "p8")});
  EXPECT_THAT(read_ids(), ElementsAre("p8-c8"));
  EXPECT_THAT(reader_->skips(),
              ElementsAre(Pair("thread of a deleted or removed post", 3),
                          Pair("thread of a post with a removal notice as title", 1),
                          Pair("thread of short turns", 1), Pair("thread with a deleted turn", 1),
                          Pair("user's comment deleted or removed", 1)));
  EXPECT_THAT(rejected(), IsEmpty());
}

TEST_F(RedditReaderTest, MissingAncestorsAreListedAndFoundLater) {
  add("u_mira.jsonl", {comment("c5", "mira", "t1_c4"), comment("c9", "mira", "t1_c8", "Fair.", "p2")});
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(reader_->missing(), ElementsAre("t1_c4", "t1_c8", "t3_p1", "t3_p2"));
  EXPECT_THAT(reader_->skips(), ElementsAre(Pair("missing ancestor", 2)));
  add("fetched.json", {Json{{"data", {post("p1"), comment("c4", "odo", "t1_c3"), post("p2")}}}});
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(reader_->missing(), ElementsAre("t1_c3", "t1_c8"));
  add("fetched_2.json", {Json{{"data", {comment("c3", "odo", "t3_p1")}}}});
  EXPECT_THAT(read_ids(), ElementsAre("p1-c5"));
  EXPECT_THAT(reader_->missing(), ElementsAre("t1_c8"));
}

TEST_F(RedditReaderTest, TheFirstCopyWithATextCounts) {
  add("1.jsonl", {post("p1"), comment("c1", "odo", "t3_p1", "[removed]"),
                  comment("c2", "mira", "t1_c1", "The first copy of an answer.")});
  add("2.jsonl", {comment("c1", "odo", "t3_p1", "Saved before it was removed."),
                  comment("c2", "mira", "t1_c1", "The second copy of an answer.")});
  const auto sessions = read();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].turns[1].text, "Saved before it was removed.");
  EXPECT_EQ(sessions[0].turns[2].text, "The first copy of an answer.");
  EXPECT_THAT(reader_->skips(), ElementsAre(Pair("repeated record", 2)));
  EXPECT_THAT(rejected(), IsEmpty());
}

TEST_F(RedditReaderTest, WhatAnAuthorDeletedIsNotRestoredFromAnotherCopy) {
  Json marked = comment("c2", "odo", "t3_p1");
  marked["_meta"] = {{"was_deleted_later", true}};
  Json category = comment("c3", "odo", "t3_p1");
  category["removed_by_category"] = "deleted";
  Json moderated = comment("c4", "odo", "t3_p1");
  moderated["removed_by_category"] = "moderator";
  const std::vector<Json> older = {comment("c1", "odo", "t3_p1"), comment("c2", "odo", "t3_p1"),
                                   comment("c3", "odo", "t3_p1"), comment("c4", "odo", "t3_p1")};
  const std::vector<Json> newer = {comment("c1", "odo", "t3_p1", "[deleted]"), marked, category, moderated};
  add("0.jsonl", {post("p1"), comment("d1", "mira", "t1_c1"), comment("d2", "mira", "t1_c2"),
                  comment("d3", "mira", "t1_c3"), comment("d4", "mira", "t1_c4")});
  for (const bool is_older_first : {true, false}) {
    add("1.jsonl", is_older_first ? older : newer);
    add("2.jsonl", is_older_first ? newer : older);
    EXPECT_THAT(read_ids(), ElementsAre("p1-d4"));
    EXPECT_EQ(reader_->skips().at("thread with a deleted turn"), 3U);
  }
}

TEST_F(RedditReaderTest, AUsersOwnRemovedTurnStaysAsTheArchiveHasItAndIsNoTarget) {
  Json withdrawn = comment("c2", "mira", "t1_c1", "What she wished to be forgotten.");
  withdrawn["_meta"] = {{"was_deleted_later", true}};
  add("a.jsonl", {post("p1"), comment("c1", "mira", "t3_p1", "[ Removed by Reddit ]"), withdrawn,
                  comment("c3", "odo", "t1_c2"), comment("c4", "mira", "t1_c3"),
                  comment("c5", "mira", "t1_c4", "[removed]"), comment("c6", "mira", "t1_c5")});
  const auto sessions = read();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].session_id.str(), "p1-c6");
  const auto& turns = sessions[0].turns;
  ASSERT_EQ(turns.size(), 7U);
  EXPECT_EQ(turns[1], (Turn{"mira", "[ Removed by Reddit ]", "t1_c1"}));
  EXPECT_EQ(turns[2], (Turn{"mira", "[deleted]", "t1_c2"}));
  EXPECT_EQ(turns[5], (Turn{"mira", "[removed]", "t1_c5"}));
  UserConfig mira;
  mira.name = "mira";
  std::vector<UserTurn::Kind> kinds;
  const auto by_user = UserTurns(config_, {mira}).find(sessions[0]);
  for (const UserTurn& turn : by_user.at(0)) kinds.push_back(turn.kind);
  using Kind = UserTurn::Kind;
  EXPECT_THAT(kinds, ElementsAre(Kind::excluded, Kind::excluded, Kind::target, Kind::excluded, Kind::target));
}

TEST_F(RedditReaderTest, CommentsOfNothingThatIsSeenAndUnavailableOnesAreRemovedTurns) {
  for (const char* gone : {"[unavailable]", "[ Unavailable ]", "\\[removed\\]", "&amp;#x200B;", "\u200B",
                           "&nbsp;", "&#x200B;\n\n&#x200B;"}) {
    add("a.jsonl", {post("p1"), comment("c1", "odo", "t3_p1", gone), comment("c2", "mira", "t1_c1"),
                    comment("c3", "mira", "t3_p1", gone)});
    EXPECT_THAT(read_ids(), IsEmpty()) << gone;
    EXPECT_THAT(reader_->skips(), ElementsAre(Pair("thread with a deleted turn", 1),
                                              Pair("user's comment deleted or removed", 1)))
        << gone;
  }
}

TEST_F(RedditReaderTest, AUsersOwnUnavailableTurnIsNoTarget) {
  for (const char* gone : {"[unavailable]", "\\[removed\\]", "[this comment was removed]", "&amp;#x200B;"}) {
    add("a.jsonl", {post("p1"), comment("c1", "mira", "t3_p1", gone), comment("c2", "mira", "t1_c1")});
    const auto sessions = read();
    ASSERT_EQ(sessions.size(), 1U) << gone;
    UserConfig mira;
    mira.name = "mira";
    const auto turns = UserTurns(config_, {mira}).find(sessions[0]).at(0);
    ASSERT_EQ(turns.size(), 2U);
    EXPECT_EQ(turns[0].kind, UserTurn::Kind::excluded) << gone << ": " << sessions[0].turns[1].text;
    EXPECT_EQ(turns[1].kind, UserTurn::Kind::target);
  }
}

TEST_F(RedditReaderTest, TurnsHoldNothingThatIsNotSeen) {
  add("a.jsonl", {post("p1", "Gate\u200B of\u00A0mine", "One.\n\n&amp;#x200B;\n\nTwo."),
                  comment("c1", "mira", "t3_p1", "&amp;#x200B;\n\nYou are not&amp;nbsp;unfair, she is.")});
  const auto sessions = read();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].turns[0].text, "Gate of mine\n\nOne.\n\nTwo.");
  EXPECT_EQ(sessions[0].turns[1].text, "You are not unfair, she is.");
}

TEST_F(RedditReaderTest, ABrokenLineIsRejectedAndTheRestGoesOn) {
  const std::string good = comment("c1", "mira", "t3_p1").dump();
  Json bad_type = comment("c2", "mira", "t3_p1");
  bad_type["body"] = 7;
  folder_.add("dump.jsonl", post("p1").dump() + '\n' + good.substr(0, 70) + good +
                                "\n\n{\"id\": \"\xff\"}\n" + bad_type.dump() + "\n[]x\n" + good +
                                "\n{\"id\":");
  EXPECT_THAT(read_ids(), ElementsAre("p1-c1"));
  EXPECT_THAT(rejected(),
              ElementsAre("dump.jsonl:2", "dump.jsonl:4", "dump.jsonl:5", "dump.jsonl:6", "dump.jsonl:8"));
  EXPECT_THAT(reader_->rejects()[2].causes.at(0).message,
              HasSubstr("'body' should be a string, is a number"));
  for (const Reject& reject : reader_->rejects()) {
    EXPECT_EQ(reject.stage, "ingest");
    EXPECT_NO_THROW(static_cast<void>(reject.to_json().dump()));
  }
}

TEST_F(RedditReaderTest, ACutOffFileGivesWhatCameBefore) {
  std::vector<Json> records = {post("p1")};
  for (int i = 0; i < 2000; ++i) {
    records.push_back(
        comment("c" + std::to_string(1000 + i), "mira", "t3_p1", std::to_string(i * 7919) + " times fair"));
  }
  add_compressed("dump.zst", records);
  const auto path = folder_.path() / "dump.zst";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 30);
  add("z.jsonl", {comment("d1", "mira", "t3_p1")});
  const auto ids = read_ids();
  EXPECT_GT(ids.size(), 300U);
  EXPECT_LT(ids.size(), 2001U);
  EXPECT_EQ(ids.back(), "p1-d1");
  ASSERT_EQ(reader_->rejects().size(), 1U);
  EXPECT_EQ(reader_->rejects()[0].subject.text(), "dump.zst:" + std::to_string(ids.size() + 1));
  EXPECT_THAT(reader_->rejects()[0].causes.at(0).message, HasSubstr("ends early"));
}

TEST_F(RedditReaderTest, BadFilesAreRejectedAndTheRestGoesOn) {
  folder_.add("a.zst", "not compressed at all");
  folder_.add("b.jsonl.gz", "x");
  folder_.add("c.json", "{\n  \"data\": [\n");
  folder_.add("d.json", R"({"data": null, "error": "timeout"})");
  folder_.add("e.json.zst", "");
  folder_.add("f.json", Json{{"data", {post("p1"), 17, comment("c1", "mira", "t3_p1")}}}.dump(1));
  folder_.add("g.jsonl", "");
  EXPECT_THAT(read_ids(), ElementsAre("p1-c1"));
  EXPECT_THAT(rejected(),
              ElementsAre("b.jsonl.gz", "a.zst", "c.json", "d.json", "e.json.zst", "f.json:1 [1]"));
}

TEST_F(RedditReaderTest, ThousandsOfBrokenLinesAreCountedInOneReject) {
  std::string text = post("p1").dump() + '\n' + comment("c1", "mira", "t3_p1").dump() + '\n';
  for (int i = 0; i < 1500; ++i) text += "{\"id\": broken}\n";
  folder_.add("a.jsonl", text);
  EXPECT_EQ(read().size(), 1U);
  ASSERT_EQ(reader_->rejects().size(), 1001U);
  EXPECT_EQ(reader_->rejects().back().subject.text(), "a.jsonl");
  EXPECT_THAT(reader_->rejects().back().causes.at(0).message, HasSubstr("500 more"));
}

TEST_F(RedditReaderTest, ALineBeyondTheLimitIsRejected) {
  folder_.add("a.jsonl", lines({post("p1")}) + std::string(17U << 20U, 'x') + '\n' +
                             lines({comment("c1", "mira", "t3_p1")}));
  EXPECT_THAT(read_ids(), ElementsAre("p1-c1"));
  EXPECT_THAT(rejected(), ElementsAre("a.jsonl:2"));
  EXPECT_THAT(reader_->rejects()[0].causes.at(0).message, HasSubstr("longer than 16 MiB"));
}

TEST_F(RedditReaderTest, ALargeThreadIsReadLineByLine) {
  std::vector<Json> records = {post("p1")};
  for (int i = 0; i < 20000; ++i) {
    records.push_back(comment(
        "c" + std::to_string(10000 + i), i % 4000 == 0 ? "mira" : "odo",
        i == 0 ? "t3_p1" : "t1_c" + std::to_string(10000 + i - (i % 4000 == 1 ? 1 : i % 7 + 1) % (i + 1))));
  }
  // Whatever this tree is like: reading it in the other order gives the same.
  add("a.jsonl", records);
  const auto forward = read();
  std::reverse(records.begin(), records.end());
  add("a.jsonl", records);
  const auto backward = read();
  ASSERT_EQ(forward.size(), backward.size());
  ASSERT_FALSE(forward.empty());
  for (std::size_t i = 0; i < forward.size(); ++i) {
    EXPECT_EQ(forward[i].to_json().dump(), backward[i].to_json().dump());
  }
}

TEST_F(RedditReaderTest, AFailureToUseARecordIsNoProblemOfTheFile) {
  add("a.jsonl", {post("p1")});
  folder_.add("b.json", post("p1").dump(1));
  for (const char* name : {"a.jsonl", "b.json"}) {
    RedditParser parser;
    RedditFileUse use;
    use.record = [](const RedditRecord& /*record*/) { throw RunError("the disk is full"); };
    use.problem = [](const Subject& place, const std::string& /*error*/, std::string_view /*raw*/) {
      ADD_FAILURE() << "told of " << place.text();
    };
    EXPECT_THROW(read_reddit_file(folder_.path() / name, name, parser, use), RunError);
  }
}

TEST_F(RedditReaderTest, NothingToReadIsAnErrorThatNamesThePath) {
  folder_.add("README.md", "notes");
  EXPECT_THROW(read(), RunError);
  config_.path = folder_.path() / "absent";
  try {
    read();
    FAIL() << "accepted";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), HasSubstr("absent"));
  }
}

TEST_F(RedditReaderTest, WithoutUsersThereAreNoSessions) {
  users_.clear();
  add("a.jsonl", {post("p1"), comment("c1", "mira", "t3_p1")});
  EXPECT_THAT(read(), IsEmpty());
}

// What data/reddit/README.md says of the sample.
TEST_F(RedditReaderTest, TheSampleHoldsEveryCase) {
  config_.path = std::filesystem::path(RECON_SOURCE_DIR) / "data" / "reddit";
  config_.subreddits = {"fairorfoul"};
  users_ = {"Judge_Fennimore", "mossy_teakettle"};
  const auto sessions = read();
  std::set<std::string> groups;
  std::map<std::string, std::set<std::string>> comments;
  for (const Session& session : sessions) {
    groups.insert(session.group.str());
    for (const Turn& turn : session.turns) {
      if (turn.id.starts_with("t1_")) comments[turn.author].insert(turn.id);
    }
  }
  EXPECT_EQ(sessions.size(), 25U);
  EXPECT_EQ(groups.size(), 10U);
  EXPECT_EQ(comments["Judge_Fennimore"].size(), 22U);
  EXPECT_EQ(comments["mossy_teakettle"].size(), 31U);
  EXPECT_THAT(rejected(), IsEmpty());
  EXPECT_THAT(reader_->skips(),
              ElementsAre(Pair("beginning of a longer thread", 28), Pair("missing ancestor", 2),
                          Pair("other file", 1), Pair("repeated record", 2),
                          Pair("thread of a deleted or removed post", 4),
                          Pair("thread of a post with a removal notice as title", 2),
                          Pair("thread of short turns", 3), Pair("thread with a deleted turn", 3),
                          Pair("user's comment deleted or removed", 1),
                          Pair("user's comment in another subreddit", 3)));
  EXPECT_THAT(reader_->missing(), ElementsAre("t1_gpzzzz1", "t1_gq0k15y", "t3_lyyy1"));
}

}  // namespace
}  // namespace recon
