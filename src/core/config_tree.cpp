#include "recon/core/config_tree.hpp"

#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace recon {

struct ConfigDocument::State {
  std::string name;
  YAML::Node root;
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  bool describing = false;
  /// Where an override put a value: dotted key -> "--set a.b=c" or "RECON_A__B".
  std::map<std::string, std::string> overridden;
};

struct ConfigSection::State {
  std::shared_ptr<ConfigDocument::State> document;
  YAML::Node node;
  std::string path;  ///< dotted, empty for the root
  int line = 0;      ///< 1-based; 0 where the section is missing
  Json* schema = nullptr;
  std::vector<std::string> declared;

  [[nodiscard]] std::string full(std::string_view key) const {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }
  [[nodiscard]] YAML::Node find(std::string_view key) const {
    if (!node.IsDefined() || !node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
    const YAML::Node found = const_cast<const YAML::Node&>(node)[std::string(key)];
    return found.IsDefined() ? found : YAML::Node(YAML::NodeType::Undefined);
  }
  [[nodiscard]] std::string place(std::string_view key) const {
    const std::string dotted = full(key);
    for (const auto& [prefix, origin] : document->overridden) {
      if (dotted == prefix || dotted.starts_with(prefix + "."))
        return fmt::format("{}: key '{}'", origin, dotted);
    }
    const YAML::Node found = key.empty() ? node : find(key);
    const int at = found.IsDefined() && !found.Mark().is_null() ? found.Mark().line + 1 : line;
    if (at > 0) return fmt::format("{}:{}: key '{}'", document->name, at, dotted);
    return fmt::format("{}: key '{}'", document->name, dotted);
  }
  [[noreturn]] void wrong(std::string_view key, std::string_view expected) const {
    const YAML::Node found = find(key);
    const std::string shown = found.IsScalar() ? fmt::format("'{}'", found.Scalar())
                              : found.IsMap()  ? "a mapping"
                              : found.IsNull() ? "null"
                                               : "a list";
    throw UsageError(fmt::format("{}: found {}, expected {}", place(key), shown, expected));
  }
  Json& declare(std::string_view key, Json description) {
    declared.emplace_back(key);
    Json& properties = (*schema)["properties"];
    if (!properties.contains(key)) properties[std::string(key)] = std::move(description);
    return properties[std::string(key)];
  }
};

namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

/// Deeper than any config; an alias that contains itself has no end.
constexpr int deepest_nesting = 64;

void refuse_duplicates(const YAML::Node& node, const std::string& name, int depth = 0) {
  if (depth > deepest_nesting) {
    throw UsageError(fmt::format("{}:{}: more than {} levels of nesting; does an alias contain itself?", name,
                                 node.Mark().line + 1, deepest_nesting));
  }
  if (node.IsMap()) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        throw UsageError(
            fmt::format("{}:{}: expected a plain word as key", name, entry.first.Mark().line + 1));
      }
      if (!seen.insert(entry.first.Scalar()).second) {
        throw UsageError(fmt::format("{}:{}: key '{}' stands twice in one mapping", name,
                                     entry.first.Mark().line + 1, entry.first.Scalar()));
      }
      refuse_duplicates(entry.second, name, depth + 1);
    }
  } else if (node.IsSequence()) {
    for (const auto& item : node) refuse_duplicates(item, name, depth + 1);
  }
}

/// Sets `path` in the tree below `node`; lists are indexed by number.
void set_path(YAML::Node node, const std::vector<std::string>& path, std::size_t depth,
              const YAML::Node& value, const std::string& origin) {
  const std::string& key = path[depth];
  if (key.empty()) throw UsageError(fmt::format("{}: expected key.path=value", origin));
  if (node.IsSequence()) {
    std::size_t index = 0;
    const auto parsed = std::from_chars(key.data(), key.data() + key.size(), index);
    if (parsed.ec != std::errc() || parsed.ptr != key.data() + key.size() || index >= node.size()) {
      throw UsageError(fmt::format("{}: '{}' is no index of a list of {}", origin, key, node.size()));
    }
    if (depth + 1 == path.size()) {
      node[index] = value;
    } else {
      set_path(node[index], path, depth + 1, value, origin);
    }
    return;
  }
  if (node.IsScalar()) throw UsageError(fmt::format("{}: '{}' lies below a plain value", origin, key));
  if (depth + 1 == path.size()) {
    node[key] = value;
    return;
  }
  if (!node[key].IsDefined() || node[key].IsNull()) node[key] = YAML::Node(YAML::NodeType::Map);
  set_path(node[key], path, depth + 1, value, origin);
}

