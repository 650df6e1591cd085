#include "recon/prompts/prompts.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::ElementsAre;

TEST(Schema, ListwiseAsksForExactlyNScores) {
  const Json schema = Prompts::listwise_schema(4, {});
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

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& entry : object.items()) keys.push_back(entry.key());
  return keys;
}

TEST(Schema, FieldsStandInTheDrawnOrderAndOverallIsLast) {
  const ReplyForm form{{Dimension::values, Dimension::style, Dimension::intent}, false};
  const Json pairwise = Prompts::pairwise_schema(form);
  EXPECT_THAT(keys_of(pairwise.at("properties")), ElementsAre("values", "style", "intent", "overall"));
  EXPECT_EQ(pairwise.at("required"), Json::array({"values", "style", "intent", "overall"}));
  const Json entry = Prompts::listwise_schema(2, form).at("properties").at("scores").at("items");
  EXPECT_THAT(keys_of(entry.at("properties")),
              ElementsAre("candidate", "values", "style", "intent", "overall"));
  EXPECT_EQ(entry.at("required"), Json::array({"candidate", "values", "style", "intent", "overall"}));
}

TEST(Schema, TheReasonIsTheFirstFieldWhereItIsAskedFor) {
  const ReplyForm form{{Dimension::values, Dimension::style, Dimension::intent}, true};
  const Json pairwise = Prompts::pairwise_schema(form);
  EXPECT_THAT(keys_of(pairwise.at("properties")), ElementsAre("why", "values", "style", "intent", "overall"));
  EXPECT_EQ(pairwise.at("properties").at("why"), Json::parse(R"({"type":"string"})"));
  EXPECT_EQ(pairwise.at("required").at(0), "why");
  const Json listwise = Prompts::listwise_schema(2, form);
  EXPECT_THAT(keys_of(listwise.at("properties")), ElementsAre("why", "scores"));
  EXPECT_EQ(listwise.at("required"), Json::array({"why", "scores"}));
  Json without = listwise;
  without["properties"].erase("why");
  without["required"].erase(0);
  EXPECT_EQ(without.dump(), Prompts::listwise_schema(2, {form.dimensions, false}).dump());
}

TEST(Schema, ListwiseDependsOnTheNumberOfCandidates) {
  EXPECT_NE(canonical_json(Prompts::listwise_schema(2, {})), canonical_json(Prompts::listwise_schema(3, {})));
}

TEST(Schema, PairwiseOverallIsNeverNotApplicable) {
  const Json schema = Prompts::pairwise_schema({});
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
