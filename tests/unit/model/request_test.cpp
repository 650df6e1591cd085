#include "recon/model/request.hpp"

#include "recon/core/error.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

ChatAnswer through_json(const ChatAnswer& answer) {
  return std::get<ChatAnswer>(answer_from_json(Json::parse(answer_to_json(answer).dump())));
}

TEST(SemanticJson, HoldsWhatDecidesTheAnswerAndNothingThatWasNotSet) {
  ChatRequest request;
  request.messages = {{Role::system, "s"}, {Role::assistant, "a"}};
  request.sampling.temperature = 0.0;
  const Json plain = semantic_json(request);
  EXPECT_EQ(plain, Json::parse(R"({"kind":"chat","messages":[{"role":"system","content":"s"},
      {"role":"assistant","content":"a"}],"sampling":{"temperature":0.0},"extra_body":{}})"));
  request.reply_schema = ReplySchema(Json::parse(R"({"type":"object"})"));
  EXPECT_NE(semantic_json(request), plain);
}

TEST(SemanticJson, EveryPartMakesADifference) {
  ChatRequest base;
  base.messages = {{Role::user, "x"}};
  std::vector<ChatRequest> others(6, base);
  others[0].messages[0].content = "y";
  others[1].messages[0].role = Role::system;
  others[2].sampling.top_p = 0.5;
  others[3].sampling.top_k = 5;
  others[4].sampling.max_tokens = 5;
  others[5].extra_body["seed"] = 1;
  for (const ChatRequest& other : others)
    EXPECT_NE(canonical_json(semantic_json(other)), canonical_json(semantic_json(base)));
}

TEST(SemanticJson, KindsNeverCoincide) {
  EXPECT_NE(semantic_json(ScoreRequest{{}, "x"}), semantic_json(EmbedRequest{"x"}));
  EXPECT_NE(semantic_json(ScoreRequest{{}, "x"}), semantic_json(ScoreRequest{{}, "y"}));
}

TEST(AnswerJson, ChatSurvives) {
  for (const Finish finish : {Finish::stop, Finish::length, Finish::content_filter, Finish::other}) {
    const ChatAnswer back = through_json({"\u00fc \"quoted\"\n", "why", finish});
    EXPECT_EQ(back.text, "\u00fc \"quoted\"\n");
    EXPECT_EQ(back.reasoning, "why");
    EXPECT_EQ(back.finish, finish);
  }
}

TEST(AnswerJson, ScoresSurviveToTheLastBit) {
  for (const double value :
       {-0.1, -1.0 / 3.0, -1e-300, 0.0, -12345.678901234567, std::numeric_limits<double>::denorm_min()}) {
    const Json stored = Json::parse(answer_to_json(ScoreAnswer{value, 17}).dump());
    const auto back = std::get<ScoreAnswer>(answer_from_json(stored));
    EXPECT_EQ(back.log_probability, value);
    EXPECT_EQ(back.tokens, 17);
  }
}

TEST(AnswerJson, AScoreThatIsNoNumberIsNotStored) {
  EXPECT_THROW(static_cast<void>(answer_to_json(ScoreAnswer{-INFINITY, 1})), RunError);
  EXPECT_THROW(static_cast<void>(answer_to_json(ScoreAnswer{NAN, 1})), RunError);
}

TEST(AnswerJson, EmbeddingsSurviveToTheLastBit) {
  // Lengths of every remainder modulo three, for the padding.
  for (const std::size_t size : {0U, 1U, 2U, 3U, 4U}) {
    const std::vector<float> values =
        std::vector<float>{0.1F, -0.0F, std::numeric_limits<float>::denorm_min(), 3.4e38F, -1.0F / 3.0F};
    const std::vector<float> vector(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(size));
    const auto back =
        std::get<EmbedAnswer>(answer_from_json(Json::parse(answer_to_json(EmbedAnswer{vector}).dump())));
    EXPECT_EQ(back.vector, vector);
  }
}

TEST(AnswerJson, EmbeddingsAreLittleEndianBase64) {
  EXPECT_EQ(answer_to_json(EmbedAnswer{{1.0F}}).at("float32"), "AACAPw==");
}