void apply_override(ConfigDocument::State& state, const std::string& path, const std::string& value,
                    const std::string& origin) {
  YAML::Node parsed;
  try {
    parsed = value.empty() ? YAML::Node("") : YAML::Load(value);
  } catch (const YAML::Exception& problem) {
    throw UsageError(fmt::format("{}: '{}' is not valid YAML: {}", origin, value, problem.msg));
  }
  set_path(state.root, split_path(path), 0, parsed, origin);
  state.overridden[path] = origin;
}

/// RECON_RETRIEVE__K -> retrieve.k
std::string environment_path(std::string_view variable) {
  std::string path;
  for (std::size_t i = 0; i < variable.size(); ++i) {
    if (variable.substr(i, 2) == "__") {
      path += '.';
      ++i;
    } else {
      const char c = variable[i];
      path += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return path;
}

Json yaml_to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = yaml_to_json(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    Json array = Json::array();
    for (const auto& item : node) array.push_back(yaml_to_json(item));
    return array;
  }
  if (!node.IsDefined() || node.IsNull()) return nullptr;
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true") return true;
  if (text == "false") return false;
  Json number = Json::parse(text, nullptr, false);
  return number.is_number() ? number : Json(text);
}

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
                 const char* type, std::string_view expected) {
  state.declare(key, number_schema<Number>(doc, type))["default"] = out;
  const YAML::Node found = state.find(key);
  if (!found.IsDefined()) return;
  const auto parsed = parse_number<Number>(found);
  if (!parsed) state.wrong(key, expected);
  out = *parsed;
}

template <class Number>
void read_optional_number(ConfigSection::State& state, std::string_view key, std::optional<Number>& out,
                          std::string_view doc, const char* type, std::string_view expected) {
  state.declare(key, {{"type", {type, "null"}}, {"description", doc}});
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

ConfigDocument ConfigDocument::load(const std::filesystem::path& path, const std::vector<std::string>& sets,
                                    const Environment& environment) {
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& problem) {
    throw UsageError(fmt::format("config {}", problem.what()));
  }
  return parse(text, path.string(), sets, environment);
}

ConfigDocument ConfigDocument::parse(const std::string& yaml, const std::string& name,
                                     const std::vector<std::string>& sets, const Environment& environment) {
  ConfigDocument document;
  document.state_ = std::make_shared<State>();
  document.state_->name = name;
  if (const auto at = invalid_utf8_at(yaml)) {
    throw UsageError(fmt::format("{}: invalid UTF-8 at byte {}", name, *at + 1));
  }
  try {
    document.state_->root = YAML::Load(yaml);
  } catch (const YAML::Exception& problem) {
    throw UsageError(fmt::format("{}:{}: not valid YAML: {}", name, problem.mark.line + 1, problem.msg));
  }
  if (document.state_->root.IsNull()) document.state_->root = YAML::Node(YAML::NodeType::Map);
  if (!document.state_->root.IsMap()) throw UsageError(fmt::format("{}: expected a mapping of keys", name));
  refuse_duplicates(document.state_->root, name);
  for (const auto& [variable, value] : environment) {
    constexpr std::string_view prefix = "RECON_";
    // These two families belong to the set-up scripts and the tests, not to the config.
    if (variable.starts_with("RECON_SETUP_") || variable.starts_with("RECON_TEST_")) continue;
    if (variable.starts_with(prefix)) {
      apply_override(*document.state_, environment_path(std::string_view(variable).substr(prefix.size())),
                     value, variable);
    }
  }
  for (const std::string& set : sets) {
    const std::size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format("--set {}: expected key.path=value", set));
    }
    apply_override(*document.state_, set.substr(0, equals), set.substr(equals + 1),
                   fmt::format("--set {}", set));
  }
  return document;
}

