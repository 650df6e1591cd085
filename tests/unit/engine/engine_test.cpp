#include "engine_fixture.hpp"

namespace recon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(EngineTest, ResultsComeInInputOrderWhateverOrderAnswersCameIn) {
  Engine one = engine(echo);
  EXPECT_THAT(results_of(one, {ask("a"), ask("b", 2), ask("c")}), ElementsAre("a.0", "b.0 b.1", "c.0"));
  const EngineCounts counts = one.take_counts();
  EXPECT_EQ(counts.calls, 3U);
  EXPECT_EQ(counts.usage.prompt, 30);
  EXPECT_DOUBLE_EQ(counts.usd, 3 * (8 * 1.0 + 2 * 0.5 + 5 * 2.0) / 1e6);
}

TEST_F(EngineTest, WhatIsStoredIsNotAskedAgain) {
  Engine one = engine(echo);
  (void)results_of(one, {ask("a", 3)});
  Engine two = engine([](const Call&) -> Completion { throw std::logic_error("asked again"); });
  EXPECT_THAT(results_of(two, {ask("a", 3), ask("a", 2)}), ElementsAre("a.0 a.1 a.2", "a.0 a.1"));
  EXPECT_EQ(two.take_counts().from_store, 2U);
}

TEST_F(EngineTest, MoreSamplesOfAStoredQuestionAskForTheRestOnly) {
  Engine one = engine(echo);
  (void)results_of(one, {ask("a", 2)});
  calls_.clear();
  EXPECT_THAT(results_of(one, {ask("a", 5)}), ElementsAre("a.0 a.1 a.2 a.3 a.4"));
  ASSERT_EQ(calls_.size(), 1U);
  EXPECT_EQ(calls_[0].samples, 3);
  EXPECT_EQ(calls_[0].first_sample, 2);
}

TEST_F(EngineTest, EqualQuestionsInFlightAreAskedOnce) {
  Engine one = engine(echo);
  EXPECT_THAT(results_of(one, {ask("a"), ask("a"), ask("a")}), ElementsAre("a.0", "a.0", "a.0"));
  EXPECT_EQ(calls_.size(), 1U);
}

