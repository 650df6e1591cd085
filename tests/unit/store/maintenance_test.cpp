// Looking at a store, checking it, and taking out what is no longer wanted.

#include "recon/store/maintenance.hpp"

#include "recon/core/files.hpp"

#include "removal.hpp"
#include "store_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class StoreCare : public StoreFixture {
 protected:
  /// Two purposes, two records, a failure that came last and one that was followed by an answer.
  StoreCare() {
    ResponseStore store(path_, false);
    ask(store, "q", "user/session/1", paid(chat("q", 0, "a secret"), "run", 0.5, 100, 20));
    ask(store, "p", "user/session/2", failed("p", Failure::Kind::timeout, "slow"));
    store.commit({paid(chat("p", 0, "b"), "run", 0.25, 10, 2)});
    const QuestionKey judge = key_of("j", "judge");
    store.remember(judge.digest(), judge, "user/session/1");
    StoredCompletion refused = paid(StoredCompletion{}, "run", 0.125, 7, 1, true);
    refused.question = judge.digest();
    refused.failure = Failure{Failure::Kind::refused, "no", ""};
    store.commit({refused});
  }

  void execute(const std::string& statements) const {
    SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec(statements);
  }
};

TEST_F(StoreCare, CountsByModelAndPurpose) {
  const StoreStatistics statistics = store_statistics(path_);
  ASSERT_THAT(statistics.groups, SizeIs(2));
  const StoreGroup& candidates = statistics.groups[0];
  EXPECT_EQ(candidates.identity, "server model");
  EXPECT_EQ(candidates.purpose, "candidates");
  EXPECT_EQ(candidates.questions, 2U);
  EXPECT_EQ(candidates.answers, 2U);
  EXPECT_EQ(candidates.failed, 0U) << "the failure was followed by an answer";
  EXPECT_EQ(candidates.usage.prompt, 110);
  EXPECT_DOUBLE_EQ(candidates.usd, 0.75);
  const StoreGroup& judge = statistics.groups[1];
  EXPECT_EQ(judge.purpose, "judge");
  EXPECT_EQ(judge.answers, 0U);
  EXPECT_EQ(judge.failed, 1U);
  EXPECT_DOUBLE_EQ(judge.usd_assumed, 0.125);
  EXPECT_EQ(statistics.total.questions, 3U);
  EXPECT_EQ(statistics.total.calls, 3U);
  EXPECT_DOUBLE_EQ(statistics.total.usd, 0.875);
  EXPECT_EQ(statistics.bytes, std::filesystem::file_size(path_));
}

TEST_F(StoreCare, AWholeStoreHasNoProblems) {
  const StoreVerification found = verify_store(path_);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.answers, 2U);
  EXPECT_EQ(found.unchecked, 0U);
}

TEST_F(StoreCare, VerifyKnowsAnswersOfBeforeChecksums) {
  std::filesystem::remove(path_);
  make_old_store(path_);
  { const ResponseStore store(path_, false); }
  const StoreVerification found = verify_store(path_);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.unchecked, 1U);
}

TEST_F(StoreCare, VerifyFindsAChangedAnswer) {
  std::string bytes = read_file(path_);
  bytes[bytes.find("a secret")] = 'A';
  write_file(path_, bytes);
  EXPECT_THAT(verify_store(path_).problems, ElementsAre(HasSubstr(question("q").hex())));
}

TEST_F(StoreCare, VerifyFindsWhatDoesNotFit) {
  execute(
      "PRAGMA ignore_check_constraints = ON; DELETE FROM questions WHERE purpose = 'judge';"
      "INSERT INTO calls(question, prompt_tokens, cached, completion, reasoning, created) "
      "VALUES (x'0102', 1, 0, 0, 0, 'now'); UPDATE spending SET tokens = 1");
  EXPECT_THAT(verify_store(path_).problems,
              AllOf(SizeIs(3), Contains(HasSubstr("not 32 bytes")), Contains(HasSubstr("failures: 1 rows")),
                    Contains(HasSubstr("run 'run'"))));
}

