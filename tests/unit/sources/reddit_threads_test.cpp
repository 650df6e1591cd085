#include <string>
#include <vector>

#include "reddit/threads.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::int64_t new_year = 1609459200;  // 2021-01-01
constexpr std::int64_t a_day = 86400;

UserConfig user(const std::string& name, std::optional<std::string> from = {},
                std::optional<std::string> to = {}) {
  UserConfig config;
  config.id = UserId(name);
  config.name = name;
  config.from = std::move(from);
  config.to = std::move(to);
  return config;
}

RedditName comment_name(std::uint64_t id) { return {RedditKind::comment, id}; }
const RedditName post_name = {RedditKind::post, 1000};

/// The threads of one post; comments are written `add(id, parent)`, with 0 for the post.
class PostThreadsTest : public ::testing::Test {
 protected:
  std::vector<UserConfig> users_ = {user("ann"), user("bob")};

  ThreadEntry& add(std::uint64_t id, std::uint64_t parent, const std::string& author = "someone") {
    ThreadEntry entry;
    entry.name = comment_name(id);
    entry.parent = parent == 0 ? post_name : comment_name(parent);
    entry.user = RedditUsers(users_).find(author).value_or(ThreadEntry::no_user);
    return push(entry);
  }
  ThreadEntry& add_post() {
    ThreadEntry entry;
    entry.name = post_name;
    return push(entry);
  }
  [[nodiscard]] PostThreads build() {
    std::sort(entries_.begin(), entries_.end(), comes_before);
    used_ = std::make_unique<RedditUsers>(users_);
    return {entries_, post_name, *used_};
  }
  static std::vector<std::vector<std::uint64_t>> ids(const PostThreads& threads) {
    std::vector<std::vector<std::uint64_t>> all;
    for (const std::size_t end : threads.ends()) {
      all.emplace_back();
      for (const std::size_t turn : threads.thread(end)) all.back().push_back(threads.entry(turn).name.id);
    }
    return all;
  }

  std::vector<ThreadEntry> entries_;

 private:
  std::unique_ptr<RedditUsers> used_;

  ThreadEntry& push(ThreadEntry entry) {
    entry.sequence = entries_.size();
    entry.code_points = 30;
    entry.created = new_year;
    entries_.reserve(100);  // so that what `add` gave stays valid
    entries_.push_back(entry);
    return entries_.back();
  }
};

TEST_F(PostThreadsTest, AThreadLeadsFromThePostToTheUsersComment) {
  add_post();
  add(1, 0);
  add(2, 1);
  add(3, 2, "ann");
  add(4, 3);
  add(5, 1);
  const PostThreads threads = build();
  EXPECT_THAT(ids(threads), ElementsAre(ElementsAre(1000U, 1U, 2U, 3U)));
  EXPECT_THAT(threads.skips(), IsEmpty());
  EXPECT_THAT(threads.missing(), IsEmpty());
}

TEST_F(PostThreadsTest, TheOrderOfTheSourceDoesNotMatter) {
  add(3, 2, "ann");
  add(2, 1);
  add_post();
  add(1, 0);
  EXPECT_THAT(ids(build()), ElementsAre(ElementsAre(1000U, 1U, 2U, 3U)));
}

TEST_F(PostThreadsTest, ThreadsComeInByteOrderOfTheirIds) {
  add_post();
  add(35, 0, "ann");       // z
  add(36, 0, "ann");       // 10
  add(36 * 35, 0, "ann");  // z0
  EXPECT_THAT(ids(build()),
              ElementsAre(ElementsAre(1000U, 36U), ElementsAre(1000U, 35U), ElementsAre(1000U, 36U * 35U)));
}

TEST_F(PostThreadsTest, TheBeginningOfALongerThreadIsLeftOut) {
  add_post();
  add(1, 0, "ann");
  add(2, 1, "bob");
  add(3, 2, "ann");
  add(4, 1, "ann");
  const PostThreads threads = build();
  EXPECT_THAT(ids(threads), ElementsAre(ElementsAre(1000U, 1U, 2U, 3U), ElementsAre(1000U, 1U, 4U)));
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("beginning of a longer thread", 2)));
}

TEST_F(PostThreadsTest, AThreadThatIsDiscardedCoversNone) {
  add_post();
  add(1, 0, "ann");
  add(2, 1).is_deleted = true;
  add(3, 2, "ann");
  const PostThreads threads = build();
  EXPECT_THAT(ids(threads), ElementsAre(ElementsAre(1000U, 1U)));
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("thread with a deleted turn", 1)));
}

TEST_F(PostThreadsTest, ADeletedTurnOfAnotherBranchDoesNotMatter) {
  add_post();
  add(1, 0).is_deleted = true;
  add(2, 0, "ann");
  add(3, 2).is_deleted = true;
  EXPECT_THAT(ids(build()), ElementsAre(ElementsAre(1000U, 2U)));
}

TEST_F(PostThreadsTest, AUsersDeletedCommentIsNoTarget) {
  add_post();
  add(1, 0, "ann").is_deleted = true;
  const PostThreads threads = build();
  EXPECT_THAT(threads.ends(), IsEmpty());
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("user's comment deleted or removed", 1)));
}

