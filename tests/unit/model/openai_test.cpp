#include "recon/core/error.hpp"

#include <set>

#include "openai_fixture.hpp"

namespace recon::support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using OpenAi = OpenAiFixture;

TEST_F(OpenAi, SendsMessagesAndSamplingAndReadsTheAnswer) {
  server.then(says("Hello, counsel."));
  Call call = chat("");
  ChatRequest request;
  request.messages = {{Role::system, "Be brief."}, {Role::user, "Say \"hello\" – \u00fcber\nall"}};
  request.sampling.temperature = 0.5;
  request.sampling.top_p = 0.95;
  request.sampling.top_k = 20;
  request.sampling.max_tokens = 64;
  call.request = request;
  const Completion completion = ask(std::move(call));
  EXPECT_EQ(text_of(completion), "Hello, counsel.");
  EXPECT_EQ(completion.id, 7U);
  EXPECT_EQ(completion.usage.prompt, 10);
  EXPECT_EQ(completion.usage.completion, 3);
  ASSERT_EQ(server.received().size(), 1U);
  const ReceivedRequest received = server.received().front();
  EXPECT_EQ(received.target(), "/v1/chat/completions");
  EXPECT_EQ(received.json(),
            Json::parse(R"({"model":"small","messages":[{"role":"system","content":"Be brief."},
                {"role":"user","content":"Say \"hello\" – über\nall"}],
                "temperature":0.5,"top_p":0.95,"top_k":20,"max_tokens":64,"stream":false})"));
}

TEST_F(OpenAi, SendsNothingThatWasNotAskedFor) {
  server.then(says("x"));
  ask();
  EXPECT_EQ(server.received().front().json().size(), 3U);  // model, messages, stream
  EXPECT_THAT(server.received().front().head, Not(HasSubstr("Authorization")));
}

TEST_F(OpenAi, ReadsEveryUsageFieldAndTheReasoning) {
  Json body = completion_body({"Yes."});
  body["choices"][0]["message"]["reasoning_content"] = "I think so.";
  body["choices"][0]["finish_reason"] = "length";
  body["usage"] = Json::parse(R"({"prompt_tokens":100,"completion_tokens":50,
      "prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":40}})");
  server.then(Scripted::json(body));
  const Completion completion = ask();
  ASSERT_EQ(text_of(completion), "Yes.");
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers[0]).reasoning, "I think so.");
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers[0]).finish, Finish::length);
  EXPECT_EQ(completion.usage.prompt, 100);
  EXPECT_EQ(completion.usage.cached, 64);
  EXPECT_EQ(completion.usage.completion, 50);
  EXPECT_EQ(completion.usage.reasoning, 40);
}

TEST_F(OpenAi, NullContentIsAnEmptyAnswerWithItsFinish) {
  server.then(Scripted::json(Json::parse(
      R"({"choices":[{"message":{"role":"assistant","content":null},"finish_reason":"content_filter"}]})")));
  const Completion completion = ask();
  ASSERT_EQ(text_of(completion), "");
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers.at(0)).finish, Finish::content_filter);
}

TEST_F(OpenAi, NullUsageIsNoUsage) {
  Json body = completion_body({"x"});
  body["usage"] = nullptr;
  server.then(Scripted::json(body));
  EXPECT_EQ(ask().usage.prompt, 0);
}

TEST_F(OpenAi, AsksForSamplesInOneRequest) {
  server.then(Scripted::json(completion_body({"a", "b", "c"})));
  const Completion completion = ask(chat("?", 3));
  ASSERT_EQ(completion.answers.size(), 3U);
  EXPECT_EQ(text_of(completion, 2), "c");
  EXPECT_EQ(server.received().front().json().at("n"), 3);
}

TEST_F(OpenAi, TakesWhatAServerGivesThatIgnoresN) {
  server.then(Scripted::json(completion_body({"a"})));
  EXPECT_EQ(ask(chat("?", 3)).answers.size(), 1U);
}

TEST_F(OpenAi, TakesNoMoreThanWasAskedFor) {
  server.then(Scripted::json(completion_body({"a", "b"})));
  EXPECT_EQ(ask(chat("?", 1)).answers.size(), 1U);
}