ConfigDocument ConfigDocument::describing() {
  ConfigDocument document = parse("", "schema");
  document.state_->describing = true;
  return document;
}

ConfigSection ConfigDocument::root() const {
  auto state = std::make_shared<ConfigSection::State>();
  state->document = state_;
  state->node = state_->root;
  state->line = 1;
  state->schema = &state_->schema;
  return ConfigSection(std::move(state));
}

Json ConfigDocument::as_json() const { return yaml_to_json(state_->root); }

Json ConfigDocument::schema() const {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "recon config"}};
  schema.update(state_->schema);
  return schema;
}

bool ConfigSection::has(std::string_view key) const { return state_->find(key).IsDefined(); }
bool ConfigSection::describing() const { return state_->document->describing; }
std::string ConfigSection::where(std::string_view key) const { return state_->place(key); }

void ConfigSection::value(std::string_view key, std::string& out, std::string_view doc) {
  state_->declare(key, {{"type", "string"}, {"description", doc}})["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsScalar()) state_->wrong(key, "a string");
  out = found.Scalar();
}

void ConfigSection::value(std::string_view key, double& out, std::string_view doc) {
  read_number(*state_, key, out, doc, "number", "a number");
}

void ConfigSection::value(std::string_view key, int& out, std::string_view doc) {
  read_number(*state_, key, out, doc, "integer", "an integer");
}

void ConfigSection::value(std::string_view key, std::uint64_t& out, std::string_view doc) {
  read_number(*state_, key, out, doc, "integer", "an integer of 0 or more");
}

void ConfigSection::value(std::string_view key, bool& out, std::string_view doc) {
  state_->declare(key, {{"type", "boolean"}, {"description", doc}})["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsScalar() || (found.Scalar() != "true" && found.Scalar() != "false"))
    state_->wrong(key, "true or false");
  out = found.Scalar() == "true";
}

void ConfigSection::value(std::string_view key, std::vector<std::string>& out, std::string_view doc) {
  state_->declare(
      key, {{"type", "array"}, {"items", {{"type", "string"}}}, {"description", doc}})["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsSequence()) state_->wrong(key, "a list of strings");
  out.clear();
  for (const auto& item : found) {
    if (!item.IsScalar()) state_->wrong(key, "a list of strings");
    out.push_back(item.Scalar());
  }
}

void ConfigSection::value(std::string_view key, std::optional<std::string>& out, std::string_view doc) {
  state_->declare(key, {{"type", {"string", "null"}}, {"description", doc}});
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (found.IsNull()) {
    out.reset();
    return;
  }
  if (!found.IsScalar()) state_->wrong(key, "a string");
  out = found.Scalar();
}

void ConfigSection::value(std::string_view key, std::optional<double>& out, std::string_view doc) {
  read_optional_number(*state_, key, out, doc, "number", "a number or null");
}

void ConfigSection::value(std::string_view key, std::optional<int>& out, std::string_view doc) {
  read_optional_number(*state_, key, out, doc, "integer", "an integer or null");
}

void ConfigSection::value(std::string_view key, Json& out, std::string_view doc) {
  state_->declare(key, {{"type", "object"}, {"description", doc}});
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsMap()) state_->wrong(key, "a mapping");
  out = yaml_to_json(found);
}

void ConfigSection::choice(std::string_view key, std::string& out, const std::vector<std::string>& choices,
                           std::string_view doc) {
  Json& description = state_->declare(key, {{"enum", choices}, {"description", doc}});
  if (!out.empty()) description["default"] = out;
  const YAML::Node found = state_->find(key);
  if (!found.IsDefined()) return;
  if (!found.IsScalar() || std::find(choices.begin(), choices.end(), found.Scalar()) == choices.end()) {
    state_->wrong(key, fmt::format("one of {}", fmt::join(choices, ", ")));
  }
  out = found.Scalar();
}

void ConfigSection::required(std::string_view key, std::string& out, std::string_view doc) {
  state_->declare(key, {{"type", "string"}, {"description", doc}});
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
                            std::string_view doc) {
  state_->declare(key,
                  {{"type", "object"}, {"description", doc}, {"additionalProperties", {{"type", "string"}}}});
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
