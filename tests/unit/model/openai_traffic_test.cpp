#include "recon/http/retry.hpp"

#include <chrono>
#include <map>
#include <set>

#include "openai/attempt.hpp"
#include "openai_fixture.hpp"

namespace recon::support {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OpenAiTraffic : public OpenAiFixture {
 protected:
  OpenAiTraffic() {
    config.deadline_s = 5;
    config.timeout_s = 5;
  }
  void submit_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Call call = chat("?");
      call.id = i;
      provider().submit(std::move(call));
    }
  }
  static Call judged(std::uint64_t id) {
    Call call = chat("?");
    call.id = id;
    std::get<ChatRequest>(call.request).reply_schema = ReplySchema(Json{{"type", "object"}});
    return call;
  }
};

TEST_F(OpenAiTraffic, SeveralServersShareTheWork) {
  ScriptedServer other;
  server.otherwise(says("one"));
  other.otherwise(says("other"));
  config.base_urls = {server.base_url(), other.base_url()};
  submit_many(40);
  for (const Completion& completion : finish(40)) EXPECT_FALSE(completion.failure.has_value());
  EXPECT_GE(server.received().size(), 10U);
  EXPECT_GE(other.received().size(), 10U);
  EXPECT_EQ(server.received().size() + other.received().size(), 40U);
}

TEST_F(OpenAiTraffic, ADeadServerAmongSeveralCostsNoRecord) {
  server.otherwise(says("alive"));
  config.base_urls = {"http://127.0.0.1:" + std::to_string(unused_port()) + "/v1", server.base_url()};
  submit_many(60);
  for (const Completion& completion : finish(60)) EXPECT_EQ(text_of(completion), "alive");
  EXPECT_EQ(server.received().size(), 60U);
}

TEST_F(OpenAiTraffic, AServerThatAsksForPatienceUsesUpNoAttempts) {
  config.max_attempts = 2;
  for (int i = 0; i < 5; ++i) server.then(Scripted::reply(429, "{}", {{"Retry-After", "0"}}));
  server.then(says("at last"));
  EXPECT_EQ(text_of(ask()), "at last");
}

TEST_F(OpenAiTraffic, HeadersThatSayNothingIsLeftHoldTheNextRequestBack) {
  server.then(
      Scripted::reply(200, completion_body({"first"}).dump(),
                      {{"X-RateLimit-Remaining-Requests", "0"}, {"X-RateLimit-Reset-Requests", "300ms"}}));
  server.otherwise(says("second"));
  EXPECT_EQ(text_of(ask()), "first");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(text_of(ask()), "second");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(250));
}

