#include "prefetcher.hpp"

#include "recon/core/error.hpp"
#include "recon/engine/open_question.hpp"

#include <atomic>
#include <string>
#include <utility>

#include "engine_fixture.hpp"
#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr int more_than_is_made_ahead = 500;

class TaskFeedTest : public EngineTest {
 protected:
  /// Numbered tasks, each with one question that is its number.
  Prefetcher::Next numbered(int count) {
    return [this, count]() -> std::optional<Task> {
      const int number = made_++;
      if (number >= count) return std::nullopt;
      return Task{Subject::of_item(std::to_string(number)), {ask(std::to_string(number))}, nullptr};
    };
  }

  std::unique_ptr<ResponseStore> store_with(const std::vector<Question>& answered) {
    auto store = std::make_unique<ResponseStore>(folder_ / "store.sqlite", false);
    std::vector<StoredCompletion> completions;
    for (const Question& question : answered) {
      StoredCompletion completion;
      completion.question = digest_of_question(question, "identity", config_.engine_config());
      completion.answers.push_back({0, ChatAnswer{"stored " + text_of(question), "", Finish::stop}});
      completions.push_back(std::move(completion));
    }
    (void)store->commit(std::move(completions));
    return store;
  }
  static std::string text_of(const Question& question) {
    return std::get<ChatRequest>(question.request).messages.at(0).content;
  }

  std::atomic<int> made_ = 0;
};

TEST_F(TaskFeedTest, TasksComeInOrderAndThenNothing) {
  Prefetcher prefetcher(config_.engine_config(), numbered(more_than_is_made_ahead));
  for (int number = 0; number < more_than_is_made_ahead; ++number) {
    const std::optional<PrefetchedTask> fed = prefetcher.take();
    ASSERT_TRUE(fed);
    EXPECT_EQ(fed->task.subject.text(), std::to_string(number));
  }
  EXPECT_FALSE(prefetcher.take());
  EXPECT_FALSE(prefetcher.take());
}

TEST_F(TaskFeedTest, QuestionsOfAKnownModelAreLookedUp) {
  const auto store = store_with({ask("1")});
  Prefetcher prefetcher(config_.engine_config(), numbered(2));
  prefetcher.learn_identity("m", "identity");
  prefetcher.look_into(store->second_reader());
  const std::optional<PrefetchedTask> missing = prefetcher.take();
  const std::optional<PrefetchedTask> known = prefetcher.take();
  ASSERT_TRUE(missing && known);
  ASSERT_THAT(missing->looked_up, SizeIs(1));
  ASSERT_TRUE(missing->looked_up[0]);
  EXPECT_EQ(missing->looked_up[0]->digest.hex(),
            digest_of_question(ask("0"), "identity", config_.engine_config()).hex());
  EXPECT_THAT(missing->looked_up[0]->answers, IsEmpty());
  ASSERT_THAT(known->looked_up, SizeIs(1));
  ASSERT_TRUE(known->looked_up[0]);
  ASSERT_THAT(known->looked_up[0]->answers, SizeIs(1));
  EXPECT_EQ(std::get<ChatAnswer>(known->looked_up[0]->answers[0].answer).text, "stored 1");
}

TEST_F(TaskFeedTest, QuestionsOfAnUnknownModelAreLeftToTheEngine) {
  Prefetcher prefetcher(config_.engine_config(), numbered(1));
  prefetcher.learn_identity("another", "identity");
  const std::optional<PrefetchedTask> fed = prefetcher.take();
  ASSERT_TRUE(fed);
  ASSERT_THAT(fed->looked_up, SizeIs(1));
  EXPECT_FALSE(fed->looked_up[0]);
}

TEST_F(TaskFeedTest, WhatIsLearntOnTheWayCountsForLaterTasks) {
  Prefetcher prefetcher(config_.engine_config(), numbered(more_than_is_made_ahead));
  ASSERT_TRUE(prefetcher.take());
  prefetcher.learn_identity("m", "identity");
  std::optional<PrefetchedTask> last;
  while (std::optional<PrefetchedTask> fed = prefetcher.take()) last = std::move(fed);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->looked_up.at(0));
}

TEST_F(TaskFeedTest, AnErrorComesAfterTheTasksBeforeIt) {
  Prefetcher prefetcher(config_.engine_config(), [this]() -> std::optional<Task> {
    if (made_ == 3) throw UsageError("line 4 is wrong");
    return Task{Subject::of_item(std::to_string(made_++)), {}, nullptr};
  });
  for (int number = 0; number < 3; ++number)
    EXPECT_EQ(prefetcher.take()->task.subject.text(), std::to_string(number));
  EXPECT_THROW((void)prefetcher.take(), UsageError);
}

TEST_F(TaskFeedTest, NoMoreIsMadeThanAFewAhead) {
  Prefetcher prefetcher(config_.engine_config(), numbered(1'000'000));
  ASSERT_TRUE(prefetcher.take());
  for (int taken = 1; taken < 100; ++taken) ASSERT_TRUE(prefetcher.take());
  EXPECT_LT(made_, 1000);
}

TEST_F(TaskFeedTest, WhoEndsTheFeedEarlyWaitsForItsThread) {
  {
    Prefetcher prefetcher(config_.engine_config(), numbered(1'000'000));
    ASSERT_TRUE(prefetcher.take());
  }
  const int made = made_;
  EXPECT_LT(made, 1000);
  EXPECT_EQ(made_, made);
}

TEST_F(TaskFeedTest, AFeedThatNobodyTakesFromMakesNothing) {
  { const Prefetcher prefetcher(config_.engine_config(), numbered(3)); }
  EXPECT_EQ(made_, 0);
}

}  // namespace
}  // namespace recon
