#include "recon/records/warning.hpp"

#include "recon/core/error.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::array<std::pair<WarningKind, const char*>, 13> kinds{{
    {WarningKind::prompts_cut, "prompts_cut"},
    {WarningKind::identical_samples, "identical_samples"},
    {WarningKind::one_reply, "one_reply"},
    {WarningKind::cut_replies_differ, "cut_replies_differ"},
    {WarningKind::unknown_marks, "unknown_marks"},
    {WarningKind::unknown_finish_reason, "unknown_finish_reason"},
    {WarningKind::repaired_replies, "repaired_replies"},
    {WarningKind::identical_likelihoods, "identical_likelihoods"},
    {WarningKind::identical_embeddings, "identical_embeddings"},
    {WarningKind::flat_scores, "flat_scores"},
    {WarningKind::first_shown, "first_shown"},
    {WarningKind::undecided, "undecided"},
    {WarningKind::ambiguous_replies, "ambiguous_replies"},
}};

}  // namespace

const char* to_string(WarningKind kind) {
  for (const auto& [known, name] : kinds) {
    if (known == kind) return name;
  }
  return kinds.front().second;
}

std::optional<WarningKind> warning_kind_from(std::string_view name) {
  for (const auto& [kind, known] : kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

Warning Warning::from_json(const Json& value) {
  try {
    const auto kind = warning_kind_from(value.at("kind").get<std::string>());
    if (!kind) throw RunError(fmt::format("an unknown kind of warning: {}", value.at("kind").dump()));
    return {*kind, value.at("stage").get<std::string>(), value.at("model").get<std::string>(),
            value.at("values"), value.at("message").get<std::string>()};
  } catch (const nlohmann::json::exception& error) {
    throw RunError(fmt::format("not a warning: {}", error.what()));
  }
}

Json Warning::to_json() const {
  return {{"kind", to_string(kind)},
          {"stage", stage},
          {"model", model},
          {"values", values},
          {"message", message}};
}

Json warnings_json(const std::vector<Warning>& warnings) {
  Json list = Json::array();
  for (const Warning& warning : warnings) list.push_back(warning.to_json());
  return list;
}

std::vector<Warning> warnings_from_json(const Json& object) {
  std::vector<Warning> warnings;
  const auto found = object.find("warnings");
  if (found == object.end()) return warnings;
  for (const Json& value : *found) warnings.push_back(Warning::from_json(value));
  return warnings;
}

}  // namespace recon
