#include "recon/stages/replies.hpp"

#include "recon/core/json.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::HasSubstr;

std::string problem_of(const Parsed<std::vector<Score>>& parsed) {
  return std::holds_alternative<std::string>(parsed) ? std::get<std::string>(parsed) : "";
}

std::string listwise(std::initializer_list<std::string> entries) {
  std::string text = "{\"scores\":[";
  for (const std::string& entry : entries) text += (text.back() == '[' ? "" : ",") + entry;
  return text + "]}";
}

std::string entry(int candidate, double overall) {
  return Json{
      {"candidate", candidate}, {"style", 0.1}, {"intent", 0.2}, {"values", 0.3}, {"overall", overall}}
      .dump();
}

TEST(FindJsonObject, InProseFencesAndThinking) {
  EXPECT_EQ(find_json_object("Sure! ```json\n{\"a\": {\"b\": \"}\"}}\n``` done")->dump(),
            R"({"a":{"b":"}"}})");
  EXPECT_EQ(find_json_object("{not json} then {\"a\":1}")->dump(), R"({"a":1})");
  EXPECT_EQ(find_json_object("{\"a\": \"\\\"}\"}")->at("a"), Json("\"}"));
  EXPECT_FALSE(find_json_object("no object here"));
  EXPECT_FALSE(find_json_object("{\"cut\": [1, 2"));
  EXPECT_FALSE(find_json_object(""));
}

TEST(ListwiseReply, AnyOrderOfEntriesComesBackByPosition) {
  const auto parsed = parse_listwise_reply(listwise({entry(3, 0.3), entry(1, 0.9), entry(2, 0)}), 3);
  const auto& scores = std::get<std::vector<Score>>(parsed);
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_EQ(scores[0].candidate, 0);
  EXPECT_DOUBLE_EQ(scores[0].overall, 0.9);
  EXPECT_DOUBLE_EQ(scores[1].overall, 0);
  EXPECT_DOUBLE_EQ(scores[2].overall, 0.3);
  EXPECT_DOUBLE_EQ(*scores[2].values, 0.3);
}

TEST(ListwiseReply, WhatIsMissingTwiceOrOutOfRangeIsUnusableNeverAZero) {
  EXPECT_THAT(problem_of(parse_listwise_reply("I can't", 2)), HasSubstr("no JSON object"));
  EXPECT_THAT(problem_of(parse_listwise_reply("{}", 2)), HasSubstr("scores"));
  EXPECT_THAT(problem_of(parse_listwise_reply(listwise({entry(1, 0.5)}), 2)),
              HasSubstr("1 scores, expected 2"));
  EXPECT_THAT(problem_of(parse_listwise_reply(listwise({entry(1, 0.5), entry(1, 0.5)}), 2)),
              HasSubstr("scored twice"));
  EXPECT_THAT(problem_of(parse_listwise_reply(listwise({entry(0, 0.5), entry(1, 0.5)}), 2)),
              HasSubstr("does not exist"));
  EXPECT_THAT(problem_of(parse_listwise_reply(listwise({entry(1, 1.5), entry(2, 0.5)}), 2)),
              HasSubstr("0..1"));
  EXPECT_THAT(
      problem_of(parse_listwise_reply(listwise({entry(1, 0.5), R"({"candidate":2,"overall":0.5})"}), 2)),
      HasSubstr("candidate 2"));
  EXPECT_THAT(problem_of(parse_listwise_reply(listwise({entry(1, 0.5), R"({"candidate":"2"})"}), 2)),
              HasSubstr("integer"));
}

TEST(PairwiseReply, OutcomesInAnySpelling) {
  const auto parsed =
      parse_pairwise_reply(R"(```{"style":"A","intent":"Tie","values":"N/A","overall":"tie-bad"}```)");
  const auto& reply = std::get<PairwiseReply>(parsed);
  EXPECT_EQ(reply.style, Outcome::a);
  EXPECT_EQ(reply.intent, Outcome::tie);
  EXPECT_EQ(reply.values, Outcome::na);
  EXPECT_EQ(reply.overall, Outcome::tie_bad);
}

TEST(PairwiseReply, AnythingElseIsUnusableNeverATie) {
  for (const char* reply : {"A", "{}", R"({"style":"A","intent":"A","values":"A"})",
                            R"({"style":"A","intent":"A","values":"A","overall":"na"})",
                            R"({"style":"A","intent":"A","values":"A","overall":"C"})",
                            R"({"style":1,"intent":"A","values":"A","overall":"A"})"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_pairwise_reply(reply))) << reply;
  }
}

}  // namespace
}  // namespace recon
