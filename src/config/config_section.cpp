#include "recon/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "config_state.hpp"
#include <fmt/ranges.h>

namespace recon {
namespace {

template <class Number>
std::optional<Number> parse_number(const YAML::Node& node) {
  if (!node.IsScalar()) return std::nullopt;
  const std::string& text = node.Scalar();
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return value;
}

template <class Number>
Json number_schema(std::string_view doc, const char* type) {
  Json description = {{"type", type}, {"description", doc}};
  if constexpr (std::is_unsigned_v<Number>) description["minimum"] = 0;
  return description;
}

template <class Number>
void read_number(ConfigSection::State& state, std::string_view key, Number& out, std::string_view doc,
                 const char* type, std::string_view expected, const Bearing& bearing) {
  state.declare_key(key, number_schema<Number>(doc, type), bearing)["default"] = out;
  const YAML::Node found = state.find(key);
  if (!found.IsDefined()) return;
  const auto parsed = parse_number<Number>(found);
  if (!parsed) state.wrong(key, expected);
  out = *parsed;
}

template <class Number>
void read_optional_number(ConfigSection::State& state, std::string_view key, std::optional<Number>& out,
                          std::string_view doc, const char* type, std::string_view expected,
                          const Bearing& bearing) {
  state.declare_key(key, {{"type", {type, "null"}}, {"description", doc}}, bearing);
  const YAML::Node found = state.find(key);
  if (!found.IsDefined()) return;
  if (found.IsNull()) {
    out.reset();
    return;
  }
  out = parse_number<Number>(found);
  if (!out) state.wrong(key, expected);
}

}  // namespace

bool ConfigSection::has(std::string_view key) const { return state_->find(key).IsDefined(); }
bool ConfigSection::describing() const { return state_->document->describing; }
std::string ConfigSection::where(std::string_view key) const { return state_->place(key); }

void ConfigSection::value(std::string_view key, std::string& out, std::string_view doc,
                          const Bearing& bearing) {
  state_->declare_key(key, {{"type", "string"}, {"description", doc}}, bearing)["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsScalar()) state_->wrong(key, "a string");
  out = found.Scalar();
}

void ConfigSection::value(std::string_view key, double& out, std::string_view doc, const Bearing& bearing) {
  read_number(*state_, key, out, doc, "number", "a number", bearing);
}

void ConfigSection::value(std::string_view key, int& out, std::string_view doc, const Bearing& bearing) {
  read_number(*state_, key, out, doc, "integer", "an integer", bearing);
}

void ConfigSection::value(std::string_view key, std::uint64_t& out, std::string_view doc,
                          const Bearing& bearing) {
  read_number(*state_, key, out, doc, "integer", "an integer of 0 or more", bearing);
}

void ConfigSection::value(std::string_view key, bool& out, std::string_view doc, const Bearing& bearing) {
  state_->declare_key(key, {{"type", "boolean"}, {"description", doc}}, bearing)["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsScalar() || (found.Scalar() != "true" && found.Scalar() != "false"))
    state_->wrong(key, "true or false");
  out = found.Scalar() == "true";
}

void ConfigSection::value(std::string_view key, std::vector<std::string>& out, std::string_view doc,
                          const Bearing& bearing) {
  state_->declare_key(key, {{"type", "array"}, {"items", {{"type", "string"}}}, {"description", doc}},
                      bearing)["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsSequence()) state_->wrong(key, "a list of strings");
  out.clear();
  for (const auto& item : found) {
    if (!item.IsScalar()) state_->wrong(key, "a list of strings");
    out.push_back(item.Scalar());
  }
}

void ConfigSection::value(std::string_view key, std::optional<std::string>& out, std::string_view doc,
                          const Bearing& bearing) {
  state_->declare_key(key, {{"type", {"string", "null"}}, {"description", doc}}, bearing);
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (found.IsNull()) {
    out.reset();
    return;
  }
  if (!found.IsScalar()) state_->wrong(key, "a string");
  out = found.Scalar();
}

void ConfigSection::value(std::string_view key, std::optional<double>& out, std::string_view doc,
                          const Bearing& bearing) {
  read_optional_number(*state_, key, out, doc, "number", "a number or null", bearing);
}

void ConfigSection::value(std::string_view key, std::optional<int>& out, std::string_view doc,
                          const Bearing& bearing) {
  read_optional_number(*state_, key, out, doc, "integer", "an integer or null", bearing);
}

void ConfigSection::value(std::string_view key, std::optional<std::uint64_t>& out, std::string_view doc,
                          const Bearing& bearing) {
  read_optional_number(*state_, key, out, doc, "integer", "an integer of 0 or more, or null", bearing);
}

void ConfigSection::range(std::string_view key, std::optional<IntegerRange>& out, int smallest,
                          std::string_view doc, const Bearing& bearing) {
  Json& description = state_->declare_key(key,
                                          {{"type", {"array", "null"}},
                                           {"items", {{"type", "integer"}, {"minimum", smallest}}},
                                           {"minItems", 2},
                                           {"maxItems", 2},
                                           {"description", doc}},
                                          bearing);
  description["default"] = out ? Json{out->least, out->most} : Json(nullptr);
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  out.reset();
  if (found.IsNull()) return;
  const std::string expected = fmt::format(
      "two whole numbers of {} or more, the smaller one first (such as [80, 150]), or null", smallest);
  if (!found.IsSequence() || found.size() != 2) state_->wrong(key, expected);
  const auto least = parse_number<int>(found[0]);
  const auto most = parse_number<int>(found[1]);
  if (!least || !most || *least < smallest || *most < *least) state_->wrong(key, expected);
  out = IntegerRange{*least, *most};
}

void ConfigSection::value(std::string_view key, Json& out, std::string_view doc, const Bearing& bearing) {
  state_->declare_key(key, {{"type", "object"}, {"description", doc}}, bearing);
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsMap()) state_->wrong(key, "a mapping");
  out = yaml_to_json(found);
}

void ConfigSection::choice(std::string_view key, std::string& out, const std::vector<std::string>& choices,
                           std::string_view doc, const Bearing& bearing) {
  Json& description = state_->declare_key(key, {{"enum", choices}, {"description", doc}}, bearing);
  if (!out.empty()) description["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsScalar() || std::find(choices.begin(), choices.end(), found.Scalar()) == choices.end()) {
    state_->wrong(key, fmt::format("one of {}", fmt::join(choices, ", ")));
  }
  out = found.Scalar();
}

void ConfigSection::required(std::string_view key, std::string& out, std::string_view doc,
                             const Bearing& bearing) {
  state_->declare_key(key, {{"type", "string"}, {"description", doc}}, bearing);
  Json& schema = *state_->schema;
  if (!schema.contains("required")) schema["required"] = Json::array();
  if (std::find(schema["required"].begin(), schema["required"].end(), Json(key)) ==
      schema["required"].end()) {
    schema["required"].push_back(key);
  }
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) {
    if (state_->document->describing) return;
    throw UsageError(fmt::format("{} is missing: {}", where(key), doc));
  }
  if (!found.IsScalar() || found.Scalar().empty()) state_->wrong(key, "a string");
  out = found.Scalar();
}

void ConfigSection::section(std::string_view key, std::string_view doc,
                            const std::function<void(ConfigSection&)>& read) {
  auto nested = std::make_shared<State>();
  nested->schema = &state_->declare(key, {{"type", "object"},
                                          {"description", doc},
                                          {"additionalProperties", false},
                                          {"properties", Json::object()}});
  nested->document = state_->document;
  nested->path = state_->full(key);
  nested->pattern = state_->pattern_of(key);
  const YAML::Node found = state_->find(key);
  if (found.IsDefined() && !found.IsNull()) {
    if (!found.IsMap()) state_->wrong(key, "a mapping");
    nested->node = found;
    nested->line = found.Mark().is_null() ? 0 : found.Mark().line + 1;
  }
  ConfigSection section(nested);
  read(section);
  section.finish();
}

void ConfigSection::entries(std::string_view key, std::string_view doc,
                            const std::function<void(const std::string&, ConfigSection&)>& read) {
  Json& schema = state_->declare(
      key, {{"type", "object"},
            {"description", doc},
            {"additionalProperties",
             {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}}}});
  const auto use = [&](const std::string& name, const YAML::Node& node) {
    auto nested = std::make_shared<State>();
    nested->schema = &schema["additionalProperties"];
    nested->document = state_->document;
    nested->path = fmt::format("{}.{}", state_->full(key), name);
    nested->pattern = state_->pattern_of(key) + ".*";
    nested->node = node;
    nested->line = node.IsDefined() && !node.Mark().is_null() ? node.Mark().line + 1 : 0;
    ConfigSection section(nested);
    read(name, section);
    section.finish();
  };
  if (state_->document->describing) use("name", YAML::Node(YAML::NodeType::Map));
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined() || found.IsNull()) return;
  if (!found.IsMap()) state_->wrong(key, "a mapping from names to mappings");
  for (const auto& entry : found) {
    if (!entry.second.IsMap()) {
      throw UsageError(fmt::format("{}.{}: expected a mapping", state_->place(key), entry.first.Scalar()));
    }
    use(entry.first.Scalar(), entry.second);
  }
}

