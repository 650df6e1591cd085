#include "recon/prompts/prompts.hpp"

#include "texts.hpp"

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

/// What stands before the judge's decision, so that the reason is no excuse for it.
Json first_properties(const ReplyForm& form) {
  Json properties = Json::object();
  if (form.explain) properties["why"] = Json{{"type", "string"}};
  return properties;
}

}  // namespace

Json Prompts::listwise_schema(std::size_t candidates, const ReplyForm& form) {
  const Json score{{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
  Json entry{{"candidate", Json{{"type", "integer"}, {"minimum", 1}, {"maximum", candidates}}}};
  for (const Dimension dimension : form.dimensions) entry[to_string(dimension)] = score;
  entry["overall"] = score;
  Json properties = first_properties(form);
  properties["scores"] = Json{{"type", "array"},
                              {"minItems", candidates},
                              {"maxItems", candidates},
                              {"items", object_schema(std::move(entry))}};
  return object_schema(std::move(properties));
}

Json Prompts::pairwise_schema(const ReplyForm& form) {
  Json properties = first_properties(form);
  for (const Dimension dimension : form.dimensions) {
    properties[to_string(dimension)] =
        Json{{"type", "string"}, {"enum", Json::array({"A", "B", "tie", "tie_bad", "na"})}};
  }
  properties["overall"] = Json{{"type", "string"}, {"enum", Json::array({"A", "B", "tie", "tie_bad"})}};
  return object_schema(std::move(properties));
}

}  // namespace recon
