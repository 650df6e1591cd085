#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace recon {

struct ConfigDocument::State {
  std::string name;
  YAML::Node root;
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  bool describing = false;
  std::vector<KeyDeclaration> declarations;
  /// Where an override put a value: dotted key -> "--set a.b=c" or "RECON_A__B".
  std::map<std::string, std::string> overridden;
  /// Where a later file put a value: dotted key -> the file's name.
  std::map<std::string, std::string> overlaid;

  /// The file that the value of a dotted key comes from.
  [[nodiscard]] const std::string& file_of(std::string_view dotted) const {
    const std::string* file = &name;
    for (const auto& [prefix, overlay] : overlaid) {  // longer prefixes come later
      if (dotted == prefix || dotted.starts_with(prefix + ".")) file = &overlay;
    }
    return *file;
  }
};

struct ConfigSection::State {
  std::shared_ptr<ConfigDocument::State> document;
  YAML::Node node;
  std::string path;     ///< dotted, empty for the root
  std::string pattern;  ///< the same with `*` for free names and places in lists
  int line = 0;         ///< 1-based; 0 where the section is missing
  Json* schema = nullptr;
  std::vector<std::string> declared;

  [[nodiscard]] std::string full(std::string_view key) const {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }
  [[nodiscard]] std::string pattern_of(std::string_view key) const {
    return pattern.empty() ? std::string(key) : fmt::format("{}.{}", pattern, key);
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
    // A missing key is named after the section that should hold it.
    const std::string& file = document->file_of(found.IsDefined() ? dotted : path);
    if (at > 0) return fmt::format("{}:{}: key '{}'", file, at, dotted);
    return fmt::format("{}: key '{}'", file, dotted);
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
  /// A key with a value of its own. Declared again, it may say its bearing later.
  Json& declare_key(std::string_view key, Json description, const Bearing& bearing) {
    std::vector<KeyDeclaration>& declarations = document->declarations;
    const std::string known = pattern_of(key);
    const auto found = std::find_if(declarations.begin(), declarations.end(),
                                    [&](const KeyDeclaration& other) { return other.path == known; });
    if (found == declarations.end()) {
      declarations.push_back({known, bearing});
    } else if (std::holds_alternative<std::monostate>(found->bearing)) {
      found->bearing = bearing;
    }
    return declare(key, std::move(description));
  }
};

/// Plain scalars as YAML's core schema reads them; quoted ones stay strings.
[[nodiscard]] Json yaml_to_json(const YAML::Node& node);

}  // namespace recon
