#include "openai_fixture.hpp"

namespace recon::support {
namespace {

using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

class OpenAiReply : public OpenAiFixture {
 protected:
  OpenAiReply() {
    config.deadline_s = 2;
    config.timeout_s = 2;
  }
  /// The only answer to a request to which the server replies with this, once.
  ChatAnswer answer_to(const std::string& body) {
    const std::size_t before = server.received().size();
    server.then(Scripted::reply(200, body));
    const Completion completion = ask();
    EXPECT_EQ(server.received().size(), before + 1) << "asked once: " << body;
    if (completion.failure) ADD_FAILURE() << completion.failure->message;
    return completion.answers.empty() ? ChatAnswer{} : std::get<ChatAnswer>(completion.answers.front());
  }
  /// The same for a message's content, as it stands between the quotation marks of JSON.
  ChatAnswer answer_with(const std::string& content) {
    return answer_to(R"({"choices":[{"message":{"role":"assistant","content":")" + content +
                     R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3}})");
  }
  std::size_t requests() const { return server.received().size(); }
};

TEST_F(OpenAiReply, OneBadByteDoesNotCostAReply) {
  struct Case {
    std::string content;
    std::string text;
    std::int64_t repaired;
  };
  for (const auto& [content, text, repaired] :
       std::vector<Case>{{"Yes, I do.", "Yes, I do.", 0},
                         {R"(I do. \ud83d)", "I do. \uFFFD", 1},
                         {R"(\ude00 I do.)", "\uFFFD I do.", 1},
                         {"I do. \xED\xA0\xBD\xED\xB8\x80", "I do. \U0001F600", 1},
                         {"I do. \xF0\x9F\x98", "I do. \uFFFD", 1},
                         {"I \xFF do\xC0\xAF.", "I \uFFFD do\uFFFD\uFFFD.", 3},
                         {"I\0 do."s, "I do.", 1},
                         {R"(I\u0000 do.)", "I do.", 1},
                         {"I do.\nYes.", "I do.\nYes.", 1},
                         {R"(\ud83d)", "", 1}}) {
    const ChatAnswer answer = answer_with(content);
    EXPECT_EQ(answer.text, text);
    EXPECT_EQ(answer.repaired, repaired) << text;
    EXPECT_EQ(answer.prompt_tokens, 12);
  }
}

TEST_F(OpenAiReply, EachAnswerCountsItsOwnRepairs) {
  server.then(
      Scripted::reply(200, R"({"choices":[{"message":{"content":"a \ud83d"}},{"message":{"content":"b"}}],
      "usage":{"prompt_tokens":12,"completion_tokens":3}})"));
  const Completion completion = ask(chat("?", 2));
  ASSERT_EQ(completion.answers.size(), 2U);
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers[0]).repaired, 1);
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers[1]).repaired, 0);
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers[0]).prompt_tokens, 12);
  EXPECT_EQ(std::get<ChatAnswer>(completion.answers[1]).prompt_tokens, 12);
}

TEST_F(OpenAiReply, AStreamThatNobodyAskedForIsRead) {
  const ChatAnswer answer = answer_to(
      ": PROCESSING\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Hm.\"}}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"I \"}}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"do.\"},\"finish_reason\":\"length\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n");
  EXPECT_EQ(answer.text, "I do.");
  EXPECT_EQ(answer.reasoning, "Hm.");
  EXPECT_EQ(answer.finish, Finish::length);
  EXPECT_EQ(answer.prompt_tokens, 12);
  EXPECT_GE(answer.repaired, 1);
}

TEST_F(OpenAiReply, ABrokenChoiceIsNoAnswerAndDoesNotSpoilTheOthers) {
  server
      .then(Scripted::reply(200, R"({"choices":[
      {"message":{"content":"Well, if"},"finish_reason":"error","error":{"code":502,"message":"lost"}},
      {"message":{"content":"good"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":9}})"))
      .then(Scripted::json(completion_body({"a", "b"})));
  const Completion completion = ask(chat("?", 2));
  ASSERT_EQ(completion.answers.size(), 1U);
  EXPECT_EQ(text_of(completion), "good");
  EXPECT_EQ(completion.usage.completion, 9);
  // Two choices came: the server has `n`.
  EXPECT_EQ(ask(chat("?", 2)).answers.size(), 2U);
  EXPECT_EQ(server.received().back().json().at("n"), 2);
}

TEST_F(OpenAiReply, AReplyThatIsBrokenOffEveryTimeSaysWhatTheServerSays) {
  config.max_attempts = 2;
  server.otherwise(
      Scripted::reply(200, R"({"choices":[{"message":{"content":"Well, if"},"finish_reason":"error",
      "error":{"code":502,"message":"Upstream lost"}}],"usage":{"prompt_tokens":5,"completion_tokens":9}})"));
  const Completion completion = ask();
  EXPECT_EQ(failure_of(completion).kind, Failure::Kind::server);
  EXPECT_THAT(failure_of(completion).message, AllOf(HasSubstr("Upstream lost"), HasSubstr("502")));
  EXPECT_EQ(completion.usage.completion, 18);
  EXPECT_EQ(requests(), 2U);
}

