#include "recon/prompts/prompts.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

TEST(Schema, ListwiseAsksForExactlyNScores) {
  const Json schema = Prompts::listwise_schema(4);
  EXPECT_EQ(schema.at("type"), "object");
  EXPECT_EQ(schema.at("required"), Json::array({"scores"}));
  EXPECT_EQ(schema.at("additionalProperties"), false);
  const Json& scores = schema.at("properties").at("scores");
  EXPECT_EQ(scores.at("minItems"), 4);
  EXPECT_EQ(scores.at("maxItems"), 4);
  const Json& entry = scores.at("items");
  EXPECT_EQ(entry.at("required"), Json::array({"candidate", "style", "intent", "values", "overall"}));
  EXPECT_EQ(entry.at("additionalProperties"), false);
  EXPECT_EQ(entry.at("properties").at("candidate").at("type"), "integer");
  EXPECT_EQ(entry.at("properties").at("candidate").at("minimum"), 1);
  EXPECT_EQ(entry.at("properties").at("candidate").at("maximum"), 4);
  for (const char* dimension : {"style", "intent", "values", "overall"}) {
    const Json& score = entry.at("properties").at(dimension);
    EXPECT_EQ(score.at("type"), "number");
    EXPECT_EQ(score.at("minimum"), 0);
    EXPECT_EQ(score.at("maximum"), 1);
  }
}

TEST(Schema, ListwiseDependsOnTheNumberOfCandidates) {
  EXPECT_NE(canonical_json(Prompts::listwise_schema(2)), canonical_json(Prompts::listwise_schema(3)));
}

TEST(Schema, PairwiseOverallIsNeverNotApplicable) {
  const Json schema = Prompts::pairwise_schema();
  EXPECT_EQ(schema.at("required"), Json::array({"style", "intent", "values", "overall"}));
  EXPECT_EQ(schema.at("additionalProperties"), false);
  for (const char* dimension : {"style", "intent", "values"}) {
    EXPECT_EQ(schema.at("properties").at(dimension).at("enum"),
              Json::array({"A", "B", "tie", "tie_bad", "na"}));
  }
  EXPECT_EQ(schema.at("properties").at("overall").at("enum"), Json::array({"A", "B", "tie", "tie_bad"}));
}

}  // namespace
}  // namespace recon
