// What the provider does with what a server says: waits, tries without an option, ends, and what it says
// then.

#include <chrono>
#include <tuple>

#include "openai_fixture.hpp"

namespace recon::support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

class OpenAiCauses : public OpenAiFixture {
 protected:
  OpenAiCauses() {
    config.deadline_s = 5;
    config.timeout_s = 5;
    config.api_key_env = "TESTED_KEY";
    environment["TESTED_KEY"] = "key-12345";
  }
  std::size_t requests() const { return server.received().size(); }
  static Call judged() {
    Call call = chat("?");
    std::get<ChatRequest>(call.request).reply_schema = ReplySchema(Json{{"type", "object"}});
    return call;
  }
  bool had_schema(std::size_t request) const {
    return server.received().at(request).json().contains("response_format");
  }
};

Scripted error_in_200(const Json& error) { return Scripted::json({{"error", error}}); }

TEST_F(OpenAiCauses, ALimitInA200WaitsAndCostsNothing) {
  server.then(error_in_200({{"code", 429}, {"message", "Rate limit exceeded"}, {"retry_after_ms", 200}}))
      .then(Scripted::json({{"error", {{"code", "429"}, {"message", "again"}}}}))
      .then(says("at last"));
  config.max_attempts = 1;  // a refusal for the rate is none
  Call call = chat("?");
  bool asked_for_money = false;
  call.may_pay_again = [&] { return !(asked_for_money = true); };
  const auto start = Clock::now();
  const Completion completion = ask(std::move(call));
  EXPECT_EQ(text_of(completion), "at last");
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(200));
  EXPECT_EQ(completion.unreported, 0);
  EXPECT_EQ(completion.usage.prompt, 10);
  EXPECT_FALSE(asked_for_money);
}

TEST_F(OpenAiCauses, AnErrorInA200IsTheKindThatItsCodeIs) {
  config.max_attempts = 2;
  using Kind = Failure::Kind;
  const std::vector<std::tuple<Json, Kind, std::size_t>> cases = {
      {{{"code", 402}, {"message", "no credit"}}, Kind::quota, 1},
      {{{"code", 401}, {"message", "who?"}}, Kind::unauthorized, 1},
      {{{"code", 403}, {"message", "not you"}}, Kind::unauthorized, 1},
      {{{"code", 400}, {"message", "bad"}}, Kind::refused, 1},
      {{{"code", 400}, {"message", "prompt is too long"}}, Kind::too_long, 1},
      {{{"code", 500}, {"message", "oops"}}, Kind::server, 2},
      {{{"code", 503}, {"message", "busy"}}, Kind::server, 2},
      {"something went wrong", Kind::server, 2},
      {{{"type", "overloaded_error"}, {"message", "Overloaded"}}, Kind::server, 2},
  };
  std::size_t before = 0;
  for (const auto& [error, kind, attempts] : cases) {
    for (std::size_t i = 0; i < attempts; ++i) server.then(error_in_200(error));
    const Completion completion = ask();
    const Failure failure = failure_of(completion);
    EXPECT_EQ(failure.kind, kind) << error;
    EXPECT_THAT(failure.message, HasSubstr("HTTP 200 with ")) << error;
    EXPECT_EQ(completion.unreported, 0) << error;
    EXPECT_EQ(requests() - before, attempts) << error;
    before = requests();
  }
}

TEST_F(OpenAiCauses, WhatAnErrorInA200IsChargedForIsCounted) {
  server
      .then(Scripted::json(
          {{"error", {{"code", 500}, {"message", "oops"}}}, {"usage", {{"prompt_tokens", 4}}}}))
      .then(says("at last"));
  EXPECT_EQ(ask().usage.prompt, 14);
}

TEST_F(OpenAiCauses, AWaitThatTheBodyTellsIsObeyed) {
  server
      .then(Scripted::reply(429,
                            R"([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota.",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.4s"}]}}])"))
      .then(says("at last"));
  const auto start = Clock::now();
  EXPECT_EQ(text_of(ask()), "at last");
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(400));
  EXPECT_EQ(requests(), 2U);
}

