#include "recon/core/error.hpp"
#include "recon/model/templates.hpp"

#include <numeric>

#include "openai_fixture.hpp"

namespace recon::support {
namespace {

using ::testing::HasSubstr;

const std::vector<Message> messages = {{Role::user, "Who speaks?"}};

std::int64_t code_points(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

/// A reply that echoes these tokens; the i-th has log-probability -i, the first none.
Json echo_of(const std::vector<std::string>& tokens) {
  Json list = {{"tokens", tokens}, {"token_logprobs", Json::array()}, {"text_offset", Json::array()}};
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    list["token_logprobs"].push_back(i == 0 ? Json() : Json(-static_cast<double>(i)));
    list["text_offset"].push_back(offset);
    offset += code_points(tokens[i]);
  }
  return {{"choices",
           {{{"text", std::accumulate(tokens.begin(), tokens.end(), std::string())}, {"logprobs", list}}}},
          {"usage", {{"prompt_tokens", tokens.size() - 1}, {"completion_tokens", 1}}}};
}

class OpenAiScore : public OpenAiFixture {
 protected:
  OpenAiScore() { config.chat_template = "chatml"; }

  std::string prefix() const { return render_chat_template(config.chat_template, messages); }

  Completion score(const std::string& continuation) {
    Call call;
    call.request = ScoreRequest{messages, continuation};
    return ask(std::move(call));
  }
  /// The score of `continuation` where the server replies with `reply`.
  ScoreAnswer scored(const std::string& continuation, const Json& reply) {
    server.then(Scripted::json(reply));
    const Completion completion = score(continuation);
    EXPECT_FALSE(completion.failure) << completion.failure->message;
    return completion.answers.empty() ? ScoreAnswer{} : std::get<ScoreAnswer>(completion.answers.front());
  }
};

TEST_F(OpenAiScore, SumsTheContinuationsTokensAlone) {
  const ScoreAnswer answer =
      scored("I do.", echo_of({prefix().substr(0, 4), prefix().substr(4), "I", " do", ".", "<new>"}));
  EXPECT_DOUBLE_EQ(answer.log_probability, -2 - 3 - 4);
  EXPECT_EQ(answer.tokens, 3);
  const ReceivedRequest received = server.received().front();
  EXPECT_EQ(received.target(), "/v1/completions");
  const Json body = received.json();
  EXPECT_EQ(body.at("prompt"), prefix() + "I do.");
  EXPECT_EQ(body.at("echo"), true);
  EXPECT_EQ(body.at("max_tokens"), 1);
  EXPECT_EQ(body.at("logprobs"), 1);
  EXPECT_EQ(body.at("temperature"), 0);
  EXPECT_EQ(body.at("stream"), false);
}

TEST_F(OpenAiScore, ATokenAcrossTheBoundaryCounts) {
  std::string head = prefix();
  head.pop_back();
  const ScoreAnswer answer = scored("I do", echo_of({head, "\nI", " do", "<new>"}));
  EXPECT_DOUBLE_EQ(answer.log_probability, -1 - 2);
  EXPECT_EQ(answer.tokens, 2);
}

TEST_F(OpenAiScore, ATokenThatTheServerPutsFirstDoesNoHarm) {
  const ScoreAnswer answer = scored("I do", echo_of({"<bos>", prefix(), "I", " do", "<new>"}));
  EXPECT_DOUBLE_EQ(answer.log_probability, -2 - 3);
}

TEST_F(OpenAiScore, ANewTokenThatIsLeftOutDoesNoHarm) {
  EXPECT_DOUBLE_EQ(scored("I do", echo_of({prefix(), "I", " do"})).log_probability, -1 - 2);
}

TEST_F(OpenAiScore, ANewTokenThatRepeatsTheEndIsNotCounted) {
  EXPECT_DOUBLE_EQ(scored("nono", echo_of({prefix(), "no", "no", "no"})).log_probability, -1 - 2);
}

TEST_F(OpenAiScore, CountsCodePointsNotBytes) {
  EXPECT_DOUBLE_EQ(
      scored("\u00fc\u4e2d!", echo_of({prefix(), "\u00fc", "\u4e2d", "!", "<new>"})).log_probability, -6);
}

TEST_F(OpenAiScore, PiecesOfACodePointMayBeShownAsReplacements) {
  // U+1F600 has four bytes; here three tokens carry it.
  const ScoreAnswer answer =
      scored("a\U0001F600b", echo_of({prefix(), "a", "\uFFFD", "\uFFFD", "\uFFFD", "b", "<new>"}));
  EXPECT_DOUBLE_EQ(answer.log_probability, -1 - 2 - 3 - 4 - 5);
  EXPECT_EQ(answer.tokens, 5);
}

TEST_F(OpenAiScore, OffsetsServeWhereTokensAreNotText) {
  Json reply = echo_of({prefix(), "I", " do", "<new>"});
  reply["choices"][0]["logprobs"]["tokens"] = {"id:5", "id:6", "id:7", "id:8"};
  EXPECT_DOUBLE_EQ(scored("I do", reply).log_probability, -1 - 2);
}

TEST_F(OpenAiScore, OffsetsThatDoNotCoverTheContinuationFail) {
  Json reply = echo_of({prefix(), "I", " do", "<new>"});
  reply["choices"][0]["logprobs"]["tokens"] = {"id:5", "id:6", "id:7", "id:8"};
  reply["choices"][0]["logprobs"]["text_offset"] = {0, 3, 5, 9};
  server.then(Scripted::json(reply));
  EXPECT_EQ(failure_of(score("I do")).kind, Failure::Kind::malformed);
  EXPECT_EQ(server.received().size(), 1U);  // the same request would bring the same reply
}

TEST_F(OpenAiScore, ATokenWithoutProbabilityFails) {
  Json reply = echo_of({prefix(), "I", " do", "<new>"});
  reply["choices"][0]["logprobs"]["token_logprobs"][2] = nullptr;
  server.then(Scripted::json(reply));
  EXPECT_EQ(failure_of(score("I do")).kind, Failure::Kind::malformed);
}

TEST_F(OpenAiScore, AnEchoOfAnotherTextFails) {
  Json reply = echo_of({prefix(), "You", " do", " not", "<new>"});
  reply["choices"][0]["logprobs"].erase("text_offset");
  server.then(Scripted::json(reply));
  EXPECT_EQ(failure_of(score("I do")).kind, Failure::Kind::malformed);
}

TEST_F(OpenAiScore, AnImpossibleLogProbabilityIsNamedAndNeverSummed) {
  // What stands there in the reply, and how the failure names it.
  const std::vector<std::pair<std::string, std::string>> impossible = {
      {"-9999.0", "-9999"},
      {"-9999", "-9999"},
      {"-3.4028234663852886e+38", "-3.40282"},
      {"-1e9", "-1000000000"},
      {"-1000", "-1000"},
      {"-65504.0", "-65504"},
      {"0.5", "0.5"},
      {"0.01", "0.01"},
      {"1e400", "infinity"},
      {"NaN", "NaN"},
      {"-Infinity", "-infinity"},
      {"Infinity", "infinity"},
      {"nan", "NaN"},
      {"\"-Infinity\"", "-infinity"},
      {"\"NaN\"", "NaN"},
      {"\"-inf\"", "-infinity"},
      {"null", "null"},
      {"-1e400", "-infinity"}};
  for (const auto& [value, named] : impossible) {
    std::string body = echo_of({prefix(), "I", " do", " not", "<new>"}).dump();
    const std::string::size_type at = body.find("-2.0");
    ASSERT_NE(at, std::string::npos);
    body.replace(at, 4, value);
    server.then(Scripted::reply(200, body));
    const std::size_t before = server.received().size();
    const Failure failure = failure_of(score("I do not"));
    EXPECT_EQ(failure.kind, Failure::Kind::malformed) << value;
    EXPECT_THAT(failure.message, HasSubstr(named)) << value;
    EXPECT_THAT(failure.message, HasSubstr("token 2 of 3 of the scored text (\" do\")")) << value;
    EXPECT_EQ(server.received().size(), before + 1)
        << "the same request would bring the same reply: " << value;
  }
}

TEST_F(OpenAiScore, AnImpossibleLogProbabilityOfThePromptOrTheNewTokenDoesNoHarm) {
  std::string body = echo_of({prefix().substr(0, 4), prefix().substr(4), "I", " do", "<new>"}).dump();
  body.replace(body.find("-1.0"), 4, "-Infinity");
  body.replace(body.find("-4.0"), 4, "NaN");
  server.then(Scripted::reply(200, body));
  EXPECT_EQ(std::get<ScoreAnswer>(score("I do").answers.at(0)).log_probability, -2 - 3);
}

TEST_F(OpenAiScore, WhatRoundingPutsAboveZeroIsZero) {
  Json reply = echo_of({prefix(), "I", " do", "<new>"});
  reply["choices"][0]["logprobs"]["token_logprobs"][1] = 0.0001;
  EXPECT_DOUBLE_EQ(scored("I do", reply).log_probability, -2);
}

TEST_F(OpenAiScore, AVeryUnlikelyTokenIsScored) {
  Json reply = echo_of({prefix(), "I", " do", "<new>"});
  reply["choices"][0]["logprobs"]["token_logprobs"][1] = -103.27893;
  EXPECT_DOUBLE_EQ(scored("I do", reply).log_probability, -103.27893 - 2);
}

TEST_F(OpenAiScore, TokensWhosePiecesAreNoTextAreFoundAllTheSame) {
  // Each token's own bytes, though none is valid UTF-8 by itself.
  std::string body = echo_of({prefix(), "a", "@1", "@2", "b", "<new>"}).dump();
  body.replace(body.rfind("@1"), 2, "\xF0\x9F");
  body.replace(body.rfind("@2"), 2, "\x98\x80");
  server.then(Scripted::reply(200, body));
  EXPECT_DOUBLE_EQ(std::get<ScoreAnswer>(score("a\U0001F600b").answers.at(0)).log_probability,
                   -1 - 2 - 3 - 4);
}

TEST_F(OpenAiScore, TheClaimIsCheckedWithOneCall) {
  // What the probe asks is the provider's affair, so a first server only listens.
  server.then(refuses(404, "listening"));
  EXPECT_THROW(provider().prepare_scoring(), UsageError);
  const std::string prompt = server.received().front().json().at("prompt").get<std::string>();
  server.then(Scripted::json(echo_of({prompt.substr(0, 5), prompt.substr(5, 3), prompt.substr(8), "<new>"})));
  EXPECT_NO_THROW(provider().prepare_scoring());
  EXPECT_EQ(server.received().size(), 2U);
}

TEST_F(OpenAiScore, AServerThatIgnoresEchoIsRefused) {
  Json new_token_only = echo_of({"new"});
  new_token_only["choices"][0]["logprobs"]["token_logprobs"] = {-0.5};
  const Json another_shape =
      Json::parse(R"({"choices":[{"text":"new","logprobs":{"content":[{"token":"new","logprob":-0.5}]}}]})");
  const Json none = Json::parse(R"({"choices":[{"text":"new","logprobs":null}]})");
  for (const Json& reply : {new_token_only, another_shape, none}) {
    ScriptedServer ignoring;
    ignoring.then(Scripted::json(reply));
    config.base_urls = {ignoring.base_url()};
    const auto opened = make_openai_provider(config, environment, log);
    try {
      opened->prepare_scoring();
      FAIL() << "accepted " << reply.dump();
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("echo"));
      EXPECT_THAT(error.what(), HasSubstr("chat_template"));
    }
    EXPECT_EQ(ignoring.received().size(), 1U);
  }
}

TEST_F(OpenAiScore, AnUnreachableServerIsNotAWrongConfig) {
  config.base_urls = {"http://127.0.0.1:" + std::to_string(unused_port()) + "/v1"};
  config.max_attempts = 1;
  EXPECT_THROW(provider().prepare_scoring(), RunError);
}

TEST_F(OpenAiScore, WithoutATemplateNothingIsScored) {
  config.chat_template.clear();
  EXPECT_FALSE(provider().capabilities().score);
  EXPECT_NO_THROW(provider().prepare_scoring());
  EXPECT_EQ(failure_of(score("I do")).kind, Failure::Kind::unsupported);
  EXPECT_EQ(server.connections(), 0U);
}

}  // namespace
}  // namespace recon::support
