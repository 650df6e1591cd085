// Stages that stop, since a model's answers are of no use to them, and what is said while nothing moves.

#include "recon/store/maintenance.hpp"

#include "engine_fixture.hpp"
#include "misfit.hpp"

namespace recon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

std::optional<std::string> needs_text(const Answer& answer) {
  return std::get<ChatAnswer>(answer).text.empty() ? std::optional<std::string>("the reply is empty")
                                                   : std::nullopt;
}

std::optional<std::string> needs_json(const Answer& answer) {
  return std::get<ChatAnswer>(answer).text.starts_with("{")
             ? std::nullopt
             : std::optional<std::string>("no JSON object in the reply");
}

Completion with(ChatAnswer answer) {
  Completion completion;
  completion.answers.emplace_back(std::move(answer));
  completion.usage = {10, 0, 5, 0};
  return completion;
}

Completion failing(Failure::Kind kind, const std::string& message) {
  Completion completion;
  completion.failure = Failure{kind, message, "raw body"};
  return completion;
}

class EngineMisfit : public EngineTest {
 protected:
  EngineMisfit() { order_ = ScriptedProvider::Order::oldest_first; }
  static std::vector<Question> many(int count, bool json = false) {
    std::vector<Question> questions;
    for (int i = 0; i < count; ++i) {
      Question question = ask("q" + std::to_string(i));
      question.unusable = json ? needs_json : needs_text;
      if (json) std::get<ChatRequest>(question.request).reply_schema.emplace(Json{{"type", "object"}});
      questions.push_back(std::move(question));
    }
    return questions;
  }
  std::string stopped_by(Engine& engine, const std::vector<Question>& questions) {
    try {
      (void)results_of(engine, questions);
    } catch (const RunError& error) {
      return error.what();
    }
    return "not stopped";
  }
  static Engine::Settings keep_going() {
    Engine::Settings settings;
    settings.keep_going = true;
    return settings;
  }
};

struct LookCase {
  std::string name;
  ChatAnswer answer;
  bool json;
  std::string said;
  std::string retry;
};

class Looks : public EngineMisfit, public testing::WithParamInterface<LookCase> {};

TEST_P(Looks, AreNamedWithTheRemedyAfterFortyReplies) {
  const LookCase& look = GetParam();
  Engine one = engine([&](const Call&) { return with(look.answer); });
  const std::string message = stopped_by(one, many(400, look.json));
  EXPECT_THAT(message, HasSubstr("test: model 'm': not one usable answer in"));
  EXPECT_THAT(message, HasSubstr(look.said));
  EXPECT_THAT(message, HasSubstr("--retry " + look.retry + "`"));
  EXPECT_THAT(message, HasSubstr("--keep-going"));
  EXPECT_LE(calls_.size(), 44U) << "forty, and what was in flight";
  EXPECT_GE(calls_.size(), 20U);
}

INSTANTIATE_TEST_SUITE_P(
    All, Looks,
    testing::Values(
        LookCase{
            "AnswerInThinking", {"", "The answer.", Finish::stop}, true, "reasoning_content", "unusable"},
        LookCase{
            "AnswerInThinkingShown", {"", "The answer.", Finish::stop}, false, "\"The answer.\"", "unusable"},
        LookCase{"CutWhileThinking",
                 {"", "Let me see", Finish::length},
                 false,
                 "while the model still thinks",
                 "truncated"},
        LookCase{"Cut", {"It is pla", "", Finish::length}, true, "Raise it", "truncated"},
        LookCase{"Empty", {"", "", Finish::stop}, false, "The replies are empty", "unusable"},
        LookCase{"Declined", {"I can't.", "", Finish::declined}, false, "declines", "declined"},
        LookCase{"Filtered", {"", "", Finish::content_filter}, false, "content filter", "filtered"},
        LookCase{"Prose", {"I like the second one.", "", Finish::stop}, true, "response_format", "unusable"},
        LookCase{"OtherForm", {"[1, 2]", "", Finish::stop}, true, "not of the form", "unusable"}),
    [](const auto& test_case) { return test_case.param.name; });

