#include "recon/core/files.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "config_state.hpp"

namespace recon {
namespace {

constexpr std::string_view letters_of_paths = "abcdefghijklmnopqrstuvwxyz_.";

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
    throw UsageError(fmt::format("{}: the value is not valid YAML: {}", origin, problem.msg));
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

}  // namespace

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

namespace {

/// An alias (`two: *one`) is the same node as its anchor for yaml-cpp, and setting a key below one would set
/// it below both. Gives the tree with a copy for each alias.
YAML::Node without_aliases(const YAML::Node& node, std::vector<YAML::Node>& seen) {
  if (std::any_of(seen.begin(), seen.end(), [&](const YAML::Node& other) { return node.is(other); }))
    return YAML::Clone(node);
  seen.push_back(node);
  std::vector<YAML::Node> before, after;
  bool changed = false;
  for (const auto& entry : node) {
    const YAML::Node child = node.IsMap() ? entry.second : YAML::Node(entry);
    after.push_back(without_aliases(child, seen));
    changed = changed || !after.back().is(child);
  }
  if (!changed) return node;
  YAML::Node rebuilt(node.Type());
  std::size_t place = 0;
  for (const auto& entry : node) {
    if (node.IsMap()) {
      rebuilt.force_insert(entry.first, after[place++]);
    } else {
      rebuilt.push_back(after[place++]);
    }
  }
  return rebuilt;
}

YAML::Node parse_mapping(const std::string& yaml, const std::string& name) {
  if (const auto at = invalid_utf8_at(yaml)) {
    throw UsageError(fmt::format("{}: invalid UTF-8 at byte {}", name, *at + 1));
  }
  YAML::Node root;
  try {
    root = YAML::Load(yaml);
  } catch (const YAML::Exception& problem) {
    throw UsageError(fmt::format("{}:{}: not valid YAML: {}", name, problem.mark.line + 1, problem.msg));
  }
  if (root.IsNull()) root = YAML::Node(YAML::NodeType::Map);
  if (!root.IsMap()) throw UsageError(fmt::format("{}: expected a mapping of keys", name));
  refuse_duplicates(root, name);
  if (yaml.find('*') == std::string::npos) return root;
  std::vector<YAML::Node> seen;
  return without_aliases(root, seen);
}

/// Puts a later file's mapping over `below`, and notes where its values went.
void lay_over(YAML::Node below, const YAML::Node& above, const std::string& path, const std::string& name,
              std::map<std::string, std::string>& overlaid) {
  for (const auto& entry : above) {
    const std::string& key = entry.first.Scalar();
    const std::string dotted = path.empty() ? key : fmt::format("{}.{}", path, key);
    const YAML::Node present = below[key];
    if (present.IsDefined() && present.IsMap() && entry.second.IsMap()) {
      lay_over(below[key], entry.second, dotted, name, overlaid);
    } else {
      below[key] = entry.second;
      overlaid[dotted] = name;
    }
  }
}

}  // namespace

ConfigDocument ConfigDocument::load(const std::vector<std::filesystem::path>& files,
                                    const std::vector<std::string>& sets, const Environment& environment) {
  std::vector<std::pair<std::string, std::string>> contents;
  for (const std::filesystem::path& file : files) {
    try {
      contents.emplace_back(file.string(), read_file(file));
    } catch (const Error& problem) {
      throw UsageError(fmt::format("config {}", problem.what()));
    }
  }
  return parse(contents, sets, environment);
}

ConfigDocument ConfigDocument::parse(const std::string& yaml, const std::string& name,
                                     const std::vector<std::string>& sets, const Environment& environment) {
  return parse({{name, yaml}}, sets, environment);
}

ConfigDocument ConfigDocument::parse(const std::vector<std::pair<std::string, std::string>>& files,
                                     const std::vector<std::string>& sets, const Environment& environment) {
  if (files.empty()) throw UsageError("no config file given");
  ConfigDocument document;
  document.state_ = std::make_shared<State>();
  document.state_->name = files.front().first;
  for (const auto& [name, yaml] : files) {
    YAML::Node root = parse_mapping(yaml, name);
    if (!document.state_->root.IsMap()) {
      document.state_->root = root;
    } else {
      lay_over(document.state_->root, root, "", name, document.state_->overlaid);
    }
  }
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
    // Neither a value nor what may be one is repeated: it may hold a secret, and messages go into logs.
    if (equals == std::string::npos || equals == 0) {
      const bool is_path = !set.empty() && set.find_first_not_of(letters_of_paths) == std::string::npos;
      throw UsageError(
          fmt::format("--set{}{}: expected key.path=value", is_path ? " " : "", is_path ? set : ""));
    }
    const std::string path = set.substr(0, equals);
    apply_override(*document.state_, path, set.substr(equals + 1), fmt::format("--set {}", path));
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

std::string_view to_string(Because reason) {
  switch (reason) {
    case Because::place:
      return "it says where files are kept";
    case Because::credentials:
      return "it names a secret";
    case Because::pace:
      return "it sets how fast and how patiently is asked";
    case Because::sending:
      return "it sets how a question is sent, not what is asked";
    case Because::money:
      return "it is about money";
    case Because::downloading:
      return "it belongs to `recon download`";
  }
  return "";
}

const std::vector<KeyDeclaration>& ConfigDocument::declarations() const { return state_->declarations; }

Json ConfigDocument::schema() const {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "recon config"}};
  schema.update(state_->schema);
  return schema;
}

}  // namespace recon
