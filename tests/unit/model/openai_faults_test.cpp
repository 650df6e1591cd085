#include <chrono>
#include <ctime>

#include "openai_fixture.hpp"

namespace recon::support {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

class OpenAiFaults : public OpenAiFixture {
 protected:
  OpenAiFaults() {
    // Pauses between attempts scale with the deadline where that is short.
    config.deadline_s = 2;
    config.timeout_s = 2;
  }
  std::size_t requests() const { return server.received().size(); }
};

struct Passing {
  const char* name;
  Scripted fault;
};
class PassingFault : public OpenAiFaults, public ::testing::WithParamInterface<Passing> {};

/// Whatever goes wrong once, the next attempt succeeds.
TEST_P(PassingFault, IsTriedAgain) {
  server.then(GetParam().fault).then(says("at last"));
  EXPECT_EQ(text_of(ask()), "at last");
  EXPECT_EQ(requests(), 2U);
}

/// Whatever goes wrong always is a failure, never an answer, after `max_attempts`, or, where the server only
/// asks for patience, at the deadline.
TEST_P(PassingFault, FailsWhenItLasts) {
  config.max_attempts = 2;
  server.otherwise(GetParam().fault);
  const Failure failure = failure_of(ask());
  EXPECT_THAT(failure.message,
              AllOf(HasSubstr(server.base_url()), HasSubstr(" attempts in "), Not(HasSubstr("\n"))));
  const bool patient = GetParam().name == std::string("TooManyRequests");
  EXPECT_EQ(requests() == 2, !patient);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, PassingFault,
    ::testing::Values(
        Passing{"TooManyRequests", Scripted::reply(429, "{}", {{"Retry-After", "0"}})},
        Passing{"Timeout408", refuses(408, "slow")}, Passing{"Conflict409", refuses(409, "busy")},
        Passing{"TooEarly425", refuses(425, "early")}, Passing{"Error500", refuses(500, "oops")},
        Passing{"Error503WithoutBody", Scripted::reply(503, "")},
        Passing{"CutBody", Scripted::claiming(R"({"choices":[{"mess)", 4000)},
        Passing{"LengthTooSmall", Scripted::claiming(completion_body({"x"}).dump(), 20)},
        Passing{"ChunksCutOff",
                {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"cho\r\n", true}},
        Passing{"NoHttp", {"hello there\r\n\r\n", true}},
        Passing{"GarbageJson", Scripted::reply(200, "<html>not json</html>")},
        Passing{"NoChoices", Scripted::reply(200, R"({"object":"chat.completion"})")},
        Passing{"EmptyChoices", Scripted::reply(200, R"({"choices":[]})")},
        Passing{"ChoiceWithoutMessage", Scripted::reply(200, R"({"choices":[{}]})")},
        Passing{"ContentOfWrongType", Scripted::reply(200, R"({"choices":[{"message":{"content":5}}]})")},
        Passing{"NoObject", Scripted::reply(200, "[1,2]")},
        Passing{"ErrorWithStatus200", Scripted::reply(200, R"({"error":{"message":"overloaded"}})")},
        Passing{"EmptyBody", Scripted::reply(200, "")},
        Passing{"BrokenOffChoice", Scripted::reply(200, R"({"choices":[{"message":{"content":"Well, if you"},
            "finish_reason":"error"}]})")},
        Passing{"StreamBrokenOff",
                Scripted::reply(200, "data: {\"choices\":[{\"delta\":{\"content\":\"Well, if you\"}}]}\n\n")},
        Passing{"WrongCompression", Scripted::reply(200, "no gzip", {{"Content-Encoding", "gzip"}})}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(OpenAiFaults, RepliesThatCannotBeReadAreAskedForFiveTimesAtMost) {
  server.otherwise(Scripted::reply(200, "{}"));
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::malformed);
  EXPECT_EQ(failure.raw, "{}");
  EXPECT_EQ(requests(), 5U);
}

TEST_F(OpenAiFaults, AClosedConnectionIsTriedAgain) {
  server.then(Scripted::hang_up()).then(says("at last"));
  EXPECT_EQ(text_of(ask()), "at last");
}

TEST_F(OpenAiFaults, AStaleReusedConnectionIsReplaced) {
  Scripted closing = says("first");
  closing.close_after = true;
  server.then(closing).then(says("second"));
  EXPECT_EQ(text_of(ask()), "first");
  EXPECT_EQ(text_of(ask()), "second");
}

TEST_F(OpenAiFaults, RetryAfterSecondsAreObeyed) {
  server.then(Scripted::reply(429, "{}", {{"Retry-After", "1"}})).then(says("later"));
  const auto start = Clock::now();
  EXPECT_EQ(text_of(ask()), "later");
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(1000));
}