TEST_F(OpenAi, AsksOneByOneOnceTheServerRefusedN) {
  server.then(refuses(400, "parameter `n` must be 1")).then(says("a")).then(says("b"));
  EXPECT_EQ(text_of(ask(chat("?", 3))), "a");
  EXPECT_EQ(text_of(ask(chat("?", 3))), "b");
  const auto received = server.received();
  ASSERT_EQ(received.size(), 3U);
  EXPECT_TRUE(received[0].json().contains("n"));
  EXPECT_FALSE(received[1].json().contains("n"));
  EXPECT_FALSE(received[2].json().contains("n"));
}

TEST_F(OpenAi, ARefusalThatDoesNotSpeakOfNIsFinal) {
  server.then(refuses(400, "unknown model name")).otherwise(says("never"));
  EXPECT_EQ(failure_of(ask(chat("?", 3))).kind, Failure::Kind::refused);
  EXPECT_EQ(server.received().size(), 1U);
}

Call with_schema() {
  Call call;
  ChatRequest request;
  request.messages = {{Role::user, "Judge."}};
  request.reply_schema = ReplySchema(Json::parse(R"({"type":"object"})"));
  call.request = request;
  return call;
}

TEST_F(OpenAi, SendsTheSchemaStrictly) {
  server.then(says("{}"));
  ask(with_schema());
  const Json body = server.received().front().json();
  const Json& format = body.at("response_format");
  EXPECT_EQ(format.at("type"), "json_schema");
  EXPECT_EQ(format.at("json_schema").at("strict"), true);
  EXPECT_EQ(format.at("json_schema").at("schema"), Json::parse(R"({"type":"object"})"));
}

TEST_F(OpenAi, GoesOnWithoutTheSchemaOnceTheServerRefusedIt) {
  server.then(refuses(400, "response_format is not supported")).then(says("{}")).then(says("{}"));
  EXPECT_EQ(text_of(ask(with_schema())), "{}");
  EXPECT_EQ(text_of(ask(with_schema())), "{}");
  const auto received = server.received();
  ASSERT_EQ(received.size(), 3U);
  EXPECT_FALSE(received[1].json().contains("response_format"));
  EXPECT_FALSE(received[2].json().contains("response_format"));
}

TEST_F(OpenAi, SendsNoSchemaWhereTheConfigSaysSo) {
  config.json_schema = false;
  server.then(says("{}"));
  ask(with_schema());
  EXPECT_FALSE(server.received().front().json().contains("response_format"));
}

TEST_F(OpenAi, MergesExtraBodiesTheRequestOverTheConfig) {
  config.extra_body = Json::parse(R"({"a":1,"b":1,"top_p":0.5})");
  server.then(says("x"));
  Call call = chat("?");
  auto& request = std::get<ChatRequest>(call.request);
  request.sampling.top_p = 0.9;
  request.extra_body =
      Json::parse(R"({"b":2,"messages":[],"stream":true,"stream_options":{"include_usage":true}})");
  ask(std::move(call));
  const Json body = server.received().front().json();
  EXPECT_EQ(body.at("a"), 1);
  EXPECT_EQ(body.at("b"), 2);
  EXPECT_EQ(body.at("top_p"), 0.5);
  EXPECT_EQ(body.at("messages").size(), 1U);
  EXPECT_EQ(body.at("stream"), false);
  EXPECT_FALSE(body.contains("stream_options"));
}

TEST_F(OpenAi, IdentityIsAddressAndModelUnlessNamed) {
  config.base_urls.front() += "/";
  EXPECT_EQ(provider().identity(), server.base_url() + " small");
  EXPECT_EQ(provider().model_name(), "small");
  config.identity = "mine";
  EXPECT_EQ(make_openai_provider(config, environment, log)->identity(), "mine");
}

TEST_F(OpenAi, ASlashAtTheEndOfTheAddressDoesNoHarm) {
  config.base_urls.front() += "//";
  server.then(says("x"));
  ask();
  EXPECT_EQ(server.received().front().target(), "/v1/chat/completions");
}

TEST_F(OpenAi, SendsTheKeyAndTrimsIt) {
  config.api_key_env = "TESTED_KEY";
  environment["TESTED_KEY"] = "key-12345\n";
  provider().open();
  server.then(says("x"));
  ask();
  EXPECT_THAT(server.received().front().head, HasSubstr("Authorization: Bearer key-12345\r\n"));
}

