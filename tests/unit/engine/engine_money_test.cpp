#include "engine_fixture.hpp"

namespace recon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// What calls cost, and what must not be paid for twice.
class EngineMoney : public EngineTest {
 protected:
  Engine with_budget(double usd, ScriptedProvider::Reply reply = echo) {
    config_.models.at("m").has_price = true;
    Engine::Settings settings;
    settings.run = "run-1";
    settings.budget.usd = usd;
    return engine(std::move(reply), std::move(settings));
  }
  static Question bounded(const std::string& prompt) {
    Question question = ask(prompt);
    std::get<ChatRequest>(question.request).sampling.max_tokens = 5;
    return question;
  }
  static std::vector<Question> many(int count) {
    std::vector<Question> questions;
    for (int i = 0; i < count; ++i) questions.push_back(bounded("question " + std::to_string(100 + i)));
    return questions;
  }
  static Completion ending(Finish finish, const std::string& text = "") {
    Completion completion;
    completion.answers.push_back(ChatAnswer{text, "", finish});
    return completion;
  }
};

// One call of `echo` costs 8 + 2/2 + 2 * 5 = 19 millionths of a dollar; at most it can cost what 12 bytes and
// some markup, and five tokens of reply, cost.

TEST_F(EngineMoney, TheBudgetIsNeverExceededAndASecondRunGoesOnWhereItIsRaised) {
  const double budget = 30 * 19e-6;
  std::size_t asked = 0;
  {
    Engine one = with_budget(budget);
    EXPECT_THROW((void)results_of(one, many(100)), BudgetReached);
    asked = calls_.size();
    EXPECT_GE(asked, 20U) << "stops no earlier than it must";
    EXPECT_LE(static_cast<double>(asked) * 19e-6, budget);
  }
  {
    Engine again = with_budget(budget);
    EXPECT_THROW((void)results_of(again, many(100)), BudgetReached);
    EXPECT_LE(static_cast<double>(calls_.size()) * 19e-6, budget)
        << "the budget is the run's, not the call's";
  }
  Engine raised = with_budget(1);
  EXPECT_EQ(results_of(raised, many(100)).size(), 100U);
  EXPECT_EQ(calls_.size(), 100U) << "nothing was asked twice";
}

TEST_F(EngineMoney, AnotherRunHasABudgetOfItsOwn) {
  Engine one = with_budget(30 * 19e-6);
  EXPECT_THROW((void)results_of(one, many(100)), BudgetReached);
  const std::size_t asked = calls_.size();
  Engine::Settings settings;
  settings.run = "run-2";
  settings.budget.usd = 30 * 19e-6;
  Engine other = engine(echo, std::move(settings));
  EXPECT_THROW((void)results_of(other, many(100)), BudgetReached);
  EXPECT_GT(calls_.size(), asked);
}

TEST_F(EngineMoney, ABudgetNeedsABoundOfTheReply) {
  Engine one = with_budget(1);
  EXPECT_THAT([&] { (void)results_of(one, {ask("no max_tokens")}); },
              ThrowsMessage<UsageError>(HasSubstr("max_tokens")));
  EXPECT_TRUE(calls_.empty());
}

TEST_F(EngineMoney, ABudgetNeedsPrices) {
  Engine::Settings settings;
  settings.budget.usd = 1;
  config_.models.at("m").has_price = false;
  Engine one = engine(echo, std::move(settings));
  EXPECT_THROW(one.require("m", "judge.model", ModelUse::chat), UsageError);
}

TEST_F(EngineMoney, TokensCanBeTheBudget) {
  Engine::Settings settings;
  settings.budget.tokens = 300;  // 15 a call as reported
  Engine one = engine(echo, std::move(settings));
  EXPECT_THROW((void)results_of(one, many(100)), BudgetReached);
  EXPECT_LE(calls_.size() * 15, 300U);
}

TEST_F(EngineMoney, CallsThatMayHaveBeenPaidForCountAtTheirMost) {
  Engine one = with_budget(1, [](const Call& call) {
    Completion completion = echo(call);
    completion.unreported = 2;
    return completion;
  });
  (void)results_of(one, {bounded("a")});
  const EngineCounts counts = one.take_counts();
  EXPECT_EQ(counts.unreported, 2U);
  EXPECT_GT(counts.usd_assumed, 0);
  const ResponseStore store(folder_ / "store.sqlite", true);
  EXPECT_NEAR(store.spent("run-1").usd, counts.usd + counts.usd_assumed, 1e-12);
}

