#include "task_feed.hpp"

#include "recon/core/error.hpp"

#include <atomic>
#include <string>
#include <utility>

#include "engine_fixture.hpp"
#include "inquiry.hpp"
#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr int more_than_is_made_ahead = 500;

class TaskFeedTest : public EngineTest {
 protected:
  /// Numbered tasks, each with one question that is its number.
  TaskFeed::Next numbered(int count) {
    return [this, count]() -> std::optional<Task> {
      const int number = made_++;
      if (number >= count) return std::nullopt;
      return Task{std::to_string(number), {ask(std::to_string(number))}, nullptr};
    };
  }

  std::unique_ptr<ResponseStore> store_with(const std::vector<Question>& answered) {
    auto store = std::make_unique<ResponseStore>(folder_ / "store.sqlite", false);
    std::vector<StoredCompletion> completions;
    for (const Question& question : answered) {
      StoredCompletion completion;
      completion.question = digest_of_question(question, "identity", config_);
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
  TaskFeed feed(config_, numbered(more_than_is_made_ahead));
  for (int number = 0; number < more_than_is_made_ahead; ++number) {
    const std::optional<FedTask> fed = feed.take();
    ASSERT_TRUE(fed);
    EXPECT_EQ(fed->task.key, std::to_string(number));
  }
  EXPECT_FALSE(feed.take());
  EXPECT_FALSE(feed.take());
}

TEST_F(TaskFeedTest, QuestionsOfAKnownModelAreLookedUp) {
  const auto store = store_with({ask("1")});
  TaskFeed feed(config_, numbered(2));
  feed.learn_identity("m", "identity");
  feed.look_into(store->second_reader());
  const std::optional<FedTask> missing = feed.take();
  const std::optional<FedTask> known = feed.take();
  ASSERT_TRUE(missing && known);
  ASSERT_THAT(missing->looked_up, SizeIs(1));
  ASSERT_TRUE(missing->looked_up[0]);
  EXPECT_EQ(missing->looked_up[0]->digest.hex(), digest_of_question(ask("0"), "identity", config_).hex());
  EXPECT_THAT(missing->looked_up[0]->answers, IsEmpty());
  ASSERT_THAT(known->looked_up, SizeIs(1));
  ASSERT_TRUE(known->looked_up[0]);
  ASSERT_THAT(known->looked_up[0]->answers, SizeIs(1));
  EXPECT_EQ(std::get<ChatAnswer>(known->looked_up[0]->answers[0].answer).text, "stored 1");
}

TEST_F(TaskFeedTest, QuestionsOfAnUnknownModelAreLeftToTheEngine) {
  TaskFeed feed(config_, numbered(1));
  feed.learn_identity("another", "identity");
  const std::optional<FedTask> fed = feed.take();
  ASSERT_TRUE(fed);
  ASSERT_THAT(fed->looked_up, SizeIs(1));
  EXPECT_FALSE(fed->looked_up[0]);
}

TEST_F(TaskFeedTest, WhatIsLearntOnTheWayCountsForLaterTasks) {
  TaskFeed feed(config_, numbered(more_than_is_made_ahead));
  ASSERT_TRUE(feed.take());
  feed.learn_identity("m", "identity");
  std::optional<FedTask> last;
  while (std::optional<FedTask> fed = feed.take()) last = std::move(fed);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->looked_up.at(0));
}

TEST_F(TaskFeedTest, AnErrorComesAfterTheTasksBeforeIt) {
  TaskFeed feed(config_, [this]() -> std::optional<Task> {
    if (made_ == 3) throw UsageError("line 4 is wrong");
    return Task{std::to_string(made_++), {}, nullptr};
  });
  for (int number = 0; number < 3; ++number) EXPECT_EQ(feed.take()->task.key, std::to_string(number));
  EXPECT_THROW((void)feed.take(), UsageError);
}

TEST_F(TaskFeedTest, NoMoreIsMadeThanAFewAhead) {
  TaskFeed feed(config_, numbered(1'000'000));
  ASSERT_TRUE(feed.take());
  for (int taken = 1; taken < 100; ++taken) ASSERT_TRUE(feed.take());
  EXPECT_LT(made_, 1000);
}

TEST_F(TaskFeedTest, WhoEndsTheFeedEarlyWaitsForItsThread) {
  {
    TaskFeed feed(config_, numbered(1'000'000));
    ASSERT_TRUE(feed.take());
  }
  const int made = made_;
  EXPECT_LT(made, 1000);
  EXPECT_EQ(made_, made);
}

TEST_F(TaskFeedTest, AFeedThatNobodyTakesFromMakesNothing) {
  { const TaskFeed feed(config_, numbered(3)); }
  EXPECT_EQ(made_, 0);
}

}  // namespace
}  // namespace recon