TEST_F(EngineMisfit, WithoutASchemaTheSettingIsNamed) {
  config_.models.at("m").json_schema = false;
  Engine one = engine([](const Call&) { return with({"prose", "", Finish::stop}); });
  EXPECT_THAT(stopped_by(one, many(100, true)), HasSubstr("json_schema: true"));
}

TEST_F(EngineMisfit, ThePartOfAReplyThatIsShownIsShortAndOneLine) {
  Engine one = engine([](const Call&) { return with({"first\nsecond " + std::string(5000, 'x'), ""}); });
  const std::string message = stopped_by(one, many(100, true));
  EXPECT_THAT(message, HasSubstr("\"first second xxx"));
  EXPECT_THAT(message, Not(HasSubstr("\n")));
  EXPECT_LT(message.size(), 1500U);
}

TEST_F(EngineMisfit, TwentyRecordsWithoutAnAnswerAreEnoughWhereRepliesCostNothing) {
  Engine one = engine([](const Call&) { return failing(Failure::Kind::filtered, "withheld"); });
  EXPECT_THAT(stopped_by(one, many(200)), HasSubstr("content filter"));
  EXPECT_LE(calls_.size(), 24U);
}

TEST_F(EngineMisfit, PromptsThatNeverFitEndTheStageUnasked) {
  config_.models.at("m").context_window = 1;
  Engine one = engine(echo);
  EXPECT_THAT(stopped_by(one, many(30)), HasSubstr("do not fit"));
  EXPECT_TRUE(calls_.empty());
  Engine few = engine(echo);
  EXPECT_EQ(results_of(few, many(19)).size(), 19U);
}

TEST_F(EngineMisfit, OneUsableAnswerLiftsTheFirstRule) {
  const auto reply = [](const Call& call) {
    return prompt_of(call) == "q2" ? with({"good", ""}) : with({"", ""});
  };
  Engine one = engine(reply);
  EXPECT_EQ(results_of(one, many(60)).size(), 60U);
}

TEST_F(EngineMisfit, OverHalfOfAHundredRecordsWithoutAnAnswerEndTheStage) {
  const auto reply = [](const Call& call) {
    const int number = std::stoi(prompt_of(call).substr(1));
    return number % 5 < 2 ? with({"good", ""}) : with({"", ""});
  };
  Engine one = engine(reply);
  EXPECT_THAT(stopped_by(one, many(400)),
              testing::ContainsRegex("of 10[0-9] records ended without a usable answer"));
  Engine few = engine(reply);
  EXPECT_EQ(results_of(few, many(99)).size(), 99U);
}

TEST_F(EngineMisfit, HalfIsNotOverHalf) {
  const auto reply = [](const Call& call) {
    return std::stoi(prompt_of(call).substr(1)) % 2 == 0 ? with({"good", ""}) : with({"", ""});
  };
  Engine one = engine(reply);
  EXPECT_EQ(results_of(one, many(200)).size(), 200U);
}

TEST_F(EngineMisfit, KeepGoingLiftsBothRules) {
  const auto never = [](const Call&) { return with({"", "", Finish::length}); };
  Engine one = engine(never, keep_going());
  EXPECT_EQ(results_of(one, many(150)).size(), 150U);
  Engine stored = engine([](const Call&) -> Completion { throw std::logic_error("asked"); }, keep_going());
  EXPECT_EQ(results_of(stored, many(150)).size(), 150U);
}

TEST_F(EngineMisfit, TheNetworkHasRulesOfItsOwn) {
  Engine one = engine([](const Call&) { return failing(Failure::Kind::timeout, "slow"); });
  EXPECT_THAT(stopped_by(one, many(200)), HasSubstr("requests in a row failed"));
}

TEST_F(EngineMisfit, WhatIsStoredIsNotPaidForAgain) {
  Engine one = engine([](const Call&) { return with({"", ""}); });
  (void)stopped_by(one, many(100));
  calls_.clear();
  Engine again = engine([](const Call&) -> Completion { throw std::logic_error("asked again"); });
  EXPECT_THAT(stopped_by(again, many(100)), HasSubstr("not one usable answer"));
  EXPECT_TRUE(calls_.empty());
  Engine replay = engine([](const Call&) -> Completion { throw std::logic_error("connected"); }, true);
  EXPECT_THAT(stopped_by(replay, many(100)), HasSubstr("not one usable answer"));
}