TEST_F(PostThreadsTest, AUsersOwnDeletedTurnDiscardsNothingThatTheySayBelow) {
  add_post();
  add(1, 0, "ann").is_deleted = true;
  add(2, 1);
  add(3, 2, "ann");
  add(4, 2, "bob");  // to whom it is somebody else's
  const PostThreads threads = build();
  EXPECT_THAT(ids(threads), ElementsAre(ElementsAre(1000U, 1U, 2U, 3U)));
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("thread with a deleted turn", 1),
                                           Pair("user's comment deleted or removed", 1)));
}

TEST_F(PostThreadsTest, DeletedTurnsOfTwoUsersDiscardWhatEitherSaysBelow) {
  add_post();
  add(1, 0, "ann").is_deleted = true;
  add(2, 1, "bob").is_deleted = true;
  add(3, 2, "ann");
  add(4, 2, "bob");
  const PostThreads threads = build();
  EXPECT_THAT(threads.ends(), IsEmpty());
  EXPECT_EQ(threads.skips().at("thread with a deleted turn"), 2U);
}

TEST_F(PostThreadsTest, WhatAUsersOwnDeletedTurnNeedsIsFetched) {
  add_post();
  add(5, 4, "ann").is_deleted = true;
  add(6, 5, "ann");
  add(7, 5, "bob");
  const PostThreads threads = build();
  EXPECT_THAT(threads.missing(), ElementsAre(comment_name(4)));
  EXPECT_EQ(threads.skips().at("thread with a deleted turn"), 1U);
}

TEST_F(PostThreadsTest, ThreadsOfADeletedPostAreDiscarded) {
  add_post().is_deleted = true;
  add(1, 0, "ann");
  add(2, 99, "ann");  // nothing needs to be fetched for it
  const PostThreads threads = build();
  EXPECT_THAT(threads.ends(), IsEmpty());
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("thread of a deleted or removed post", 2)));
  EXPECT_THAT(threads.missing(), IsEmpty());
}

TEST_F(PostThreadsTest, ThreadsUnderARemovalNoticeAreDiscarded) {
  add_post().has_removal_title = true;
  add(1, 0, "ann");
  EXPECT_THAT(build().skips(), ElementsAre(Pair("thread of a post with a removal notice as title", 1)));
}

TEST_F(PostThreadsTest, ThreadsOfShortTurnsAreDiscarded) {
  add_post().code_points = 20;
  add(1, 0, "ann").code_points = 20;
  add(2, 0, "ann").code_points = 19;
  const PostThreads threads = build();
  EXPECT_THAT(ids(threads), ElementsAre(ElementsAre(1000U, 1U)));
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("thread of short turns", 1)));
}

TEST_F(PostThreadsTest, TheNearestMissingAncestorIsNamed) {
  add_post();
  add(5, 4);
  add(6, 5, "ann");
  add(7, 5, "bob");
  const PostThreads threads = build();
  EXPECT_THAT(threads.ends(), IsEmpty());
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("missing ancestor", 2)));
  EXPECT_THAT(threads.missing(), ElementsAre(comment_name(4), comment_name(4)));
}

TEST_F(PostThreadsTest, AMissingPostIsNamedToo) {
  add(1, 0, "ann");
  add(6, 5, "ann");
  EXPECT_THAT(build().missing(), ElementsAre(post_name, comment_name(5), post_name));
}

TEST_F(PostThreadsTest, NothingIsFetchedForAThreadWithADeletedTurn) {
  add_post();
  add(5, 4).is_deleted = true;
  add(6, 5, "ann");
  const PostThreads threads = build();
  EXPECT_THAT(threads.missing(), IsEmpty());
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("thread with a deleted turn", 1)));
}

TEST_F(PostThreadsTest, OfARepeatedRecordTheFirstWithATextCounts) {
  add_post();
  add(1, 0).is_deleted = true;
  add(1, 0).offset = 11;
  add(1, 0).offset = 22;
  add(2, 1, "ann").offset = 33;
  add(2, 1, "ann").offset = 44;
  const PostThreads threads = build();
  ASSERT_EQ(threads.ends().size(), 1U);
  const auto turns = threads.thread(threads.ends()[0]);
  EXPECT_EQ(threads.entry(turns[1]).offset, 11U);
  EXPECT_EQ(threads.entry(turns[2]).offset, 33U);
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("repeated record", 3)));
}

TEST_F(PostThreadsTest, WhatItsAuthorDeletedIsNotRestoredFromAnotherCopy) {
  add_post();
  add(1, 0);
  add(1, 0).is_deleted = true;
  add(1, 0).is_deleted = true;
  add(2, 1, "ann");
  add(3, 0);
  ThreadEntry& deleted = add(3, 0);
  deleted.is_deleted = deleted.author_deleted = true;
  add(3, 0);
  add(4, 3, "ann");
  const PostThreads threads = build();
  EXPECT_THAT(ids(threads), ElementsAre(ElementsAre(1000U, 1U, 2U)));
  EXPECT_THAT(threads.skips(),
              ElementsAre(Pair("repeated record", 4), Pair("thread with a deleted turn", 1)));
}

