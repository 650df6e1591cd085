#include "openai_fixture.hpp"

namespace recon::support {
namespace {

class OpenAiUsage : public OpenAiFixture {
 protected:
  OpenAiUsage() {
    config.deadline_s = 2;
    config.timeout_s = 2;
  }
  /// The usage that recon makes of what a server says about one reply.
  Usage usage_of(const std::string& usage) {
    server.then(Scripted::reply(
        200,
        R"({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": )" + usage + "}"));
    return ask().usage;
  }
  Finish finish_of(const std::string& choice) {
    server.then(Scripted::reply(200, R"({"choices": [)" + choice + "]}"));
    const Completion completion = ask();
    return std::get<ChatAnswer>(completion.answers.at(0)).finish;
  }
};

TEST_F(OpenAiUsage, CachedTokensArePartOfThePromptAndThinkingPartOfTheReply) {
  const Usage usage = usage_of(
      R"({"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
          "prompt_tokens_details": {"cached_tokens": 80}, "completion_tokens_details": {"reasoning_tokens": 30}})");
  EXPECT_EQ(usage.prompt, 100);
  EXPECT_EQ(usage.cached, 80);
  EXPECT_EQ(usage.completion, 50);
  EXPECT_EQ(usage.reasoning, 30);
}

TEST_F(OpenAiUsage, OtherNamesForCachedTokensAreKnownAndNeverAddUp) {
  EXPECT_EQ(
      usage_of(R"({"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 64})").cached,
      64);
  EXPECT_EQ(usage_of(R"({"prompt_tokens": 100, "completion_tokens": 5, "cached_tokens": 32,
                         "prompt_tokens_details": {"cached_tokens": 32}})")
                .cached,
            32);
  EXPECT_EQ(usage_of(R"({"prompt_tokens": 10, "completion_tokens": 5, "cached_tokens": 99})").cached, 10);
}

TEST_F(OpenAiUsage, ThinkingThatOnlyTheTotalCountsIsCounted) {
  const Usage usage = usage_of(R"({"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 400})");
  EXPECT_EQ(usage.completion, 300);
  EXPECT_EQ(usage.reasoning, 250);
}

TEST_F(OpenAiUsage, WhatAnUnreadableReplyCostIsKept) {
  server.then(
      Scripted::reply(200, R"({"choices": [{}], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})"));
  server.then(says("fine"));
  const Completion completion = ask();
  EXPECT_EQ(completion.usage.prompt, 7 + 10);
  EXPECT_EQ(completion.usage.completion, 3 + 3);
  EXPECT_EQ(completion.unreported, 0);
}

TEST_F(OpenAiUsage, AttemptsThatMayHaveBeenPaidForAreCounted) {
  server.then(Scripted::claiming(R"({"choices": [)", 5000))
      .then(Scripted::reply(500, "{}"))
      .then(says("fine"));
  EXPECT_EQ(ask().unreported, 1);
}

TEST_F(OpenAiUsage, AReplyThatTellsNoTokensIsUsedAndCountsAsUnreported) {
  for (const char* usage : {"", R"(, "usage": {})", R"(, "usage": {"prompt_tokens": null})"}) {
    server.then(
        Scripted::reply(200, std::string(R"({"choices": [{"message": {"content": "x"}}])") + usage + "}"));
    const Completion completion = ask();
    EXPECT_EQ(text_of(completion), "x");
    EXPECT_EQ(completion.unreported, 1) << usage;
  }
  EXPECT_EQ(usage_of(R"({"prompt_tokens": 12.0, "completion_tokens": 5.0})").prompt, 12);
}

TEST_F(OpenAiUsage, ImpossibleCountsDoNotOverflow) {
  const Usage usage = usage_of(
      R"({"prompt_tokens": 9223372036854775807, "completion_tokens": -4, "total_tokens": 18446744073709551615})");
  EXPECT_GE(usage.prompt, 0);
  EXPECT_GE(usage.completion, 0);
}

TEST_F(OpenAiUsage, AGatewayThatLostPatienceMayHaveBeenPaidFor) {
  server.then(Scripted::reply(504, "{}")).then(Scripted::reply(502, "{}")).then(says("fine"));
  EXPECT_EQ(ask().unreported, 2);
}

TEST_F(OpenAiUsage, AChoiceThatCannotBeReadDoesNotSpoilTheOthers) {
  server.then(Scripted::reply(200, R"({"choices": [{"index": 0}, {"message": {"content": "good"}},
      {"finish_reason": "content_filter"}], "usage": {"prompt_tokens": 5, "completion_tokens": 1}})"));
  const Completion completion = ask(chat("?", 3));
  ASSERT_EQ(completion.answers.size(), 2U);
  EXPECT_EQ(text_of(completion, 0), "good");
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers[1]).finish, Finish::content_filter);
}

TEST_F(OpenAiUsage, AKeyThatIsNoSecretLeavesTextsAlone) {
  config.api_key_env = "TESTED_KEY";
  environment["TESTED_KEY"] = "EMPTY";
  server.then(says("The house was EMPTY."));
  EXPECT_EQ(text_of(ask()), "The house was EMPTY.");
}

TEST_F(OpenAiUsage, ARefusedConnectionCostsNothing) {
  config.deadline_s = 0.2;
  config.base_urls = {"http://127.0.0.1:" + std::to_string(unused_port()) + "/v1"};
  EXPECT_EQ(ask().unreported, 0);
}

TEST_F(OpenAiUsage, AnotherPaidAttemptHasToBeAllowed) {
  server.otherwise(Scripted::hang_up());
  Call call = chat("?");
  int asked = 0;
  call.may_pay_again = [&asked] { return ++asked < 3; };
  const Completion completion = ask(call);
  EXPECT_EQ(failure_of(completion).kind, Failure::Kind::stopped);
  EXPECT_EQ(completion.unreported, 3);
  EXPECT_EQ(server.received().size(), 3U);
}

TEST_F(OpenAiUsage, EveryWayOfEndingIsTold) {
  EXPECT_EQ(finish_of(R"({"message": {"content": "x"}, "finish_reason": "length"})"), Finish::length);
  EXPECT_EQ(finish_of(R"({"message": {"content": "x"}, "finish_reason": "content_filter"})"),
            Finish::content_filter);
  EXPECT_EQ(finish_of(R"({"message": {"content": ""}, "finish_reason": "PROHIBITED_CONTENT"})"),
            Finish::content_filter);
  EXPECT_EQ(finish_of(R"({"message": {"content": null, "refusal": "I won't."}, "finish_reason": "stop"})"),
            Finish::declined);
  EXPECT_EQ(finish_of(R"({"message": {"content": "x"}, "finish_reason": "tool_calls"})"), Finish::other);
}

}  // namespace
}  // namespace recon::support