TEST_F(OpenAiReply, AnUnknownFinishReasonAloneIsKeptWithItsWord) {
  const ChatAnswer answer =
      answer_to(R"({"choices":[{"message":{"content":"Yes."},"finish_reason":"eos_found"}]})");
  EXPECT_EQ(answer.text, "Yes.");
  EXPECT_EQ(answer.finish, Finish::other);
  EXPECT_EQ(answer.finish_reason, "eos_found");
  EXPECT_EQ(answer_with("Yes.").finish_reason, "");
  // A refusal says how it ended.
  EXPECT_EQ(
      answer_to(R"({"choices":[{"message":{"refusal":"No."},"finish_reason":"eos_found"}]})").finish_reason,
      "");
}

TEST_F(OpenAiReply, NoChoicesThatWereChargedForAreWithheldAndAskedForOnce) {
  for (
      const std::string& body :
      {R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})"s,
       R"({"choices":null,"usage":{"prompt_tokens":7,"completion_tokens":0,"total_tokens":7}})"s,
       R"({"usage":{"prompt_tokens":7,"completion_tokens":3}})"s,
       R"({"choices":[],"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}})"s,
       R"({"choices":[],"prompt_filter_results":[{"content_filter_results":{"hate":{"filtered":true}}}]})"s}) {
    const ChatAnswer answer = answer_to(body);
    EXPECT_EQ(answer.finish, Finish::content_filter) << body;
  }
  EXPECT_THAT(answer_to(R"({"choices":[],"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}})").text,
              HasSubstr("PROHIBITED_CONTENT"));
}

TEST_F(OpenAiReply, AWithheldReplyTellsNothingOfN) {
  server.then(Scripted::reply(200, R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})"));
  EXPECT_EQ(ask(chat("?", 2)).answers.size(), 1U);
  server.then(Scripted::json(completion_body({"a", "b"})));
  EXPECT_EQ(ask(chat("?", 2)).answers.size(), 2U);
}

TEST_F(OpenAiReply, ThinkingInFieldsAndPartsIsKeptApart) {
  for (
      const char* message :
      {R"({"content":"Yes.","reasoning_content":"Why?"})", R"({"content":"Yes.","reasoning":"Why?"})",
       R"({"content":"Yes.","thinking":"Why?"})", R"({"content":"Yes.","reasoning":{"text":"Why?"}})",
       R"({"content":"Yes.","reasoning_details":[{"type":"reasoning.text","text":"Why?"}]})",
       R"({"content":"Yes.","reasoning_details":[{"type":"reasoning.summary","summary":"Why?"}]})",
       R"({"content":[{"type":"thinking","thinking":"Why?"},{"type":"text","text":"Yes."}]})",
       R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"Why?"}]},{"type":"text","text":"Yes."}]})",
       R"({"content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"Why?"}]},{"type":"output_text","text":"Yes."}]})",
       R"({"content":[{"text":"Why?","thought":true},{"text":"Yes."}]})",
       R"({"content":["<think>Why?</think>","Yes."]})", R"({"content":"<thought>Why?</thought>Yes."})",
       R"({"content":"analysisWhy?assistantfinalYes."})"}) {
    const ChatAnswer answer = answer_to(R"({"choices":[{"message":)" + std::string(message) + "}]}");
    EXPECT_EQ(answer.text, "Yes.") << message;
    EXPECT_EQ(answer.reasoning, "Why?") << message;
  }
}

TEST_F(OpenAiReply, AnAnswerInTheThinkingsPlaceIsNoText) {
  const ChatAnswer answer = answer_to(
      R"({"choices":[{"message":{"content":null,"reasoning_content":"Yes, I do."},"finish_reason":"stop"}]})");
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(answer.reasoning, "Yes, I do.");
}

TEST_F(OpenAiReply, BareNumbersThatDecideNothingAreTolerated) {
  const ChatAnswer answer = answer_to(
      R"({"choices":[{"message":{"content":"Yes."},"finish_reason":"stop","logprobs":{"content":[{"logprob":-Infinity}]}}],
      "usage":{"prompt_tokens":12,"completion_tokens":3},"timings":{"rate":NaN},})");
  EXPECT_EQ(answer.text, "Yes.");
  EXPECT_GE(answer.repaired, 1);
  EXPECT_EQ(answer_to(R"({"choices":[{"message":{"content":"Yes."}}],"usage":{"prompt_tokens":NaN}})")
                .prompt_tokens,
            0);
}

TEST_F(OpenAiReply, ANumberThatIsNoneInAnEmbeddingIsNamed) {
  config.max_attempts = 1;
  server.then(Scripted::reply(200, R"({"data":[{"embedding":[0.5,NaN]}]})"));
  Call call;
  call.request = EmbedRequest{"text"};
  EXPECT_THAT(failure_of(ask(std::move(call))).message,
              HasSubstr("number 2 of the server's embedding is nan"));
}

}  // namespace
}  // namespace recon::support
