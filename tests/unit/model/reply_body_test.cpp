#include "openai/reply_body.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

const std::string completion =
    R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":9,"completion_tokens":2}})";

ReplyBody read(const std::string& body) {
  auto read = read_reply_body(body);
  if (const auto* unreadable = std::get_if<UnreadableBody>(&read)) {
    ADD_FAILURE() << unreadable->why << ": " << body;
    return {};
  }
  return std::move(std::get<ReplyBody>(read));
}

std::string why_unreadable(const std::string& body) {
  const auto read = read_reply_body(body);
  const auto* unreadable = std::get_if<UnreadableBody>(&read);
  return unreadable == nullptr ? "readable" : unreadable->why;
}

/// A chunk of an event stream.
std::string chunk(const std::string& delta, const std::string& finish = "null", int index = 0) {
  return R"({"object":"chat.completion.chunk","choices":[{"index":)" + std::to_string(index) +
         R"(,"delta":)" + delta + R"(,"finish_reason":)" + finish + "}]}";
}
std::string says(const std::string& text) { return chunk(R"({"content":")" + text + "\"}"); }
std::string stream(const std::vector<std::string>& chunks, const std::string& end = "data: [DONE]\n\n") {
  std::string body;
  for (const std::string& one : chunks) body += "data: " + one + "\n\n";
  return body + end;
}
const Json& message(const ReplyBody& body, std::size_t choice = 0) {
  return body.json.at("choices").at(choice).at("message");
}

TEST(ReplyBody, ACleanBodyIsNotRepaired) {
  for (const std::string& body : {completion, " \n\n" + completion + "\r\n"}) {
    const ReplyBody found = read(body);
    EXPECT_EQ(found.json, Json::parse(completion));
    EXPECT_EQ(found.repaired, 0);
  }
}

TEST(ReplyBody, WhatStandsAroundAReplyIsTakenOff) {
  for (const std::string& body :
       {completion + "\n\ndata: [DONE]\n\n", completion + "data: [DONE]", completion + "\n[DONE]",
        "\0"s + completion, "\xEF\xBB\xBF" + completion, "\xEF\xBB\xBF\xEF\xBB\xBF" + completion,
        "data: " + completion + "\n\n", "data:" + completion, "data: " + completion + "\n\ndata: [DONE]\n\n",
        "data: " + completion + "\r\n\r\ndata: [DONE]\r\n\r\n",
        "event: message\ndata: " + completion + "\n\n", "id: 7\nretry: 100\ndata: " + completion + "\n\n",
        ": PROCESSING\n\n: PROCESSING\n\n" + completion + "}", "\x1e" + completion + "\n", completion + ";",
        completion + "\xFF", ")]}',\n" + completion}) {
    const ReplyBody found = read(body);
    EXPECT_EQ(found.json, Json::parse(completion)) << body;
    EXPECT_GE(found.repaired, 1) << body;
  }
  for (const std::string& body : {completion + "\0"s, completion + "\n\0\0\0"s})
    EXPECT_EQ(read(body).json, Json::parse(completion));
}

TEST(ReplyBody, AReplyInAWrapperIsTakenOut) {
  for (const std::string& body :
       {R"({"result":)" + completion + R"(,"success":true})",
        R"({"code":200,"msg":"ok","data":)" + completion + "}", Json(completion).dump()}) {
    const ReplyBody found = read(body);
    EXPECT_EQ(found.json, Json::parse(completion)) << body;
    EXPECT_EQ(found.repaired, 1) << body;
  }
  EXPECT_FALSE(read(R"({"a":)" + completion + R"(,"b":)" + completion + "}").json.contains("choices"));
}

TEST(ReplyBody, AReplyOverSeveralLinesOfAStreamIsOne) {
  std::string body;
  for (const char c : Json::parse(completion).dump(2)) body += c == '\n' ? "\ndata: "s : std::string(1, c);
  EXPECT_EQ(read("data: " + body + "\n\n").json, Json::parse(completion));
}

