#include "openai/finish_reason.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(EndingOf, KnowsTheWordsOfManyServers) {
  const auto expect_all = [](Ending expected, std::initializer_list<const char*> words) {
    for (const char* word : words) EXPECT_EQ(ending_of(word), expected) << word;
  };
  expect_all(Ending::well,
             {"stop", "STOP", "Stop", "eos", "eos_token", "end_turn", "END_TURN", "stop_sequence", "complete",
              "completed", "COMPLETE", "FINISH_REASON_STOP", "FinishReason.STOP", "endTurn", " stop "});
  expect_all(Ending::cut,
             {"length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length", "maxTokens",
              "FINISH_REASON_MAX_TOKENS", "FinishReason.MAX_TOKENS", "model_context_window_exceeded"});
  expect_all(Ending::withheld,
             {"content_filter", "CONTENT_FILTER", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "RECITATION",
              "SPII", "sensitive", "guardrail_intervened", "content-filter-error"});
  expect_all(Ending::declined, {"refusal"});
  expect_all(Ending::broken, {"error",
                              "ERROR",
                              "abort",
                              "aborted",
                              "cancelled",
                              "canceled",
                              "CANCELLED",
                              "insufficient_system_resource",
                              "network_error",
                              "timeout",
                              "timed_out",
                              "server_error",
                              "malformed_function_call",
                              "MALFORMED_FUNCTION_CALL",
                              "failed",
                              "overloaded",
                              "upstream-error",
                              "interrupted",
                              "FINISH_REASON_ERROR",
                              "deadline_exceeded"});
  expect_all(Ending::unknown, {"tool_calls", "function_call", "pause_turn", "OTHER", "eos_found", "7",
                               "FINISH_REASON_UNSPECIFIED", "\u5b8c\u6210"});
  expect_all(Ending::unsaid, {"", " ", "null", "none"});
}

ChoiceEnd end_of(const char* choice) { return end_of_choice(Json::parse(choice)); }

TEST(EndOfChoice, AWellEndedOneIsAnAnswer) {
  for (const char* choice :
       {R"({"finish_reason":"stop"})", R"({"finish_reason":null})", "{}", R"({"finish_reason":""})",
        R"({"finish_reason":"stop","error":null})", R"({"finish_reason":"stop","error":{}})",
        R"({"finish_reason":"stop","error":""})",
        R"({"finish_reason":"stop","error":false,"message":{"error":null}})",
        R"({"finish_reason":"stop","native_finish_reason":"STOP"})",
        R"({"finish_reason":"stop","native_finish_reason":"what"})",
        R"({"finish_reason":"stop","stop_reason":"error"})",
        R"({"finish_reason":{"type":"stop","matched":7}})", R"({"finish_details":{"type":"stop"}})",
        R"({"stop_reason":"end_turn"})", R"({"stop_reason":128009})",
        R"({"finish_reason":null,"stop_reason":"\n\n"})"}) {
    const ChoiceEnd end = end_of(choice);
    EXPECT_EQ(end.finish, Finish::stop) << choice;
    EXPECT_EQ(end.broken, "") << choice;
    EXPECT_EQ(end.reason, "") << choice;
  }
}

TEST(EndOfChoice, AnErrorMakesAnyOneNoAnswer) {
  for (const char* choice :
       {R"({"finish_reason":"error"})", R"({"finish_reason":"abort"})",
        R"({"finish_reason":"insufficient_system_resource"})",
        R"({"finish_reason":"error","error":{"code":502,"message":"lost"}})",
        R"({"finish_reason":"whatever","error":{"message":"lost"}})",
        R"({"finish_reason":null,"error":"lost"})", R"({"error":{"code":502}})",
        R"({"finish_reason":"stop","error":{"code":502,"message":"lost"}})",
        R"({"finish_reason":"length","message":{"content":"x","error":{"message":"lost"}}})",
        R"({"finish_reason":"stop","native_finish_reason":"error"})",
        R"({"finish_reason":"other","native_finish_reason":"MALFORMED_FUNCTION_CALL"})",
        R"({"finish_reason":{"type":"abort","message":"lost"}})"})
    EXPECT_NE(end_of(choice).broken, "") << choice;
  EXPECT_EQ(end_of(R"({"finish_reason":"error","error":{"code":502,"message":"Upstream\nlost"}})").broken,
            "the reply was broken off (finish_reason 'error'): Upstream lost (code 502)");
}

TEST(EndOfChoice, OthersAreTold) {
  EXPECT_EQ(end_of(R"({"finish_reason":"stop","native_finish_reason":"MAX_TOKENS"})").finish, Finish::length);
  EXPECT_EQ(end_of(R"({"finish_reason":"stop","native_finish_reason":"SAFETY"})").finish,
            Finish::content_filter);
  EXPECT_EQ(end_of(R"({"finish_reason":"content_filter","error":{"code":"content_filter"}})").finish,
            Finish::content_filter);
  EXPECT_EQ(end_of(R"({"finish_reason":"refusal"})").finish, Finish::declined);
  const ChoiceEnd unknown = end_of(R"({"finish_reason":"eos found"})");
  EXPECT_EQ(unknown.finish, Finish::other);
  EXPECT_EQ(unknown.reason, "eos found");
  EXPECT_EQ(unknown.broken, "");
}

}  // namespace
}  // namespace recon