TEST_F(PostThreadsTest, WhoseADeletedTurnWasAnotherCopyKnows) {
  for (const bool named_first : {true, false}) {
    entries_.clear();
    add_post();
    if (named_first) add(1, 0, "ann");
    ThreadEntry& deleted = add(1, 0);
    deleted.is_deleted = deleted.author_deleted = true;
    if (!named_first) add(1, 0, "ann");
    add(2, 1, "ann");
    EXPECT_THAT(ids(build()), ElementsAre(ElementsAre(1000U, 1U, 2U)));
  }
}

TEST_F(PostThreadsTest, RepliesInALoopAreSkipped) {
  add_post();
  add(1, 3);
  add(2, 1);
  add(3, 2, "ann");
  add(4, 3, "bob");
  add(5, 5, "bob");
  const PostThreads threads = build();
  EXPECT_THAT(threads.ends(), IsEmpty());
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("replies in a loop", 3)));
}

TEST_F(PostThreadsTest, ADeepThreadIsBuilt) {
  std::vector<ThreadEntry> entries(100001);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].name = i == 0 ? post_name : comment_name(i);
    entries[i].parent = i <= 1 ? post_name : comment_name(i - 1);
    entries[i].user = 0;
    entries[i].code_points = 30;
  }
  std::sort(entries.begin(), entries.end(), comes_before);
  const RedditUsers users(users_);
  const PostThreads threads(entries, post_name, users);
  ASSERT_EQ(threads.ends().size(), 1U);
  EXPECT_EQ(threads.thread(threads.ends()[0]).size(), 100001U);
}

TEST_F(PostThreadsTest, ACommentOutsideTheUsersDatesEndsNoThread) {
  users_ = {user("ann", "2021-01-02", "2021-01-03")};
  add_post();
  add(1, 0, "ann");
  add(2, 0, "ann").created = new_year + a_day;
  add(3, 0, "ann").created = new_year + 2 * a_day;
  add(4, 0, "ann").created = std::nullopt;  // ingest counts those
  const PostThreads threads = build();
  EXPECT_THAT(ids(threads), ElementsAre(ElementsAre(1000U, 2U), ElementsAre(1000U, 4U)));
  EXPECT_THAT(threads.skips(), ElementsAre(Pair("user's comment outside the dates", 2)));
}

TEST_F(PostThreadsTest, ALongerThreadOfALaterDayCoversNoCommentWhoseDatesItLeaves) {
  users_ = {user("ann", "2020-01-01", "2021-01-02"), user("bob")};
  add_post();
  add(1, 0, "ann");
  add(2, 1, "bob");
  add(3, 2, "bob").created = new_year + a_day;
  EXPECT_THAT(ids(build()), ElementsAre(ElementsAre(1000U, 1U), ElementsAre(1000U, 1U, 2U, 3U)));
}

TEST_F(PostThreadsTest, OnePersonMayBeTwoUsersInTwoPeriods) {
  users_ = {user("ann", "2020-01-01", "2021-01-02"), user("ann", "2021-01-02", "2022-01-01")};
  add_post();
  add(1, 0, "ann");
  add(2, 1, "ann").created = new_year + a_day;
  EXPECT_THAT(ids(build()), ElementsAre(ElementsAre(1000U, 1U), ElementsAre(1000U, 1U, 2U)));
}

TEST(DiscardRules, DecideAsThePaperSays) {
  ThreadFacts good;
  good.turns = 2;
  good.code_points = 40;
  EXPECT_EQ(discard_reason(good), "");
  ThreadFacts facts = good;
  facts.root_is_deleted = true;
  EXPECT_EQ(discard_reason(facts), "thread of a deleted or removed post");
  facts = good;
  facts.root_has_removal_title = true;
  EXPECT_EQ(discard_reason(facts), "thread of a post with a removal notice as title");
  facts = good;
  facts.turns = 1;
  EXPECT_EQ(discard_reason(facts), "thread of fewer than two turns");
  facts = good;
  facts.has_deleted_turn = true;
  EXPECT_EQ(discard_reason(facts), "thread with a deleted turn");
  facts = good;
  facts.code_points = 39;
  EXPECT_EQ(discard_reason(facts), "thread of short turns");
}

TEST(UtcDay, IsTheDayInGreenwich) {
  EXPECT_EQ(utc_day(0), "1970-01-01");
  EXPECT_EQ(utc_day(new_year - 1), "2020-12-31");
  EXPECT_EQ(utc_day(new_year), "2021-01-01");
  EXPECT_EQ(utc_day(253402300799), "9999-12-31");
}

TEST(RedditUsersTest, AreFoundByTheirExactNames) {
  const RedditUsers users({user("bob"), user("ann")});
  EXPECT_TRUE(users.find("ann").has_value());
  EXPECT_NE(users.find("ann"), users.find("bob"));
  EXPECT_FALSE(users.find("Ann").has_value());
  EXPECT_FALSE(users.find("").has_value());
  EXPECT_FALSE(RedditUsers({}).find("ann").has_value());
}

}  // namespace
}  // namespace recon