TEST_F(OpenAiFaults, RetryAfterBeyondTheDeadlineFailsAtOnce) {
  server.then(Scripted::reply(429, "{}", {{"retry-after", "3600"}})).otherwise(says("never"));
  const auto start = Clock::now();
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::server);
  EXPECT_THAT(failure.message, HasSubstr("3600 s"));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(1));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(OpenAiFaults, RetryAfterAsADateIsObeyed) {
  const std::time_t later = std::time(nullptr) + 3600;
  std::tm parts{};
  ASSERT_NE(::gmtime_r(&later, &parts), nullptr);
  char date[64];
  ASSERT_GT(std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts), 0U);
  server.then(Scripted::reply(503, "{}", {{"Retry-After", date}})).otherwise(says("never"));
  EXPECT_EQ(failure_of(ask()).kind, Failure::Kind::server);
  EXPECT_EQ(requests(), 1U);
}

TEST_F(OpenAiFaults, AWaitingRetryDoesNotHoldUpOthers) {
  server.then(Scripted::reply(429, "{}", {{"Retry-After", "1"}})).otherwise(says("x"));
  Call slow = chat("first");
  slow.id = 1;
  provider().submit(std::move(slow));
  EXPECT_TRUE(provider().poll(std::chrono::milliseconds(100)).empty());
  Call quick = chat("second");
  quick.id = 2;
  provider().submit(std::move(quick));
  EXPECT_EQ(finish(1).front().id, 2U);
  EXPECT_EQ(finish(1).front().id, 1U);
}

TEST_F(OpenAiFaults, ServerErrorsUntilTheDeadlineAreAServerFailure) {
  config.deadline_s = 0.5;
  config.max_attempts = 1000;
  server.otherwise(refuses(500, "oops"));
  const auto start = Clock::now();
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::server);
  EXPECT_THAT(failure.message, HasSubstr("HTTP 500: oops"));
  EXPECT_GT(requests(), 1U);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
}

TEST_F(OpenAiFaults, AServerThatFallsSilentAfterAnErrorIsReportedWithTheError) {
  config.deadline_s = 0.3;
  server.then(refuses(500, "oops"));
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::server);
  EXPECT_THAT(failure.message, AllOf(HasSubstr("oops"), HasSubstr("deadline")));
}

TEST_F(OpenAiFaults, ASilentServerHitsTheDeadline) {
  config.deadline_s = 0.2;
  const auto start = Clock::now();
  EXPECT_EQ(failure_of(ask()).kind, Failure::Kind::timeout);
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(150));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(2));
}

TEST_F(OpenAiFaults, ABodyThatNeverEndsHitsTheDeadline) {
  config.deadline_s = 0.2;
  server.otherwise({"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"choices\"", false});
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::timeout);
  EXPECT_EQ(failure.raw, "{\"choices\"");
}

TEST_F(OpenAiFaults, AnAttemptThatTimesOutIsTriedAgainWithinTheDeadline) {
  config.timeout_s = 0.1;
  server.then(Scripted::silence()).then(says("at last"));
  EXPECT_EQ(text_of(ask()), "at last");
}

TEST_F(OpenAiFaults, ARefusedConnectionIsATransportFailureThatNamesTheServer) {
  config.base_urls = {"http://127.0.0.1:" + std::to_string(unused_port()) + "/v1"};
  config.max_attempts = 2;
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::transport);
  EXPECT_THAT(failure.message, HasSubstr(config.base_urls.front()));
}