void ConfigSection::list(std::string_view key, std::string_view doc,
                         const std::function<void(ConfigSection&)>& read) {
  Json& schema = state_->declare(
      key,
      {{"type", "array"},
       {"description", doc},
       {"items", {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}}}});
  const auto use = [&](std::size_t index, const YAML::Node& node) {
    auto nested = std::make_shared<State>();
    nested->schema = &schema["items"];
    nested->document = state_->document;
    nested->path = fmt::format("{}.{}", state_->full(key), index);
    nested->pattern = state_->pattern_of(key) + ".*";
    nested->node = node;
    nested->line = node.IsDefined() && !node.Mark().is_null() ? node.Mark().line + 1 : 0;
    ConfigSection section(nested);
    read(section);
    section.finish();
  };
  if (state_->document->describing) use(0, YAML::Node(YAML::NodeType::Map));
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined() || found.IsNull()) return;
  if (!found.IsSequence()) state_->wrong(key, "a list of mappings");
  std::size_t index = 0;
  for (const auto& item : found) {
    if (!item.IsMap()) state_->wrong(key, "a list of mappings");
    use(index++, item);
  }
}

void ConfigSection::strings(std::string_view key, std::map<std::string, std::string>& out,
                            std::string_view doc, const Bearing& bearing) {
  state_->declare_key(
      key, {{"type", "object"}, {"description", doc}, {"additionalProperties", {{"type", "string"}}}},
      bearing);
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined() || found.IsNull()) return;
  if (!found.IsMap()) state_->wrong(key, "a mapping from names to strings");
  for (const auto& entry : found) {
    if (!entry.second.IsScalar()) state_->wrong(key, "a mapping from names to strings");
    out[entry.first.Scalar()] = entry.second.Scalar();
  }
}

void ConfigSection::finish() {
  if (!state_->node.IsDefined() || !state_->node.IsMap()) return;
  for (const auto& entry : state_->node) {
    const std::string& key = entry.first.Scalar();
    if (std::find(state_->declared.begin(), state_->declared.end(), key) != state_->declared.end()) continue;
    const auto nearest = nearest_word(key, state_->declared);
    throw UsageError(fmt::format("{}: unknown key{}", state_->place(key),
                                 nearest
                                     ? fmt::format("; did you mean '{}'?", *nearest)
                                     : fmt::format("; known here: {}", fmt::join(state_->declared, ", "))));
  }
}

}  // namespace recon