TEST_F(EngineMisfit, WhereTheServerWasMendedTheQuestionsCanBeAskedAgain) {
  Engine one = engine([](const Call&) { return with({"", ""}); });
  (void)stopped_by(one, many(100));
  Engine::Settings settings;
  settings.retry_policy = [](const Failure& failure) { return failure.kind == Failure::Kind::unusable; };
  Engine again = engine(echo, std::move(settings));
  const auto results = results_of(again, many(100));
  EXPECT_THAT(results, testing::SizeIs(100));
  EXPECT_THAT(results, testing::Each(Not(HasSubstr("failed"))));
  Engine after = engine([](const Call&) -> Completion { throw std::logic_error("asked again"); });
  EXPECT_EQ(results_of(after, many(100)), results);
}

TEST_F(EngineMisfit, ARetryThatIsNoBetterStopsToo) {
  const auto never = [](const Call&) { return with({"", ""}); };
  Engine one = engine(never);
  (void)stopped_by(one, many(100));
  calls_.clear();
  Engine::Settings settings;
  settings.retry_policy = [](const Failure&) { return true; };
  Engine again = engine(never, std::move(settings));
  EXPECT_THAT(stopped_by(again, many(100)), HasSubstr("not one usable answer"));
  EXPECT_LE(calls_.size(), 44U);
  EXPECT_GE(calls_.size(), 40U);
}

TEST_F(EngineMisfit, AStoreWithGoodAnswersFurtherOnIsNoMisfit) {
  const auto reply = [](const Call& call) {
    return std::stoi(prompt_of(call).substr(1)) < 12 ? with({"", ""}) : with({"good", ""});
  };
  Engine one = engine(reply, keep_going());
  EXPECT_EQ(results_of(one, many(80)).size(), 80U);
  Engine replay = engine(reply, true);
  EXPECT_EQ(results_of(replay, many(80)).size(), 80U) << "what is stored costs nothing";
  Engine more = engine(reply);
  EXPECT_EQ(results_of(more, many(90)).size(), 90U);
}

TEST_F(EngineMisfit, WhatFailedWhenAnErrorEndedTheStageIsKept) {
  Engine one = engine([](const Call&) { return with({"", "The answer.", Finish::stop}); });
  (void)stopped_by(one, many(100));
  const auto unfinished = one.take_unfinished();
  ASSERT_FALSE(unfinished.empty());
  EXPECT_EQ(unfinished[0].subject.text(), "record");
  EXPECT_EQ(unfinished[0].failure.kind, Failure::Kind::unusable);
  EXPECT_EQ(unfinished[0].failure.raw, "The answer.");
  EXPECT_TRUE(one.take_unfinished().empty());
}

TEST_F(EngineMisfit, QuestionsWhoseRepliesWereOfNoUseAreNoAnsweredOnesInTheStore) {
  {
    Engine one = engine([](const Call&) { return with({"", ""}); });
    (void)stopped_by(one, many(100));
  }
  const StoreStatistics statistics = store_statistics(folder_ / "store.sqlite");
  EXPECT_EQ(statistics.total.answered, 0U);
  EXPECT_GE(statistics.total.failed, 8U);
}

TEST_F(EngineMisfit, ADeadKeyEndsTheStageAlsoAfterAnswers) {
  bool dead = false;
  const auto reply = [&](const Call& call) {
    // Providers name the model.
    return dead ? failing(Failure::Kind::unauthorized,
                          "model 'm': the key in PLANTED_KEY has expired: set a valid key")
                : echo(call);
  };
  Engine first = engine(reply);
  EXPECT_EQ(results_of(first, many(10)).size(), 10U);
  dead = true;
  calls_.clear();
  Engine again = engine(reply);
  const std::string message = stopped_by(again, many(100));
  EXPECT_THAT(message,
              AllOf(testing::StartsWith("model 'm': the key in PLANTED_KEY has expired: set a valid key (3 "
                                        "requests in a row)"),
                    HasSubstr("is stored; run again to go on")));
  EXPECT_LE(calls_.size(), 8U);
}

