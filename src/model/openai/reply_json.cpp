#include "reply_json.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include <simdjson.h>

namespace recon {
namespace {

using simdjson::dom::element_type;

Json tree_of(const simdjson::dom::element& element);

Json tree_of(const simdjson::dom::array& array) {
  Json tree = Json::array();
  tree.get_ref<Json::array_t&>().reserve(array.size());
  for (const simdjson::dom::element& entry : array) tree.push_back(tree_of(entry));
  return tree;
}

Json tree_of(const simdjson::dom::object& object) {
  Json tree = Json::object();
  // Of a key that stands twice the last value counts, as in Json::parse.
  for (const auto& field : object) tree[std::string(field.key)] = tree_of(field.value);
  return tree;
}

/// Its kind decides: no access can fail.
Json tree_of(const simdjson::dom::element& element) {
  switch (element.type()) {
    case element_type::ARRAY:
      return tree_of(element.get_array().value_unsafe());
    case element_type::OBJECT:
      return tree_of(element.get_object().value_unsafe());
    case element_type::INT64: {
      // As in Json::parse, which keeps signed only what is negative.
      const std::int64_t number = element.get_int64().value_unsafe();
      if (number < 0) return number;
      return static_cast<std::uint64_t>(number);
    }
    case element_type::UINT64:
      return element.get_uint64().value_unsafe();
    case element_type::DOUBLE:
      return element.get_double().value_unsafe();
    case element_type::STRING:
      return std::string(element.get_string().value_unsafe());
    case element_type::BOOL:
      return element.get_bool().value_unsafe();
    case element_type::NULL_VALUE:
      break;
  }
  return nullptr;
}

}  // namespace

std::optional<Json> parse_reply_json(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(body).get(root) == simdjson::SUCCESS) return tree_of(root);
  // What the one refuses (a number beyond 64 bits, deep nesting) the other may take.
  Json tree = Json::parse(body, nullptr, false);
  if (tree.is_discarded()) return std::nullopt;
  return tree;
}

const Json& at(const Json& value, const char* key) {
  static const Json null;
  if (!value.is_object()) return null;
  const auto found = value.find(key);
  return found == value.end() ? null : *found;
}

}  // namespace recon