TEST_F(OpenAiCauses, AWaitInTheBodyBeyondTheDeadlineFailsAtOnce) {
  server.otherwise(refuses(429, "Rate limit reached. Please try again in 1h0m5s."));
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::server);
  EXPECT_THAT(failure.message, HasSubstr("asks to wait 3605 s, beyond the deadline"));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(OpenAiCauses, TheQuotaOfADayEndsAtOnce) {
  server.otherwise(
      refuses(429, "Rate limit reached on requests per day (RPD): Limit 100. Please try again in 2s."));
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::quota);
  EXPECT_THAT(failure.message,
              HasSubstr("the quota of the key in TESTED_KEY is used up (HTTP 429: Rate limit"));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(OpenAiCauses, WhatPeopleReadIsTheReasonTheVariableAndTheRemedy) {
  config.name = "gemini";
  server.then(Scripted::reply(
      400, R"([{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
      "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID", "domain": "googleapis.com"}]}}])"));
  EXPECT_EQ(failure_of(ask()).message,
            "model 'gemini': the server refuses the key in TESTED_KEY (HTTP 400 API_KEY_INVALID: API key not "
            "valid. "
            "Please pass a valid API key.): set a valid key and run again");
  server.then(refuses(402, "Insufficient credits"));
  EXPECT_EQ(failure_of(ask()).message,
            "model 'gemini': the account of the key in TESTED_KEY has no money or credit left (HTTP 402: "
            "Insufficient "
            "credits): add some and run again");
  server.then(refuses(403, "This model is not for you"));
  EXPECT_EQ(failure_of(ask()).message,
            "model 'gemini': the key in TESTED_KEY is not allowed this (HTTP 403: This model is not for "
            "you): allow it "
            "there, or set another key and run again");
  server.then(refuses(404, "The model `small` does not exist."));
  EXPECT_EQ(failure_of(ask()).message,
            "model 'gemini': the server does not know the model 'small' (HTTP 404: The model `small` does "
            "not exist.; "
            "asked was " +
                server.base_url() +
                "/chat/completions): set `model` to a name that the server lists, or "
                "start that model there");
}

TEST_F(OpenAiCauses, AWrongAddressIsNamedWithWhatIsUsuallyWrong) {
  for (const int status : {404, 405}) {
    server.then(Scripted::reply(status, R"({"detail": "Not here"})"));
    const Failure failure = failure_of(ask());
    EXPECT_EQ(failure.kind, Failure::Kind::refused);
    EXPECT_THAT(failure.message,
                AllOf(StartsWith("model 'tested': " + server.base_url() + "/chat/completions"),
                      HasSubstr(std::to_string(status) + ": Not here"), HasSubstr("base_url"),
                      HasSubstr("/v1"), HasSubstr("'small'")));
  }
}

TEST_F(OpenAiCauses, AParameterThatTheServerRefusesIsNamedWithWhatToSet) {
  Call call = chat("?");
  std::get<ChatRequest>(call.request).sampling = {0.6, std::nullopt, 20, 500};
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Unsupported value: 'temperature' does not support 0.6 with this model. Only the default (1) value is "
       "supported.",
       "set `temperature: null`"},
      {"Unrecognized request argument supplied: top_k", "set `top_k: null`"},
      {"max_tokens is too large: 500. This model supports at most 100 completion tokens.",
       "lower max_tokens"}};
  for (const auto& [message, remedy] : cases) {
    server.then(refuses(400, message));
    const Failure failure = failure_of(ask(call));
    EXPECT_EQ(failure.kind, Failure::Kind::refused) << message;
    EXPECT_THAT(failure.message, HasSubstr(remedy)) << message;
  }
}

TEST_F(OpenAiCauses, AFieldOfTheExtraBodyThatTheServerRefusesIsNamed) {
  config.extra_body = {{"enable_thinking", false}};
  server.then(Scripted::reply(
      422, R"({"detail": [{"loc": ["body", "enable_thinking"], "msg": "Extra inputs are not permitted"}]})"));
  EXPECT_THAT(failure_of(ask()).message, HasSubstr("take 'enable_thinking' out of the model's extra_body"));
}