/// So large that not all of two hundred records are open at once.
std::string large_prompt() { return std::string(300'000, 'a'); }

TEST_F(EngineTest, WhatWasAskedAMomentAgoIsNotAskedAgainByARecordReadAhead) {
  // The later records were looked up before the first was answered.
  Engine one = engine(echo);
  const std::vector<Question> equal(200, ask(large_prompt()));
  EXPECT_THAT(results_of(one, equal), testing::Each(testing::EndsWith(".0")));
  EXPECT_EQ(calls_.size(), 1U);
}

TEST_F(EngineTest, MoreSamplesOfWhatWasAskedAMomentAgoGoOnFromThere) {
  Engine one = engine(echo);
  std::vector<Question> questions(200, ask(large_prompt()));
  questions.back().samples = 3;
  EXPECT_THAT(results_of(one, questions).back(), testing::EndsWith(".2"));
  ASSERT_EQ(calls_.size(), 2U);
  EXPECT_EQ(calls_[1].first_sample, 1);
  EXPECT_EQ(calls_[1].samples, 2);
}

/// Answers at once, but keeps the first call waiting until `others` more were sent, or nothing else is.
class StallingProvider : public ScriptedProvider {
 public:
  StallingProvider(std::vector<Call>& calls, std::size_t others, std::size_t& sent_meanwhile)
      : ScriptedProvider(calls, echo), sent_(calls), others_(others), sent_meanwhile_(sent_meanwhile) {}
  void submit(Call call) override {
    if (!first_ && sent_.empty()) {
      sent_.push_back(call);
      first_ = std::move(call);
    } else {
      ScriptedProvider::submit(std::move(call));
    }
  }
  std::vector<Completion> poll(std::chrono::milliseconds wait) override {
    std::vector<Completion> completions = ScriptedProvider::poll(wait);
    if (first_ && (completions.empty() || sent_.size() > others_)) {
      completions.push_back(echo(*first_));
      completions.back().id = first_->id;
      first_.reset();
      sent_meanwhile_ = sent_.size() - 1;
    }
    return completions;
  }

 private:
  std::vector<Call>& sent_;
  std::size_t others_;
  std::size_t& sent_meanwhile_;
  std::optional<Call> first_;
};

TEST_F(EngineTest, ARecordThatIsKeptWaitingDoesNotKeepTheOthers) {
  std::size_t sent_meanwhile = 0;
  Engine one(
      config_.engine_config(),
      [this] { return std::make_unique<ResponseStore>(folder_ / "store.sqlite", false); },
      [&](const ModelConfig&) { return std::make_unique<StallingProvider>(calls_, 500, sent_meanwhile); },
      log_, {});
  std::vector<Question> questions;
  questions.reserve(1000);
  for (int i = 0; i < 1000; ++i) questions.push_back(ask("q" + std::to_string(i)));
  const std::vector<std::string> results = results_of(one, questions);
  EXPECT_EQ(results.front(), "q0.0");
  EXPECT_EQ(results.back(), "q999.0");
  EXPECT_GE(sent_meanwhile, 500U);
}

TEST_F(EngineTest, RecordsAreNotMadeAnyMoreWhenARunHasFailed) {
  Engine one = engine(echo);
  std::size_t made = 0;
  const auto next = [&]() -> std::optional<Task> {
    if (++made == 100) throw RunError("broken record");
    return Task{Subject::of_item("record"), {ask(std::to_string(made))}, [](const auto&) {}};
  };
  EXPECT_THROW(one.run("test", 1000, next), RunError);
  EXPECT_EQ(made, 100U);
  EXPECT_THAT(results_of(one, {ask("a")}), ElementsAre("a.0"));
}

TEST_F(EngineTest, PurposeSeedSamplingAndModelMakeAnotherQuestion) {
  Engine one = engine(echo);
  Question other_purpose = ask("a");
  other_purpose.purpose = "other";
  Question warmer = ask("a");
  std::get<ChatRequest>(warmer.request).sampling.temperature = 0.9;
  (void)results_of(one, {ask("a"), other_purpose, warmer});
  EXPECT_EQ(calls_.size(), 3U);
  config_.seed = 43;
  Engine two = engine(echo);
  (void)results_of(two, {ask("a")});
  EXPECT_EQ(calls_.size(), 4U);
}

TEST_F(EngineTest, AnotherChatTemplateIsAnotherScore) {
  const auto score = [](const Call&) {
    Completion completion;
    completion.answers.emplace_back(ScoreAnswer{-1.5, 3});
    return completion;
  };
  const auto ask_score = [&] {
    Engine one = engine(score);
    std::size_t left = 1;
    one.run("test", 1, [&]() -> std::optional<Task> {
      if (left-- == 0) return std::nullopt;
      return Task{Subject::of_item("record"),
                  {{"m", "test", ScoreRequest{{{Role::user, "a"}}, "b"}, 1, nullptr}},
                  [](const auto&) {}};
    });
  };
  config_.models.at("m").chat_template = "chatml";
  ask_score();
  ask_score();
  EXPECT_EQ(calls_.size(), 1U);
  config_.models.at("m").chat_template = "qwen3";
  ask_score();
  EXPECT_EQ(calls_.size(), 2U);
}

TEST_F(EngineTest, AStoredScoreThatNoModelGivesIsAFailureThatNamesIt) {
  // As a store holds it that was filled before such scores were refused.
  const auto score = [](const Call&) {
    Completion completion;
    completion.answers.emplace_back(ScoreAnswer{-10019.5, 18});
    return completion;
  };
  config_.models.at("m").chat_template = "chatml";
  for (const bool replay : {false, false, true}) {
    Engine one = engine(score, replay);
    std::vector<QuestionResult> results;
    std::size_t left = 1;
    one.run("test", 1, [&]() -> std::optional<Task> {
      if (left-- == 0) return std::nullopt;
      return Task{Subject::of_item("record"),
                  {{"m", "test", ScoreRequest{{{Role::user, "a"}}, "b"}, 1, nullptr}},
                  [&](std::vector<QuestionResult> found) { results = std::move(found); }};
    });
    ASSERT_EQ(results.size(), 1U);
    const auto* failure = std::get_if<Failure>(&results[0]);
    ASSERT_NE(failure, nullptr);
    EXPECT_EQ(failure->kind, Failure::Kind::malformed);
    EXPECT_THAT(failure->message, testing::HasSubstr("-10019.5 over 18 tokens"));
  }
  EXPECT_EQ(calls_.size(), 1U);
}

TEST_F(EngineTest, FewerAnswersThanAskedForAreCompleted) {
  Engine one = engine([](const Call& call) {
    Call single = call;
    single.samples = 1;
    return echo(single);
  });
  EXPECT_THAT(results_of(one, {ask("a", 3)}), ElementsAre("a.0 a.1 a.2"));
  EXPECT_EQ(calls_.size(), 3U);
}

TEST_F(EngineTest, UnusableRepliesKeepTheirIndexAndAreAskedAtMostFiveTimes) {
  const auto wants_even = [](const Answer& answer) -> std::optional<std::string> {
    const std::string& text = std::get<ChatAnswer>(answer).text;
    return (text.back() - '0') % 2 == 0 ? std::nullopt : std::optional<std::string>("odd");
  };
  Question picky = ask("a", 2);
  picky.unusable = wants_even;
  Engine one = engine(echo);
  EXPECT_THAT(results_of(one, {picky}), ElementsAre("a.0 a.2"));
  Question never = ask("b");
  never.unusable = [](const Answer&) { return std::optional<std::string>("never good"); };
  calls_.clear();
  EXPECT_THAT(results_of(one, {never, ask("c")}), ElementsAre("failed unusable", "c.0"));
  EXPECT_EQ(calls_.size(), 6U);
  // Asked again later, the five are known: no sixth.
  calls_.clear();
  EXPECT_THAT(results_of(one, {never}), ElementsAre("failed unusable"));
  EXPECT_TRUE(calls_.empty());
  // A parser that can read them makes use of what was paid for.
  EXPECT_THAT(results_of(one, {ask("b")}), ElementsAre("b.0"));
  EXPECT_TRUE(calls_.empty());
}

TEST_F(EngineTest, AFailureIsAValueTheOthersGoOnAndAReplayRepeatsIt) {
  const auto fail_b = [](const Call& call) {
    if (prompt_of(call) != "b") return echo(call);
    Completion completion;
    completion.failure = Failure{Failure::Kind::refused, "HTTP 400", "raw"};
    return completion;
  };
  Engine one = engine(fail_b);
  EXPECT_THAT(results_of(one, {ask("a"), ask("b"), ask("c")}), ElementsAre("a.0", "failed refused", "c.0"));
  Engine replay = engine([](const Call&) -> Completion { throw std::logic_error("connected"); }, true);
  EXPECT_THAT(results_of(replay, {ask("a"), ask("b"), ask("c")}),
              ElementsAre("a.0", "failed refused", "c.0"));
  EXPECT_THROW((void)results_of(replay, {ask("never asked")}), RunError);
  // Not replayed, it is asked again, and then it is answered.
  Engine two = engine(echo);
  EXPECT_THAT(results_of(two, {ask("b")}), ElementsAre("b.0"));
}

TEST_F(EngineTest, AModelThatAlwaysFailsEndsTheStage) {
  Engine one = engine([](const Call&) {
    Completion completion;
    completion.failure = Failure{Failure::Kind::transport, "connection refused", ""};
    return completion;
  });
  std::vector<Question> few = {ask("a"), ask("b")};
  EXPECT_THROW((void)results_of(one, few), RunError);
  std::vector<Question> many;
  many.reserve(100);
  for (int i = 0; i < 100; ++i) many.push_back(ask("q" + std::to_string(i)));
  calls_.clear();
  EXPECT_THROW((void)results_of(one, many), RunError);
  EXPECT_LT(calls_.size(), 30U) << "it gives up long before the end";
}

TEST_F(EngineTest, APromptBeyondTheWindowIsRefusedBeforeAnyCall) {
  config_.models.at("m").context_window = 50;
  Engine one = engine(echo);
  std::string long_prompt;
  for (int i = 0; i < 100; ++i) long_prompt += "word ";
  EXPECT_THAT(results_of(one, {ask(long_prompt), ask("short")}), ElementsAre("failed too_long", "short.0"));
  EXPECT_EQ(calls_.size(), 1U);
}

}  // namespace
}  // namespace recon
