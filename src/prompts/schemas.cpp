#include "recon/prompts/prompts.hpp"

namespace recon {

namespace {

Json object_schema(Json properties) {
  Json required = Json::array();
  for (const auto& entry : properties.items()) required.push_back(entry.key());
  return Json{{"type", "object"},
              {"properties", std::move(properties)},
              {"required", std::move(required)},
              {"additionalProperties", false}};
}

}  // namespace

Json Prompts::listwise_schema(std::size_t candidates) {
  const Json score{{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
  Json entry =
      object_schema(Json{{"candidate", Json{{"type", "integer"}, {"minimum", 1}, {"maximum", candidates}}},
                         {"style", score},
                         {"intent", score},
                         {"values", score},
                         {"overall", score}});
  return object_schema(Json{{"scores", Json{{"type", "array"},
                                            {"minItems", candidates},
                                            {"maxItems", candidates},
                                            {"items", std::move(entry)}}}});
}

Json Prompts::pairwise_schema() {
  const Json verdict{{"type", "string"}, {"enum", Json::array({"A", "B", "tie", "tie_bad", "na"})}};
  const Json overall{{"type", "string"}, {"enum", Json::array({"A", "B", "tie", "tie_bad"})}};
  return object_schema(
      Json{{"style", verdict}, {"intent", verdict}, {"values", verdict}, {"overall", overall}});
}

}  // namespace recon