TEST_F(EngineMoney, ACallThatTheBudgetStoppedIsNoFailureOfItsRecord) {
  std::size_t tries = 0;
  Engine one = with_budget(1, [&](const Call& call) {
    if (++tries > 1) return echo(call);
    Completion completion;
    completion.failure = Failure{Failure::Kind::stopped, "no money for another attempt", ""};
    completion.unreported = 1;
    return completion;
  });
  EXPECT_THAT(results_of(one, {bounded("a")}), ElementsAre("a.0"));
}

TEST_F(EngineMoney, AReplyThatWasCutIsNotAskedForAgainInTheSameWay) {
  Engine one = engine([](const Call&) { return ending(Finish::length); });
  Question question = ask("a");
  question.unusable = [](const Answer&) { return std::optional<std::string>("empty after its thinking"); };
  EXPECT_THAT(results_of(one, {question}), ElementsAre("failed truncated"));
  EXPECT_EQ(calls_.size(), 1U);
  EXPECT_THAT(results_of(one, {question}), ElementsAre("failed truncated"));
  EXPECT_EQ(calls_.size(), 1U) << "nor on the next run";
}

TEST_F(EngineMoney, AUsableReplyThatWasCutIsUsed) {
  Engine one = engine([](const Call&) { return ending(Finish::length, "as far as it goes"); });
  EXPECT_THAT(results_of(one, {ask("a")}), ElementsAre("as far as it goes"));
  EXPECT_EQ(one.take_counts().cut_at_length, 1U);
}

TEST_F(EngineMoney, OneCutSampleAmongGoodOnesIsMadeUpFor) {
  Engine one = engine([](const Call& call) {
    Completion completion = echo(call);
    if (call.first_sample == 0) completion.answers.front() = ChatAnswer{"", "", Finish::length};
    return completion;
  });
  Question question = ask("a", 3);
  question.unusable = [](const Answer& answer) {
    return std::get<ChatAnswer>(answer).text.empty() ? std::optional<std::string>("empty") : std::nullopt;
  };
  EXPECT_THAT(results_of(one, {question}), ElementsAre("a.1 a.2 a.3"));
}

TEST_F(EngineMoney, RefusalsAndFiltersAreTheirOwnKindsAndNotAskedAgain) {
  Engine one = engine([](const Call& call) {
    return ending(prompt_of(call) == "a" ? Finish::declined : Finish::content_filter,
                  "I can't help with that.");
  });
  EXPECT_THAT(results_of(one, {ask("a"), ask("b")}), ElementsAre("failed declined", "failed filtered"));
  EXPECT_EQ(calls_.size(), 2U);
}

TEST_F(EngineMoney, AskedForAgainAFailureGetsAnotherRoundAndOthersAreLeftAlone) {
  bool good = false;
  const auto reply = [&](const Call& call) {
    if (good) return echo(call);
    return ending(prompt_of(call) == "a" ? Finish::length : Finish::declined);
  };
  const auto empty = [](const Answer& answer) {
    return std::get<ChatAnswer>(answer).text.empty() ? std::optional<std::string>("empty") : std::nullopt;
  };
  Question cut = ask("a");
  Question declined = ask("b");
  cut.unusable = declined.unusable = empty;
  Engine one = engine(reply);
  EXPECT_THAT(results_of(one, {cut, declined}), ElementsAre("failed truncated", "failed declined"));
  good = true;
  calls_.clear();
  Engine::Settings settings;
  settings.retry_policy = [](const Failure& failure) { return failure.kind == Failure::Kind::truncated; };
  Engine again = engine(reply, std::move(settings));
  EXPECT_THAT(results_of(again, {cut, declined}), ElementsAre("a.1", "failed declined"));
  EXPECT_EQ(calls_.size(), 1U);
  Engine replay = engine([](const Call&) -> Completion { throw std::logic_error("connected"); }, true);
  EXPECT_THAT(results_of(replay, {cut, declined}), ElementsAre("a.1", "failed declined"));
}

TEST_F(EngineMoney, ADeadKeyEndsTheStageAfterAFewCalls) {
  Engine one = engine([](const Call&) {
    Completion completion;
    completion.failure = Failure{Failure::Kind::unauthorized, "HTTP 401: wrong key", ""};
    return completion;
  });
  EXPECT_THAT([&] { (void)results_of(one, many(100)); }, ThrowsMessage<RunError>(HasSubstr("wrong key")));
  EXPECT_LE(calls_.size(), 8U);
}