TEST_F(OpenAi, AMissingKeyIsFoundOnOpeningNotBefore) {
  config.api_key_env = "TESTED_KEY";
  environment["TESTED_KEY"] = "";
  Provider& made = provider();  // a replay needs no key
  try {
    made.open();
    FAIL() << "opened without a key";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("TESTED_KEY"), HasSubstr("tested")));
  }
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(OpenAi, AKeyThatCouldForgeAHeaderIsRefused) {
  config.api_key_env = "TESTED_KEY";
  environment["TESTED_KEY"] = "key\r\nX-Other: 1";
  EXPECT_THROW(provider().open(), UsageError);
}

TEST_F(OpenAi, ManyRequestsAreInFlightAtOnceAndConnectionsAreReused) {
  constexpr std::size_t count = 16;  // as many as a server gets before it has shown what it can do
  config.concurrency = 64;
  // The server answers none of them before all have come.
  for (std::size_t i = 0; i < count; ++i) server.then(says("x").held_until(count));
  server.otherwise(says("again"));
  for (std::size_t i = 0; i < count; ++i) {
    Call call = chat("?");
    call.id = i;
    provider().submit(std::move(call));
  }
  std::set<std::uint64_t> ids;
  for (const Completion& completion : finish(count)) {
    EXPECT_EQ(text_of(completion), "x");
    ids.insert(completion.id);
  }
  EXPECT_EQ(ids.size(), count);
  for (std::size_t i = 0; i < count; ++i) provider().submit(chat("?"));
  for (const Completion& completion : finish(count)) EXPECT_EQ(text_of(completion), "again");
  EXPECT_EQ(server.connections(), count);
}

TEST_F(OpenAi, NoMoreThanTheConcurrencyIsInFlight) {
  config.concurrency = 2;
  for (int i = 0; i < 3; ++i) provider().submit(chat("?"));  // the server stays silent
  EXPECT_TRUE(provider().poll(std::chrono::milliseconds(100)).empty());
  EXPECT_EQ(server.received().size(), 2U);
}

TEST_F(OpenAi, KeepsToTheRateLimit) {
  config.requests_per_minute = 60;
  server.otherwise(says("x"));
  for (int i = 0; i < 3; ++i) provider().submit(chat("?"));
  EXPECT_EQ(finish(1).size(), 1U);
  EXPECT_TRUE(provider().poll(std::chrono::milliseconds(50)).empty());
  EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(OpenAi, PollWithNothingToDoReturnsAtOnce) {
  EXPECT_TRUE(provider().poll(std::chrono::hours(1)).empty());
}

TEST_F(OpenAi, ReadsChunkedReplies) {
  server.then(Scripted::chunked(completion_body({"in pieces"}).dump(), 7));
  EXPECT_EQ(text_of(ask()), "in pieces");
}

TEST_F(OpenAi, Embeds) {
  server.then(Scripted::json(
      Json::parse(R"({"data":[{"index":0,"embedding":[0.5,-1.25,3]}],"usage":{"prompt_tokens":4}})")));
  Call call;
  call.request = EmbedRequest{"some text"};
  const Completion completion = ask(std::move(call));
  ASSERT_EQ(completion.answers.size(), 1U);
  EXPECT_EQ(std::get<EmbedAnswer>(completion.answers[0]).vector, (std::vector<float>{0.5F, -1.25F, 3.0F}));
  EXPECT_EQ(completion.usage.prompt, 4);
  EXPECT_EQ(server.received().front().target(), "/v1/embeddings");
  EXPECT_EQ(server.received().front().json().at("input"), "some text");
}

TEST_F(OpenAi, TextThatIsNotUtf8IsRefusedBeforeSending) {
  EXPECT_EQ(failure_of(ask("\xFF")).kind, Failure::Kind::refused);
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(OpenAi, DestroyingAProviderWithRequestsInFlightIsClean) {
  provider().submit(chat("?"));
  EXPECT_TRUE(provider().poll(std::chrono::milliseconds(20)).empty());
}

}  // namespace
}  // namespace recon::support