TEST(ReplyBody, KeepAliveCommentsBeforeAReplyDoNoHarm) {
  EXPECT_EQ(read(": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + completion).json,
            Json::parse(completion));
}

TEST(ReplyBody, CommasTooManyAndBareNumbersAreRead) {
  const ReplyBody found = read(
      R"({"choices":[{"message":{"content":"Yes.",},"logprobs":{"content":[{"logprob":-Infinity},{"logprob":NaN},]}},],})");
  EXPECT_EQ(message(found).at("content"), "Yes.");
  EXPECT_EQ(found.repaired, 6);
}

TEST(ReplyBody, ChunksOfAStreamArePutTogether) {
  const std::vector<std::string> chunks = {
      chunk(R"({"role":"assistant","content":""})"),
      chunk(R"({"reasoning_content":"I "})"),
      chunk(R"({"reasoning_content":"think."})"),
      says("Yes"),
      says(", I do."),
      chunk("{}", R"("stop")"),
      R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}})"};
  std::string lines, crlf, close, joined;
  for (const std::string& one : chunks) {
    lines += one + "\n";
    crlf += "event: message\r\nid: 3\r\ndata:" + one + "\r\n\r\n";
    close += "data: " + one + "\n";
    joined += (joined.empty() ? "[" : ",") + one;
  }
  for (const std::string& body : {stream(chunks), stream(chunks, ""), lines, crlf, close, joined + "]",
                                  ": comment\n\n" + stream(chunks), "\xEF\xBB\xBF" + stream(chunks)}) {
    const ReplyBody found = read(body);
    ASSERT_EQ(found.json.at("choices").size(), 1U) << body;
    EXPECT_EQ(message(found).at("content"), "Yes, I do.");
    EXPECT_EQ(message(found).at("reasoning_content"), "I think.");
    EXPECT_EQ(found.json.at("choices").at(0).at("finish_reason"), "stop");
    EXPECT_FALSE(found.json.at("choices").at(0).contains("error"));
    EXPECT_EQ(found.json.at("usage").at("prompt_tokens"), 9);
    EXPECT_GE(found.repaired, 1);
  }
}

TEST(ReplyBody, ChoicesOfAStreamAreKeptApart) {
  const ReplyBody found = read(stream({chunk(R"({"content":"b1"})", "null", 1), chunk(R"({"content":"a1"})"),
                                       chunk(R"({"content":" b2"})", R"("stop")", 1),
                                       chunk(R"({"content":" a2"})"), chunk("{}", R"("length")")}));
  EXPECT_EQ(message(found, 0).at("content"), "a1 a2");
  EXPECT_EQ(message(found, 1).at("content"), "b1 b2");
  EXPECT_EQ(found.json.at("choices").at(0).at("finish_reason"), "length");
  EXPECT_EQ(found.json.at("choices").at(1).at("finish_reason"), "stop");
}

TEST(ReplyBody, AStreamThatEndsBeforeItsReplyIsBrokenOff) {
  const ReplyBody found = read(stream({says("Well, if"), says(" you")}, ""));
  EXPECT_TRUE(found.json.at("choices").at(0).contains("error"));
  // One of two.
  const ReplyBody half = read(stream({says("Well"), chunk(R"({"content":"Done."})", R"("stop")", 1)}, ""));
  EXPECT_TRUE(half.json.at("choices").at(0).contains("error"));
  EXPECT_FALSE(half.json.at("choices").at(1).contains("error"));
  // `[DONE]` says that all came, an empty finish reason says nothing.
  EXPECT_FALSE(read(stream({says("Yes.")})).json.at("choices").at(0).contains("error"));
  EXPECT_TRUE(
      read(stream({chunk(R"({"content":"Well"})", R"("")")}, "")).json.at("choices").at(0).contains("error"));
}

TEST(ReplyBody, AnErrorInTheMiddleOfAStreamIsTheReplysError) {
  const std::string error = R"({"error":{"code":502,"message":"upstream went away"}})";
  EXPECT_EQ(read(stream({says("Well"), error})).json.at("error").at("code"), 502);
  EXPECT_EQ(read(stream({says("Well")}, "event: error\ndata: {\"message\":\"away\"}\n\n"))
                .json.at("error")
                .at("message"),
            "away");
  EXPECT_EQ(read(completion + "\n" + error).json.at("error").at("code"), 502);
}

TEST(ReplyBody, HalvesOfACharacterInTwoChunksMeet) {
  for (const auto& [first, second] : std::vector<std::pair<std::string, std::string>>{
           {R"(\ud83d)", R"(\ude00)"}, {"\xF0\x9F", "\x98\x80"}}) {
    const ReplyBody found = read(stream({says(first), says(second), chunk("{}", R"("stop")")}));
    const auto text = message(found).at("content").get<std::string>();
    EXPECT_TRUE(text == "\U0001F600" || text == "\xED\xA0\xBD\xED\xB8\x80") << text;
  }
}

TEST(ReplyBody, PartsOfAStreamsContentStayParts) {
  const ReplyBody found =
      read(stream({chunk(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]})"),
                   says("Yes."), chunk("{}", R"("stop")")}));
  EXPECT_EQ(message(found).at("content").size(), 2U);
}

TEST(ReplyBody, TheSameReplyTwiceIsOneAndTwoDifferentAreNone) {
  EXPECT_EQ(message(read(completion + "\n" + completion)).at("content"), "Yes.");
  std::string other = completion;
  other.replace(other.find("Yes."), 4, "No!!");
  EXPECT_THAT(why_unreadable(completion + other), HasSubstr("contradict"));
}

TEST(ReplyBody, WhatCannotBeReadSaysWhy) {
  for (const char* body : {"", "<html>", "{\"choices\":[{\"mess", "Internal error", "{} and more"})
    EXPECT_THAT(why_unreadable(body), HasSubstr("not valid JSON")) << body;
  EXPECT_THAT(why_unreadable("data: [DONE]\n\n"), HasSubstr("without a reply"));
}

}  // namespace
}  // namespace recon