TEST_F(EngineMoney, RecordsThatAreRefusedDoNotEndARunThatHasAnswers) {
  const auto refuse_most = [](const Call& call) {
    if (prompt_of(call) == "good") return echo(call);
    Completion completion;
    completion.failure = Failure{Failure::Kind::refused, "HTTP 400: not this one", ""};
    return completion;
  };
  std::vector<Question> questions = many(40);
  questions.push_back(ask("good"));
  {
    Engine first = engine(refuse_most);
    EXPECT_EQ(results_of(first, {ask("good")}).size(), 1U);
  }
  Engine again = engine(refuse_most);
  EXPECT_EQ(results_of(again, {ask("good")}).size(), 1U);
  questions.insert(questions.begin(), ask("good"));
  EXPECT_EQ(results_of(again, questions).size(), 42U);
}

TEST_F(EngineMoney, AnErrorWaitsForWhatIsInFlightAndStoresIt) {
  Engine one = engine(echo);
  std::size_t at = 0;
  EXPECT_THROW(
      one.run(
          "test", 9,
          [&]() -> std::optional<Task> {
            if (at == 70) throw RunError("a damaged line");
            return Task{Subject::of_item("record"), {ask("q" + std::to_string(at++))}, [](const auto&) {}};
          }),
      RunError);
  const std::size_t asked = calls_.size();
  EXPECT_GT(asked, 0U);
  std::vector<Question> all;
  for (int i = 0; i < 70; ++i) all.push_back(ask("q" + std::to_string(i)));
  Engine next = engine(echo);
  EXPECT_EQ(results_of(next, all).size(), 70U);
  EXPECT_EQ(calls_.size(), 70U) << "what was in flight when it ended is not asked again";
}

TEST_F(EngineMoney, SeveralSamplesThatWereCutTogetherAreAskedForAgainAtTheFirstRetry) {
  bool good = false;
  const auto reply = [&](const Call& call) {
    Completion completion = echo(call);
    if (!good) {
      for (Answer& answer : completion.answers) answer = ChatAnswer{"", "", Finish::length};
    }
    return completion;
  };
  Question question = ask("a", 4);
  question.unusable = [](const Answer& answer) {
    return std::get<ChatAnswer>(answer).text.empty() ? std::optional<std::string>("empty") : std::nullopt;
  };
  Engine one = engine(reply);
  EXPECT_THAT(results_of(one, {question}), ElementsAre("failed truncated"));
  good = true;
  Engine::Settings settings;
  settings.retry_policy = [](const Failure&) { return true; };
  Engine again = engine(reply, std::move(settings));
  EXPECT_THAT(results_of(again, {question}), ElementsAre("a.4 a.5 a.6 a.7"));
}

TEST_F(EngineMoney, EqualQuestionsOnTheirWayAreOneEvenWhereOneWantsMore) {
  Engine one = engine(echo);
  EXPECT_THAT(results_of(one, {ask("a"), ask("a", 3), ask("a", 2)}),
              ElementsAre("a.0", "a.0 a.1 a.2", "a.0 a.1"));
  int samples = 0;
  for (const Call& call : calls_) samples += call.samples;
  EXPECT_EQ(samples, 3);
}

TEST_F(EngineMoney, AnAnswerThatAnotherProcessStoredFirstIsTheOneThatCounts) {
  Engine one = engine([&](const Call& call) {
    // Another process stores its answer while this one's is on its way.
    Engine other = engine([](const Call&) { return ending(Finish::stop, "the other's"); });
    if (calls_.size() == 1) (void)results_of(other, {ask("a")});
    return echo(call);
  });
  EXPECT_THAT(results_of(one, {ask("a")}), ElementsAre("the other's"));
  Engine replay = engine(echo, true);
  EXPECT_THAT(results_of(replay, {ask("a")}), ElementsAre("the other's"));
}

TEST_F(EngineMoney, PlanningAsksNothingAndStoresNothing) {
  std::vector<std::string> met;
  Engine::Settings settings;
  settings.make_up = [](const Question&, int sample) {
    return Answer(ChatAnswer{"made up " + std::to_string(sample), "", Finish::stop});
  };
  settings.observer = [&](const QuestionEvent& question) {
    met.push_back(question.task.text() + (question.settled ? " stored" : " new"));
  };
  Engine first = engine(echo);
  (void)results_of(first, {ask("a")});
  calls_.clear();
  Engine one = engine(echo, std::move(settings));
  EXPECT_THAT(results_of(one, {ask("a"), ask("b", 2)}), ElementsAre("a.0", "made up 0 made up 1"));
  EXPECT_TRUE(calls_.empty());
  EXPECT_THAT(met, ElementsAre("record stored", "record new"));
  Engine replay = engine(echo, true);
  EXPECT_THROW((void)results_of(replay, {ask("b", 2)}), RunError);
}

}  // namespace
}  // namespace recon
