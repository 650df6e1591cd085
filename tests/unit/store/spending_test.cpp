// What a store knows besides answers: what calls cost, rounds of retries, the questions of a record.

#include "recon/store/store.hpp"

#include "store_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class StoreSpending : public StoreFixture {};
class StoreQuestions : public StoreFixture {};
class OldStore : public StoreFixture {};

TEST_F(StoreSpending, IsSummedPerRunOverReopening) {
  {
    ResponseStore store(path_, false);
    EXPECT_EQ(store.spent("a").tokens, 0);
    store.commit({paid(chat("q", 0, "x"), "a", 0.5, 100, 20), paid(chat("p", 0, "x"), "b", 2.0, 7, 1)});
    store.commit({paid(chat("r", 0, "x"), "a", 0.25, 10, 2)});
    EXPECT_DOUBLE_EQ(store.spent("a").usd, 0.75);
  }
  const ResponseStore store(path_, true);
  EXPECT_DOUBLE_EQ(store.spent("a").usd, 0.75);
  EXPECT_EQ(store.spent("a").tokens, 132);
  EXPECT_DOUBLE_EQ(store.spent("b").usd, 2.0);
  EXPECT_EQ(store.spent("b").tokens, 8);
  EXPECT_EQ(store.spent("never").tokens, 0);
}

TEST_F(StoreSpending, CountsAssumedCallsAndThoseThatOnlyCostDollars) {
  ResponseStore store(path_, false);
  StoredCompletion lost = failed("q", Failure::Kind::timeout, "no reply");
  store.commit({paid(lost, "a", 1.0, 50, 30, true)});
  store.commit({paid(chat("p", 0, "x"), "a", 0.125, 0, 0)});
  EXPECT_DOUBLE_EQ(store.spent("a").usd, 1.125);
  EXPECT_EQ(store.spent("a").tokens, 80);
  EXPECT_EQ(store.total_usage().prompt, 50);
  SQLite::Database database(path_.string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM calls").getInt(), 2);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM calls WHERE assumed").getInt(), 1);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM calls WHERE model = 'writer'").getInt(), 2);
}

TEST_F(StoreSpending, KeepsNoRowOfACallThatCostNothing) {
  ResponseStore store(path_, false);
  store.commit({chat("q", 0, "free")});
  SQLite::Database database(path_.string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM calls").getInt(), 0);
}

TEST_F(StoreSpending, MeanCompletionTokensPerAnswer) {
  ResponseStore store(path_, false);
  EXPECT_FALSE(store.mean_completion_tokens("server model", "candidates"));
  StoredCompletion four = paid(chat("q", 0, "a"), "run", 0, 100, 90);
  four.answers.push_back({1, ChatAnswer{"b", "", Finish::stop}});
  ask(store, "q", "record", four);
  ask(store, "p", "record", paid(chat("p", 0, "a"), "run", 0, 100, 30));
  ask(store, "unreported", "record", chat("unreported", 0, "a"));
  store.commit({paid(failed("p", Failure::Kind::timeout, "no reply"), "run", 0, 100, 1000, true)});
  EXPECT_EQ(store.mean_completion_tokens("server model", "candidates"), 40.0);
  EXPECT_FALSE(store.mean_completion_tokens("server model", "judge"));
  EXPECT_FALSE(store.mean_completion_tokens("another", "candidates"));
}

TEST_F(StoreQuestions, CommitReturnsWhatAnotherProcessStoredFirst) {
  ResponseStore one(path_, false);
  ResponseStore other(path_, false);
  one.commit({chat("q", 0, "theirs")});
  StoredCompletion ours = chat("q", 0, "ours");
  ours.answers.push_back({1, ChatAnswer{"new", "", Finish::stop}});
  const auto stored = other.commit({ours});
  ASSERT_THAT(stored, SizeIs(1));
  ASSERT_THAT(stored[0].answers, SizeIs(2));
  EXPECT_EQ(std::get<ChatAnswer>(stored[0].answers[0].answer).text, "theirs");
  EXPECT_EQ(std::get<ChatAnswer>(stored[0].answers[1].answer).text, "new");
  EXPECT_THAT(texts_of(other, "q"), ElementsAre("0 theirs", "1 new"));
}

TEST_F(StoreQuestions, CommitReturnsTextsAsAReplayWillReadThem) {
  ResponseStore store(path_, false);
  StoredCompletion broken = chat("q", 0, "broken \xff text");
  broken.failure = Failure{Failure::Kind::unusable, "m", "raw \xff"};
  const auto stored = store.commit({broken});
  EXPECT_EQ(std::get<ChatAnswer>(stored[0].answers[0].answer).text, "broken \xef\xbf\xbd text");
  EXPECT_EQ(stored[0].failure->raw, "raw \xef\xbf\xbd");
  EXPECT_THAT(texts_of(store, "q"), ElementsAre("0 broken \xef\xbf\xbd text"));
}

TEST_F(StoreQuestions, AnswersReadJustBeforeHideNothingFromWhatFollows) {
  ResponseStore one(path_, false);
  ResponseStore other(path_, false);
  EXPECT_THAT(texts_of(one, "q"), IsEmpty());
  other.commit({paid(failed("q", Failure::Kind::timeout, "slow"), "run", 0.5, 1, 1)});
  EXPECT_TRUE(one.failure(question("q")));
  EXPECT_THAT(texts_of(one, "q"), IsEmpty());
  other.commit({paid(chat("q", 0, "theirs"), "run", 0.5, 1, 1)});
  EXPECT_DOUBLE_EQ(one.spent("run").usd, 1.0);
  EXPECT_THAT(texts_of(one, "q"), ElementsAre("0 theirs"));
  other.commit({chat("q", 1, "theirs too")});
  const auto stored = one.commit({chat("q", 1, "ours")});
  EXPECT_EQ(std::get<ChatAnswer>(stored[0].answers[0].answer).text, "theirs too");
}

TEST_F(StoreQuestions, WhoAsksKeepsNobodyFromEmptyingTheLog) {
  ResponseStore store(path_, false);
  store.commit({chat("q", 0, "a")});
  SQLite::Database other(path_.string(), SQLite::OPEN_READWRITE);
  EXPECT_THAT(texts_of(store, "q"), SizeIs(1));
  EXPECT_EQ(other.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt(), 1) << "reading holds it shortly";
  store.remember(question("p"), key_of("p"), "record");
  EXPECT_THAT(texts_of(store, "q"), SizeIs(1));
  EXPECT_EQ(other.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt(), 0);
}

TEST_F(StoreQuestions, GrantsRetries) {
  {
    ResponseStore store(path_, false);
    EXPECT_EQ(store.retries(question("q")), 0);
    store.grant_retry(question("q"));
    store.grant_retries({question("q"), question("p")});
    EXPECT_EQ(store.retries(question("q")), 2);
  }
  const ResponseStore store(path_, true);
  EXPECT_EQ(store.retries(question("q")), 2);
  EXPECT_EQ(store.retries(question("p")), 1);
  EXPECT_EQ(store.retries(question("r")), 0);
  EXPECT_NE(error_of([&] { ResponseStore(path_, true).grant_retry(question("q")); }).find("reading only"),
            std::string::npos);
}

TEST_F(StoreQuestions, FindsThoseOfARecord) {
  ResponseStore store(path_, false);
  ask(store, "q", "user/session/1", chat("q", 0, "a"));
  store.commit({chat("q", 1, "b")});
  ask(store, "other", "user/session/10", chat("other", 0, "a"));
  const QuestionKey judge = key_of("j", "judge");
  store.remember(judge.digest(), judge, "user/session/1");
  store.commit({});
  const auto found = store.questions_of("user/session/1");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].digest, question("q"));
  EXPECT_EQ(found[0].identity, "server model");
  EXPECT_EQ(found[0].purpose, "candidates");
  EXPECT_EQ(found[0].seed, 42U);
  EXPECT_EQ(found[0].replicate, 0);
  EXPECT_EQ(found[0].record, "user/session/1");
  EXPECT_EQ(found[0].parts, key_of("q").parts());
  EXPECT_EQ(found[0].answers, 2U);
  EXPECT_THAT(found[0].last_answer, testing::MatchesRegex("20..-..-..T..:..:......Z"));
  EXPECT_EQ(found[1].purpose, "judge");
  EXPECT_EQ(found[1].answers, 0U);
  EXPECT_THAT(found[1].last_answer, IsEmpty());
  EXPECT_THAT(store.questions_of("nobody"), IsEmpty());
}