TEST_F(StoreCare, EveryQuestionIsHandedOverAndNothingChanges) {
  const std::string before = read_file(path_);
  std::vector<std::string> found;
  for_each_question(path_, [&](std::string_view record, std::string_view purpose) {
    found.push_back(std::string(record) + " " + std::string(purpose));
  });
  EXPECT_THAT(found, UnorderedElementsAre("user/session/1 candidates", "user/session/2 candidates",
                                          HasSubstr("judge")));
  EXPECT_EQ(read_file(path_), before);
}

TEST_F(StoreCare, FiltersCombineAndAPreviewChangesNothing) {
  const std::string before = read_file(path_);
  const StoreRemoval one = preview_removal(path_, {.purpose = "candidates"});
  EXPECT_EQ(one.questions, 2U);
  EXPECT_EQ(one.answers, 2U);
  EXPECT_EQ(one.failures, 1U);
  EXPECT_DOUBLE_EQ(one.usd, 0.75);
  EXPECT_EQ(one.tokens, 132);
  EXPECT_EQ(preview_removal(path_, {.purpose = "candidates", .record_prefix = "user/session/1"}).answers, 1U);
  EXPECT_EQ(preview_removal(path_, {.record_prefix = "user/session/1"}).questions, 2U);
  EXPECT_EQ(preview_removal(path_, {.identity = "model"}).answers, 2U);
  EXPECT_EQ(preview_removal(path_, {.identity = "other"}).questions, 0U);
  EXPECT_EQ(preview_removal(path_, {.before = "2026-01-01"}).answers, 0U) << "stored today";
  EXPECT_EQ(preview_removal(path_, {.before = "9999-01-01"}).answers, 2U);
  EXPECT_EQ(preview_removal(path_, {.failures_only = true}).failures, 2U);
  EXPECT_EQ(preview_removal(path_, {.failures_only = true}).answers, 0U);
  EXPECT_EQ(read_file(path_), before);
}

TEST_F(StoreCare, RemovesAndKeepsWhatItCost) {
  const StoreRemoval removed = remove_from_store(path_, {.record_prefix = "user/session/1"});
  EXPECT_EQ(removed.questions, 2U);
  EXPECT_EQ(removed.answers, 1U);
  EXPECT_EQ(read_file(path_).find("a secret"), std::string::npos);
  {
    const ResponseStore store(path_, true);
    EXPECT_THAT(texts_of(store, "q"), IsEmpty());
    EXPECT_THAT(texts_of(store, "p"), ElementsAre("0 b"));
    EXPECT_THAT(store.questions_of("user/session/1"), IsEmpty());
    EXPECT_DOUBLE_EQ(store.spent("run").usd, 0.875);
    EXPECT_EQ(store.total_usage().prompt, 117);
  }
  EXPECT_THAT(verify_store(path_).problems, IsEmpty());
  const StoreStatistics statistics = store_statistics(path_);
  ASSERT_THAT(statistics.groups, SizeIs(2));
  EXPECT_EQ(statistics.groups[0].identity, std::nullopt) << "of calls whose questions are gone";
  EXPECT_DOUBLE_EQ(statistics.total.usd, 0.875);
  SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
  EXPECT_THROW(database.exec("DELETE FROM answers"), SQLite::Exception) << "the rule is back";
}

TEST_F(StoreCare, SaysThatOldBytesAreLeftWhereOnlyTheirWipingFails) {
  SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
  const SQLite::Transaction transaction(database);  // in which SQLite does not VACUUM
  EXPECT_THAT(error_of([&] { wipe_deleted(database, path_); }),
              AllOf(HasSubstr(path_.string()), HasSubstr("is removed, but its old bytes are not overwritten"),
                    HasSubstr("run the same command again")));
}

TEST_F(StoreCare, RemovesFailuresAlone) {
  EXPECT_EQ(remove_from_store(path_, {.failures_only = true}).failures, 2U);
  const ResponseStore store(path_, true);
  EXPECT_FALSE(store.failure(question("p")));
  EXPECT_THAT(texts_of(store, "p"), ElementsAre("0 b"));
}

}  // namespace
}  // namespace recon