TEST_F(OpenAiCauses, ATextThatAnEmbedderFindsTooLongEndsAtOnceThoughItSays500) {
  server.otherwise(
      refuses(500, "input (203 tokens) is too large to process. increase the physical batch size"));
  Call call;
  call.request = EmbedRequest{"text"};
  const Failure failure = failure_of(ask(std::move(call)));
  EXPECT_EQ(failure.kind, Failure::Kind::too_long);
  EXPECT_THAT(failure.message,
              AllOf(HasSubstr("increase the physical batch size"), HasSubstr("context_tokens")));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(OpenAiCauses, AModelThatIsBeingLoadedIsWaitedFor) {
  config.max_attempts = 2;
  config.deadline_s = 2;
  for (int i = 0; i < 3; ++i) server.then(refuses(503, "Loading model"));
  server.then(says("ready"));
  EXPECT_EQ(text_of(ask()), "ready");
}

TEST_F(OpenAiCauses, AJsonThatTheModelItselfGotWrongIsAskedForAgain) {
  server.then(Scripted::reply(
      400,
      R"({"error": {"message": "Failed to generate JSON.", "code": "json_validate_failed", "failed_generation": "{"}})"));
  server.then(says("{}"));
  const Completion completion = ask(judged());
  EXPECT_EQ(text_of(completion), "{}");
  EXPECT_EQ(completion.unreported, 1) << "it may have been paid for";
  EXPECT_TRUE(had_schema(0));
  EXPECT_TRUE(had_schema(1));
}

TEST_F(OpenAiCauses, AJsonThatTheModelAlwaysGetsWrongIsAskedForFiveTimes) {
  server.otherwise(refuses(400, "Failed to validate JSON. Please adjust your prompt."));
  EXPECT_EQ(failure_of(ask(judged())).kind, Failure::Kind::unusable);
  EXPECT_EQ(requests(), 5U);
}

TEST_F(OpenAiCauses, TheQueryOfABaseUrlStaysBehindThePath) {
  config.base_urls = {server.base_url() + "/?api-version=2024-10-21"};
  server.then(says("fine"));
  EXPECT_EQ(text_of(ask()), "fine");
  EXPECT_EQ(server.received().at(0).target(), "/v1/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(provider().identity(), server.base_url() + "?api-version=2024-10-21 small");
}

TEST_F(OpenAiCauses, TheKeyGoesOutInTheHeaderOfTheConfig) {
  config.api_key_header = "api-key";
  server.then(says("fine"));
  EXPECT_EQ(text_of(ask()), "fine");
  const std::string head = server.received().at(0).head;
  EXPECT_THAT(head, HasSubstr("\r\napi-key: key-12345\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Authorization")));
}

TEST_F(OpenAiCauses, WhatIsWaitedForIsTold) {
  EXPECT_FALSE(provider().waiting_for().has_value());
  server.then(Scripted::reply(
      429, R"({"error": {"message": "Quota exceeded for requests per minute. Try again in 4s."}})"));
  provider().submit(chat("?"));
  std::optional<WaitReason> reason;
  for (int round = 0; !reason && round < 100; ++round) {
    EXPECT_TRUE(provider().poll(std::chrono::milliseconds(20)).empty());
    reason = provider().waiting_for();
  }
  ASSERT_TRUE(reason.has_value());
  EXPECT_EQ(reason->text, "as the server asked: quota per minute");
  EXPECT_GE(reason->until - Clock::now(), std::chrono::seconds(3));
  EXPECT_LE(reason->until - Clock::now(), std::chrono::seconds(4));
}

TEST_F(OpenAiCauses, TheConfigsOwnLimitIsToldAsSuch) {
  config.queries_per_second = 0.5;
  server.otherwise(says("fine"));
  EXPECT_EQ(text_of(ask()), "fine");
  provider().submit(chat("?"));
  EXPECT_TRUE(provider().poll(std::chrono::milliseconds(10)).empty());
  ASSERT_TRUE(provider().waiting_for().has_value());
  EXPECT_THAT(provider().waiting_for()->text, HasSubstr("rate limit of the config"));
}

TEST_F(OpenAiCauses, ADeadServerIsToldAsSuch) {
  config.base_urls = {"http://127.0.0.1:" + std::to_string(unused_port()) + "/v1"};
  for (std::uint64_t i = 0; i < 8; ++i) provider().submit(chat("?"));
  std::optional<WaitReason> reason;
  for (int round = 0; round < 100 && !(reason && reason->text.starts_with("as every")); ++round) {
    (void)provider().poll(std::chrono::milliseconds(10));
    reason = provider().waiting_for();
  }
  ASSERT_TRUE(reason.has_value());
  EXPECT_THAT(reason->text, StartsWith("as every server is set aside: Failed to connect"));
}

struct Refusal {
  const char* name;
  Scripted reply;
};
class RefusedSchema : public OpenAiCauses, public ::testing::WithParamInterface<Refusal> {};

TEST_P(RefusedSchema, IsLeftOutWhateverTheWords) {
  server.then(GetParam().reply).otherwise(says("{}"));
  EXPECT_EQ(text_of(ask(judged())), "{}");
  EXPECT_EQ(text_of(ask(judged())), "{}");
  ASSERT_EQ(requests(), 3U);
  EXPECT_TRUE(had_schema(0));
  EXPECT_FALSE(had_schema(1));
  EXPECT_FALSE(had_schema(2));
}

TEST_P(RefusedSchema, IsNoCauseWhereTheRequestIsRefusedWithoutItAsWell) {
  server.then(GetParam().reply).then(refuses(400, "Something else")).otherwise(says("{}"));
  EXPECT_THAT(failure_of(ask(judged())).message, HasSubstr("Something else"));
  EXPECT_EQ(text_of(ask(judged())), "{}");
  ASSERT_EQ(requests(), 3U);
  EXPECT_FALSE(had_schema(1));
  EXPECT_TRUE(had_schema(2)) << "schemas stay on";
}

INSTANTIATE_TEST_SUITE_P(
    Words, RefusedSchema,
    ::testing::Values(
        Refusal{
            "TooManyStates",
            Scripted::reply(
                400,
                R"([{"error": {"code": 400, "message": "The specified schema produces a constraint that has too many states for serving.", "status": "INVALID_ARGUMENT"}}])")},
        Refusal{"Named", refuses(400, "response_format is not supported")},
        Refusal{"NoWords", Scripted::reply(400, "")},
        Refusal{"OtherWords", refuses(422, "Not possible here.")},
        Refusal{"Grammar500", Scripted::reply(500, "xgrammar: cannot compile the grammar")},
        Refusal{"NotImplemented", refuses(501, "json_schema is not implemented")},
        Refusal{"InA200", error_in_200({{"code", 400}, {"message", "no"}})},
        Refusal{"SchemaTooLong",
                refuses(400, "The json_schema is longer than the maximum context length allows")},
        Refusal{"Router404", refuses(404, "No endpoints found that can handle the requested parameters.")}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(OpenAiCauses, SeveralSamplesRefusedInAnyWordsAreAskedForOneByOne) {
  server.then(refuses(400, "Multiple candidates is not enabled for this model")).otherwise(says("one"));
  EXPECT_EQ(ask(chat("?", 3)).answers.size(), 1U);
  EXPECT_EQ(ask(chat("?", 2)).answers.size(), 1U);
  ASSERT_EQ(requests(), 3U);
  EXPECT_FALSE(server.received().at(1).json().contains("n"));
  EXPECT_FALSE(server.received().at(2).json().contains("n"));
}

TEST_F(OpenAiCauses, AReplyAfterTheTrialThatIsALimitIsWaitedForWithoutTheSchema) {
  server.then(refuses(400, "no"))
      .then(Scripted::reply(429, "{}", {{"retry-after-ms", "20"}}))
      .otherwise(says("{}"));
  EXPECT_EQ(text_of(ask(judged())), "{}");
  ASSERT_EQ(requests(), 3U);
  EXPECT_FALSE(had_schema(2));
}

}  // namespace
}  // namespace recon::support