TEST_F(OldStore, ReplaysUnchanged) {
  make_old_store(path_);
  const ResponseStore store(path_, true);
  EXPECT_THAT(texts_of(store, "old"), ElementsAre("0 old 0"));
  EXPECT_EQ(store.spent("run").tokens, 0);
  EXPECT_EQ(store.retries(question("old")), 0);
  EXPECT_EQ(store.mean_completion_tokens("server model", "candidates"), 10.0);
  ASSERT_THAT(store.questions_of("user/session/1"), SizeIs(1));
  EXPECT_EQ(store.questions_of("user/session/1")[0].last_answer, "2026-01-02T03:04:05.678Z");
  SQLite::Database database(path_.string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM sqlite_master WHERE name = 'spending'").getInt(), 0);
}

TEST_F(OldStore, GetsWhatIsNewWhenOpenedForWriting) {
  make_old_store(path_);
  {
    ResponseStore store(path_, false);
    EXPECT_THAT(texts_of(store, "old"), ElementsAre("0 old 0"));
    store.commit({paid(chat("old", 1, "new"), "run", 0.5, 1, 1)});
    store.grant_retry(question("old"));
  }
  { const ResponseStore again(path_, false); }
  const ResponseStore store(path_, true);
  EXPECT_THAT(texts_of(store, "old"), ElementsAre("0 old 0", "1 new"));
  EXPECT_DOUBLE_EQ(store.spent("run").usd, 0.5);
  EXPECT_EQ(store.total_usage().prompt, 101);
  EXPECT_EQ(store.retries(question("old")), 1);
  SQLite::Database database(path_.string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM answers WHERE checksum IS NULL").getInt(), 1);
}

TEST_F(OldStore, MissesAChecksumOnlyWhereThereWasOne) {
  make_old_store(path_);
  { ResponseStore(path_, false).commit({chat("old", 1, "new")}); }
  {
    SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
    database.exec("DROP TRIGGER answers_stay; UPDATE answers SET checksum = NULL WHERE sample = 1");
  }
  const ResponseStore store(path_, true);
  EXPECT_THAT(error_of([&] { static_cast<void>(store.answers(question("old"))); }),
              testing::HasSubstr(question("old").hex()));
}

}  // namespace
}  // namespace recon