TEST_F(OpenAiFaults, ARefusedRequestIsNotSentAgain) {
  server.then(refuses(404, "no such model")).otherwise(says("never"));
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::refused);
  EXPECT_THAT(failure.message, HasSubstr("HTTP 404: no such model"));
  EXPECT_THAT(failure.raw, HasSubstr("no such model"));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(OpenAiFaults, APromptThatIsTooLongIsSaidToBe) {
  for (const char* message :
       {"This model's maximum context length is 4096 tokens", "context_length_exceeded"}) {
    server.then(refuses(400, message));
    EXPECT_EQ(failure_of(ask()).kind, Failure::Kind::too_long) << message;
  }
  EXPECT_EQ(requests(), 2U);
}

TEST_F(OpenAiFaults, RedirectsAreReportedNotFollowed) {
  ScriptedServer other;
  config.api_key_env = "TESTED_KEY";
  environment["TESTED_KEY"] = "key-12345";
  server.then(Scripted::reply(308, "", {{"Location", other.base_url()}}));
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::refused);
  EXPECT_THAT(failure.message, HasSubstr(other.base_url()));
  EXPECT_EQ(other.connections(), 0U);
}

TEST_F(OpenAiFaults, ARefusedKeyNamesItsVariable) {
  config.api_key_env = "TESTED_KEY";
  environment["TESTED_KEY"] = "key-12345";
  server.then(refuses(401, "bad key"));
  EXPECT_THAT(failure_of(ask()).message, HasSubstr("TESTED_KEY"));
}

TEST_F(OpenAiFaults, AServerThatWantsAKeyGetsTheHint) {
  server.then(refuses(401, "who are you?"));
  EXPECT_THAT(failure_of(ask()).message, HasSubstr("api_key_env"));
}

TEST_F(OpenAiFaults, TheKeyReachesNoFailureAndNoAnswer) {
  const std::string key = "key-12345";
  config.api_key_env = "TESTED_KEY";
  config.max_attempts = 1;
  environment["TESTED_KEY"] = key;
  const std::string escaped = R"(\u006bey-12345)";  // the same key, hidden by a JSON escape
  server.then(refuses(401, "Bearer " + key + " is wrong"))
      .then(Scripted::reply(500, R"({"error":{"message":"no )" + escaped + R"("}})"))
      .then(Scripted::reply(200, "garbage " + key))
      .then(Scripted::claiming("cut " + key, 4000))
      .then(Scripted::reply(302, "", {{"Location", "http://x/" + key}}))
      .then(Scripted::reply(400, std::string(1995, 'x') + key));
  for (int i = 0; i < 6; ++i) {
    const Failure failure = failure_of(ask());
    EXPECT_THAT(failure.message, Not(HasSubstr(key))) << i;
    EXPECT_THAT(failure.raw, Not(AnyOf(HasSubstr(key), HasSubstr("xkey")))) << i;
  }
  server.then(says("it is " + key))
      .then(Scripted::reply(200, R"({"choices":[{"message":{"content":")" + escaped + R"("}}]})"));
  EXPECT_EQ(text_of(ask()), "it is ***");
  EXPECT_EQ(text_of(ask()), "***");
}

TEST_F(OpenAiFaults, TheRawReplyIsCutAtACodePoint) {
  std::string body = "x";
  for (int i = 0; i < 2000; ++i) body += "\u00e4";
  server.then(Scripted::reply(404, body));
  const Failure failure = failure_of(ask());
  EXPECT_LE(failure.raw.size(), 2000U);
  EXPECT_GE(failure.raw.size(), 1990U);
  EXPECT_EQ(failure.raw.substr(0, 3), "x\u00e4");
}

TEST_F(OpenAiFaults, EmbeddingsThatAreNoneFail) {
  config.max_attempts = 1;
  for (const char* body : {R"({"data":[]})", R"({"data":[{"embedding":[]}]})",
                           R"({"data":[{"embedding":["x"]}]})", R"({"data":[{"embedding":[1e300]}]})"}) {
    server.then(Scripted::reply(200, body));
    Call call;
    call.request = EmbedRequest{"text"};
    EXPECT_EQ(failure_of(ask(std::move(call))).kind, Failure::Kind::malformed) << body;
  }
}

}  // namespace
}  // namespace recon::support