TEST(AnswerJson, DamagedAnswersAreRefused) {
  for (const char* text :
       {"5", "{}", R"({"kind":"other"})", R"({"kind":"chat","text":5,"reasoning":"","finish":"stop"})",
        R"({"kind":"chat","text":"x","reasoning":"","finish":"never"})",
        R"({"kind":"score","log_probability":null,"tokens":1})", R"({"kind":"embed","float32":"AACAP"})",
        R"({"kind":"embed","float32":"AA=A"})", R"({"kind":"embed","float32":"AA=="})",
        R"({"kind":"embed","float32":"A*CAPw=="})"}) {
    EXPECT_THROW(static_cast<void>(answer_from_json(Json::parse(text))), RunError) << text;
  }
}

TEST(AnswerJson, WhatTheServerSaidAboutAReplyComesBack) {
  const ChatAnswer answer{"said", "thought", Finish::other, "eos_found", 3, 1200, 1187};
  const ChatAnswer back = through_json(answer);
  EXPECT_EQ(back.finish_reason, "eos_found");
  EXPECT_EQ(back.repaired, 3);
  EXPECT_EQ(back.prompt_tokens, 1200);
  EXPECT_EQ(back.estimated_prompt_tokens, 1187);
  EXPECT_EQ(answer_to_json(ChatAnswer{"said", "", Finish::stop}).size(), 4U)
      << "nothing said, nothing stored";
}

TEST(ChatAnswerFromText, MovesALeadingThinkBlock) {
  const ChatAnswer answer =
      chat_answer_from_text("\n<think>\nWhy not?\n</think>\n\nYes. </think> stays", Finish::stop);
  EXPECT_EQ(answer.text, "Yes. </think> stays");
  EXPECT_EQ(answer.reasoning, "Why not?");
}

TEST(ChatAnswerFromText, AnUnclosedBlockLeavesNoText) {
  const ChatAnswer answer = chat_answer_from_text("<think>I wonder", Finish::length);
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(answer.reasoning, "I wonder");
  EXPECT_EQ(answer.finish, Finish::length);
}

TEST(ChatAnswerFromText, ABlockThatThePromptOpenedEndsAtItsClosing) {
  const ChatAnswer answer = chat_answer_from_text("Why not?</think>Yes.", Finish::stop);
  EXPECT_EQ(answer.text, "Yes.");
  EXPECT_EQ(answer.reasoning, "Why not?");
}

TEST(ChatAnswerFromText, OtherTextStaysAsItIs) {
  for (const char* text : {"", "  Yes.\n", "I say <think>x</think> aloud", "a < b"}) {
    const ChatAnswer answer = chat_answer_from_text(text, Finish::stop);
    EXPECT_EQ(answer.text, text);
    EXPECT_EQ(answer.reasoning, "");
  }
}

TEST(ChatAnswerFromText, AnEmptyBlockIsRemoved) {
  EXPECT_EQ(chat_answer_from_text("<think>\n\n</think>\n\nYes.", Finish::stop).text, "Yes.");
}

TEST(FailureKind, NamesAreUniqueAndReadBack) {
  for (const auto kind : {Failure::Kind::transport, Failure::Kind::timeout, Failure::Kind::server,
                          Failure::Kind::refused, Failure::Kind::malformed, Failure::Kind::too_long,
                          Failure::Kind::unusable, Failure::Kind::unsupported}) {
    EXPECT_EQ(failure_kind_from(to_string(kind)), kind);
  }
  EXPECT_EQ(failure_kind_from("other"), std::nullopt);
}

TEST(UsageSum, AddsEveryField) {
  Usage sum{1, 2, 3, 4};
  sum += Usage{10, 20, 30, 40};
  EXPECT_EQ(sum.prompt, 11);
  EXPECT_EQ(sum.cached, 22);
  EXPECT_EQ(sum.completion, 33);
  EXPECT_EQ(sum.reasoning, 44);
}

}  // namespace
}  // namespace recon
