#include "texts.hpp"

#include "recon/core/text.hpp"

#include <set>
#include <stdexcept>

#include "embedded_text.hpp"
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace recon {

namespace {

constexpr std::string_view domain_folder = "domains/";
constexpr std::string_view yaml_ending = ".yaml";
constexpr std::string_view generic_domain = "generic";

/// A flat mapping from names to texts with exactly the keys asked for.
std::map<std::string, std::string> read_texts(std::string_view name, std::string_view yaml,
                                              const std::set<std::string>& keys) {
  const YAML::Node root = YAML::Load(std::string(yaml));
  std::map<std::string, std::string> texts;
  for (const auto& entry : root) {
    texts[entry.first.as<std::string>()] = std::string(trim(entry.second.as<std::string>()));
  }
  std::set<std::string> found;
  for (const auto& [key, text] : texts) {
    if (!text.empty()) found.insert(key);
  }
  if (found != keys) throw std::logic_error(fmt::format("prompts/{}: expected other keys than these", name));
  return texts;
}

}  // namespace

PromptTexts::PromptTexts() {
  for (const EmbeddedText& file : embedded_texts()) {
    if (!file.name.starts_with(domain_folder) || !file.name.ends_with(yaml_ending)) continue;
    std::string_view name = file.name.substr(domain_folder.size());
    name.remove_suffix(yaml_ending.size());
    const auto texts = read_texts(
        file.name, file.text, {"preamble_synthesis", "preamble_action", "context_note", "response_format"});
    domains_[std::string(name)] = DomainTexts{texts.at("preamble_synthesis"), texts.at("preamble_action"),
                                              texts.at("context_note"), texts.at("response_format")};
  }
  if (!domains_.contains(generic_domain)) throw std::logic_error("prompts/domains/generic.yaml is missing");
  const auto definitions =
      read_texts("dimensions.yaml", embedded_text("dimensions.yaml"), {"style", "intent", "values"});
  for (const Dimension dimension : {Dimension::style, Dimension::intent, Dimension::values}) {
    definitions_[dimension] = definitions.at(to_string(dimension));
  }
}

const DomainTexts& PromptTexts::domain(std::string_view name) const {
  const auto found = domains_.find(name);
  return found != domains_.end() ? found->second : domains_.find(generic_domain)->second;
}

const std::string& PromptTexts::definition(Dimension dimension) const { return definitions_.at(dimension); }

std::vector<std::string> PromptTexts::domains() const {
  std::vector<std::string> names;
  for (const auto& [name, texts] : domains_) {
    if (name != generic_domain) names.push_back(name);
  }
  return names;
}

std::vector<std::string_view> PromptTexts::all() const {
  std::vector<std::string_view> texts;
  for (const auto& [name, domain] : domains_) {
    texts.insert(texts.end(), {name, domain.preamble_synthesis, domain.preamble_action, domain.context_note,
                               domain.response_format});
  }
  for (const auto& [dimension, definition] : definitions_) texts.push_back(definition);
  return texts;
}

const char* to_string(Dimension dimension) {
  switch (dimension) {
    case Dimension::style:
      return "style";
    case Dimension::intent:
      return "intent";
    case Dimension::values:
      return "values";
  }
  return "style";
}

std::string_view embedded_text(std::string_view name) {
  for (const EmbeddedText& file : embedded_texts()) {
    if (file.name == name) return file.text;
  }
  throw std::logic_error(fmt::format("prompts/{} is not compiled in", name));
}

}  // namespace recon