TEST_F(EngineMisfit, AKeyThatExpiresWithinARunEndsItAfterThree) {
  int answered = 0;
  Engine one = engine([&](const Call& call) {
    return ++answered > 30 ? failing(Failure::Kind::quota, "HTTP 402: no credit is left") : echo(call);
  });
  EXPECT_THAT(stopped_by(one, many(100)), HasSubstr("no credit is left"));
  EXPECT_LE(calls_.size(), 38U);
}

TEST_F(EngineMisfit, WarningsAreTheSameFromTheStore) {
  const auto reply = [](const Call&) {
    ChatAnswer answer{"I cannot help with that.", "", Finish::stop};
    answer.prompt_tokens = 3;
    return with(answer);
  };
  std::vector<Question> questions = many(30);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    std::string prompt = "q" + std::to_string(i);
    for (std::size_t word = 0; word < i + 10; ++word) prompt += " word";
    std::get<ChatRequest>(questions[i].request).messages.front().content = prompt;
  }
  std::uint64_t record = 0;
  const auto warnings_of = [&](Engine& engine) {
    std::size_t at = 0;
    engine.run("test", questions.size(), [&]() -> std::optional<Task> {
      if (at == questions.size()) return std::nullopt;
      return Task{Subject::of_item("r" + std::to_string(record++)), {questions[at++]}, [](const auto&) {}};
    });
    return engine.take_warnings("test");
  };
  Engine one = engine(reply);
  const auto asked = warnings_of(one);
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].kind, WarningKind::prompts_cut);
  EXPECT_EQ(asked[1].kind, WarningKind::one_reply);
  EXPECT_TRUE(one.take_warnings("test").empty());
  Engine replay = engine([](const Call&) -> Completion { throw std::logic_error("connected"); }, true);
  EXPECT_EQ(warnings_of(replay), asked);
}

/// Keeps its only call waiting; every look at it takes three seconds of the test's clock.
class WaitingProvider : public ScriptedProvider {
 public:
  WaitingProvider(std::vector<Call>& calls, std::chrono::steady_clock::time_point& now,
                  std::optional<std::string> reason)
      : ScriptedProvider(calls, echo),
        now_(now),
        until_(now + std::chrono::seconds(40)),
        reason_(std::move(reason)) {}
  std::vector<Completion> poll(std::chrono::milliseconds wait) override {
    now_ += std::chrono::seconds(3);
    return now_ < until_ ? std::vector<Completion>{} : ScriptedProvider::poll(wait);
  }
  std::optional<WaitReason> waiting_for() const override {
    return reason_ ? std::optional(WaitReason{*reason_, until_}) : std::nullopt;
  }

 private:
  std::chrono::steady_clock::time_point& now_;
  std::chrono::steady_clock::time_point until_;
  std::optional<std::string> reason_;
};

class EngineWaiting : public EngineTest {
 protected:
  std::string said(std::optional<std::string> reason) {
    Log log(LogLevel::normal, LogFormat::text);
    auto now = std::chrono::steady_clock::now();
    Engine::Settings settings;
    settings.now = [&now] { return now; };
    Engine one(
        config_.engine_config(),
        [this] { return std::make_unique<ResponseStore>(folder_ / "store.sqlite", false); },
        [&](const ModelConfig&) { return std::make_unique<WaitingProvider>(calls_, now, reason); }, log,
        std::move(settings));
    testing::internal::CaptureStderr();
    EXPECT_THAT(results_of(one, {ask("a")}), ElementsAre("a.0"));
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(EngineWaiting, TheProgressLineSaysWhyNothingMoves) {
  const std::string log = said("as the server asked: quota per minute");
  EXPECT_THAT(log, HasSubstr("test: waiting 28 s as the server asked: quota per minute (0/1 records)"));
  EXPECT_THAT(log, HasSubstr("test: waiting 16 s as the server asked"));
  EXPECT_THAT(log, HasSubstr("test: waiting 4 s as the server asked"));
}

TEST_F(EngineWaiting, WithoutAReasonItSaysWhatIsInFlight) {
  EXPECT_THAT(said(std::nullopt), HasSubstr("test: waiting for 1 request in flight (0/1 records)"));
}

}  // namespace
}  // namespace recon