TEST_F(OpenAiTraffic, AnAccountWithoutMoneyIsNotAskedAgain) {
  server.otherwise(Scripted::reply(
      429, R"({"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}})"));
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::quota);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(OpenAiTraffic, ARefusedKeyIsNotAskedAgain) {
  server.otherwise(refuses(401, "wrong key"));
  EXPECT_EQ(failure_of(ask()).kind, Failure::Kind::unauthorized);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(OpenAiTraffic, APromptThatAFilterRefusesIsItsOwnKindOfFailure) {
  server.otherwise(Scripted::reply(400, R"({"error": {"message": "filtered", "code": "content_filter"}})"));
  EXPECT_EQ(failure_of(ask()).kind, Failure::Kind::filtered);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(OpenAiTraffic, WhetherASchemaIsSupportedIsFoundOutOnce) {
  server.then(refuses(400, "response_format is not supported"));
  server.otherwise(says("{}"));
  for (std::uint64_t i = 0; i < 8; ++i) provider().submit(judged(i));
  for (const Completion& completion : finish(8)) EXPECT_EQ(text_of(completion), "{}");
  const auto received = server.received();
  ASSERT_EQ(received.size(), 9U);
  EXPECT_TRUE(received[0].json().contains("response_format"));
  for (std::size_t i = 1; i < received.size(); ++i)
    EXPECT_FALSE(received[i].json().contains("response_format")) << i;
}

TEST_F(OpenAiTraffic, ASupportedSchemaGoesOutWithEveryRequest) {
  server.otherwise(says("{}"));
  for (std::uint64_t i = 0; i < 8; ++i) provider().submit(judged(i));
  (void)finish(8);
  for (const ReceivedRequest& request : server.received())
    EXPECT_EQ(request.json().at("response_format").at("type"), "json_schema");
}

TEST_F(OpenAiTraffic, AServerThatIgnoresSeveralSamplesIsAskedOneByOne) {
  server.otherwise(says("one"));
  EXPECT_EQ(ask(chat("?", 4)).answers.size(), 1U);
  EXPECT_EQ(ask(chat("?", 3)).answers.size(), 1U);
  const auto received = server.received();
  EXPECT_EQ(received.at(0).json().at("n"), 4);
  EXPECT_FALSE(received.at(1).json().contains("n"));
}

TEST_F(OpenAiTraffic, TheNewerNameOfMaxTokensIsUsedWhereTheServerWantsIt) {
  server.then(refuses(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."));
  server.otherwise(says("fine"));
  Call call = chat("?");
  std::get<ChatRequest>(call.request).sampling.max_tokens = 7;
  EXPECT_EQ(text_of(ask(call)), "fine");
  EXPECT_EQ(server.received().at(1).json().at("max_completion_tokens"), 7);
  EXPECT_FALSE(server.received().at(1).json().contains("max_tokens"));
}

TEST_F(OpenAiTraffic, TheNewerNameOfMaxTokensServesAllThatWereUnderWay) {
  for (int i = 0; i < 4; ++i)
    server.then(refuses(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
                    .held_until(4));
  server.otherwise(says("fine"));
  for (std::uint64_t i = 0; i < 4; ++i) {
    Call call = chat("?");
    call.id = i;
    std::get<ChatRequest>(call.request).sampling.max_tokens = 7;
    provider().submit(std::move(call));
  }
  for (const Completion& completion : finish(4)) EXPECT_EQ(text_of(completion), "fine");
  EXPECT_EQ(server.received().size(), 8U);
}

TEST_F(OpenAiTraffic, WhereEveryServerAsksForMoreThanADeadlineNobodyWaits) {
  server.otherwise(Scripted::reply(429, "{}", {{"Retry-After", "3600"}}));
  EXPECT_THAT(failure_of(ask()).message, HasSubstr("3600 s"));
  EXPECT_THAT(failure_of(ask()).message, HasSubstr("longer than the record's deadline"));
  EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(OpenAiTraffic, ALongPauseThatOneServerAsksForCostsNoRecordWhereAnotherServerIs) {
  ScriptedServer other;
  server.otherwise(Scripted::reply(429, "{}", {{"Retry-After", "3600"}}));
  other.otherwise(says("other"));
  config.base_urls = {server.base_url(), other.base_url()};
  config.concurrency = 2;  // some are refused by the one while the other has no room
  submit_many(20);
  for (const Completion& completion : finish(20)) EXPECT_EQ(text_of(completion), "other");
  EXPECT_LE(server.received().size(), 2U);
}

TEST_F(OpenAiTraffic, WhatOneServerRefusesForAMomentGoesToAFreeOneAtOnce) {
  ScriptedServer other;
  server.then(Scripted::reply(429, "{}", {{"Retry-After", "2"}})).otherwise(says("late"));
  other.otherwise(says("other"));
  config.base_urls = {server.base_url(), other.base_url()};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(text_of(ask()), "other");
  EXPECT_LE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST_F(OpenAiTraffic, WhereEveryServerAsksToWaitTheFirstToBeReadyIsWaitedFor) {
  ScriptedServer other;
  server.then(Scripted::reply(429, "{}", {{"retry-after-ms", "300"}})).otherwise(says("first"));
  other.otherwise(Scripted::reply(429, "{}", {{"Retry-After", "3600"}}));
  config.base_urls = {server.base_url(), other.base_url()};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(text_of(ask()), "first");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(300));
  EXPECT_EQ(server.received().size(), 2U);
  EXPECT_EQ(other.received().size(), 1U);
}

TEST_F(OpenAiTraffic, AServerThatAskedOneRequestToWaitGetsOnlyOthersMeanwhile) {
  ScriptedServer other;
  server.then(Scripted::reply(503, "{}", {{"retry-after-ms", "600"}}))
      .then(says("quick"))
      .otherwise(says("after the wait"));
  other.otherwise(Scripted::silence());
  config.base_urls = {server.base_url(), other.base_url()};
  config.concurrency = 1;
  const auto start = std::chrono::steady_clock::now();
  provider().submit(chat("?"));
  while (server.received().empty()) EXPECT_TRUE(provider().poll(std::chrono::milliseconds(5)).empty());
  EXPECT_TRUE(provider().poll(std::chrono::milliseconds(20)).empty());
  // The other server was free when this one refused, and is not when the next attempt is due.
  submit_many(2);
  const std::vector<Completion> ended = finish(2);
  EXPECT_EQ(text_of(ended[0]), "quick");
  EXPECT_EQ(text_of(ended[1]), "after the wait");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(600));
  EXPECT_EQ(server.received().size(), 3U);
  EXPECT_EQ(other.received().size(), 1U);
}

TEST_F(OpenAiTraffic, WhatOneServerHoldsBackGoesToAnotherAsSoonAsThatHasRoom) {
  ScriptedServer other;
  server.then(Scripted::reply(429, "{}", {{"Retry-After", "2"}})).otherwise(says("first"));
  other.then(Scripted::silence()).otherwise(says("other"));
  config.base_urls = {server.base_url(), other.base_url()};
  config.concurrency = 1;
  config.timeout_s = 0.3;  // so long is the other one busy
  submit_many(2);
  const auto start = std::chrono::steady_clock::now();
  std::map<std::uint64_t, std::string> texts;
  for (const Completion& completion : finish(2)) texts[completion.id] = text_of(completion);
  EXPECT_EQ(texts[0], "other");
  EXPECT_EQ(texts[1], "first");  // the wait was for the request that was refused
  EXPECT_LE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1500));
}

TEST_F(OpenAiTraffic, OfTwoThatAskedToWaitTheOneWhoseWaitIsOverIsAskedAgain) {
  ScriptedServer other;
  server.then(Scripted::reply(429, "{}", {{"retry-after-ms", "1500"}})).otherwise(says("too early"));
  other.then(Scripted::reply(429, "{}", {{"retry-after-ms", "300"}})).otherwise(says("other"));
  config.base_urls = {server.base_url(), other.base_url()};
  EXPECT_EQ(text_of(ask()), "other");
  EXPECT_EQ(server.received().size(), 1U);
  EXPECT_EQ(other.received().size(), 2U);
}

TEST(OpenAiJob, AServerThatAskedToWaitIsOutOfTheQuestionUntilThenAndWelcomeAfterwards) {
  using Time = std::chrono::steady_clock::time_point;
  const auto at = [](int seconds) { return Time(std::chrono::seconds(seconds)); };
  OpenAiJob job;
  job.endpoint = 2;
  job.asked_to_wait = {{0, at(15)}, {2, at(13)}};
  EXPECT_THAT(job.unwanted(at(10)).excluded, ElementsAre(0U, 2U));
  EXPECT_EQ(job.first_wait_over(at(10)), at(13));
  EXPECT_THAT(job.unwanted(at(13)).excluded, ElementsAre(0U));
  EXPECT_TRUE(job.unwanted(at(13)).deprioritised.empty());
  EXPECT_EQ(job.first_wait_over(at(13)), at(15));
  EXPECT_TRUE(job.unwanted(at(15)).excluded.empty());
  EXPECT_FALSE(job.first_wait_over(at(15)).has_value());
  job.avoids_endpoint = true;
  EXPECT_THAT(job.unwanted(at(15)).deprioritised, ElementsAre(2U));
}

TEST_F(OpenAiTraffic, AReplyThatCannotBeReadIsAskedForElsewhere) {
  ScriptedServer other;
  server.otherwise(Scripted::reply(200, "no completion"));
  other.otherwise(says("other"));
  config.base_urls = {server.base_url(), other.base_url()};
  EXPECT_EQ(text_of(ask()), "other");
  EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(OpenAiTraffic, AllCallsOfARecordShareOneDeadline) {
  config.deadline_s = 0.5;
  config.timeout_s = 0.5;
  Call first = chat("?");
  Call second = chat("?");
  first.clock = second.clock = std::make_shared<RecordClock>();
  server.then(says("in time"));
  EXPECT_EQ(text_of(ask(first)), "in time");
  ASSERT_TRUE(first.clock->started.has_value());
  // As if the first question had taken most of the time.
  *first.clock->started -= std::chrono::milliseconds(400);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(failure_of(ask(second)).kind, Failure::Kind::timeout);
  EXPECT_LE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(350));
}

TEST_F(OpenAiTraffic, WhatARecordAsksAfterItsDeadlineIsNotSent) {
  config.deadline_s = 1;
  Call late = chat("?");
  late.clock = std::make_shared<RecordClock>();
  late.clock->started = std::chrono::steady_clock::now() - std::chrono::seconds(2);
  EXPECT_EQ(failure_of(ask(late)).kind, Failure::Kind::timeout);
  EXPECT_TRUE(server.received().empty());
}

TEST_F(OpenAiTraffic, WhatWasNotSentCanBeTakenBack) {
  config.concurrency = 2;
  server.otherwise(Scripted::silence());
  submit_many(5);
  (void)provider().poll(std::chrono::milliseconds(50));
  EXPECT_THAT(provider().withdraw(), ElementsAre(2U, 3U, 4U));
  EXPECT_TRUE(provider().withdraw().empty());
}

TEST_F(OpenAiTraffic, WhatWaitsForAnotherAttemptEndsWithoutAFailureToStore) {
  server.otherwise(Scripted::reply(429, "{}", {{"Retry-After", "4"}}));
  provider().submit(chat("?"));
  while (server.received().empty()) EXPECT_TRUE(provider().poll(std::chrono::milliseconds(20)).empty());
  std::vector<Completion> ended;
  for (int round = 0; ended.empty() && round < 50; ++round) {
    EXPECT_TRUE(provider().withdraw().empty());
    ended = provider().poll(std::chrono::milliseconds(20));
  }
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(failure_of(ended.front()).kind, Failure::Kind::stopped);
}

TEST_F(OpenAiTraffic, ARequestThatHungIsSentAgainOnAnotherConnection) {
  config.timeout_s = 0.2;
  server.then(says("warm")).then(Scripted::silence()).then(says("at last"));
  EXPECT_EQ(text_of(ask()), "warm");
  EXPECT_EQ(text_of(ask()), "at last");
  const auto received = server.received();
  ASSERT_EQ(received.size(), 3U);
  EXPECT_EQ(received[1].connection, received[0].connection);
  EXPECT_NE(received[2].connection, received[1].connection);
}

}  // namespace
}  // namespace recon::support
