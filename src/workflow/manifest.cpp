#include "manifest.hpp"

#include "recon/core/digest.hpp"
#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <chrono>
#include <random>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace recon {
namespace {

Json counts_json(const EngineCounts& counts) {
  return {{"records", counts.records},
          {"questions", counts.questions},
          {"calls", counts.calls},
          {"from_store", counts.from_store},
          {"failed", counts.failed},
          {"unusable_replies", counts.unusable},
          {"cut_at_max_tokens", counts.cut_at_length},
          {"tokens",
           {{"prompt", counts.usage.prompt},
            {"cached", counts.usage.cached},
            {"completion", counts.usage.completion},
            {"reasoning", counts.usage.reasoning}}},
          {"usd", counts.usd},
          {"unreported_calls", counts.unreported},
          {"usd_assumed", counts.usd_assumed}};
}

/// The top-level keys in which two fingerprints differ.
std::string differing_keys(const Json& before, const Json& now) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : now.items()) {
    if (!before.contains(key) || before[key] != value) keys.push_back(key);
  }
  for (const auto& [key, value] : before.items()) {
    if (!now.contains(key)) keys.push_back(key);
  }
  return fmt::format("{}", fmt::join(keys, ", "));
}

}  // namespace

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

Manifest::Manifest(const RunDirectory& directory) : directory_(directory), manifest_(directory.manifest()) {}

Json Manifest::state_of_file(const std::filesystem::path& path, const Json& known) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return nullptr;
  const auto time = std::filesystem::last_write_time(path, error).time_since_epoch().count();
  if (error) return nullptr;
  if (known.is_object() && known.value("size", Json()) == Json(size) &&
      known.value("time", Json()) == Json(time))
    return known;
  return {{"digest", digest_of_file(path).hex()}, {"size", size}, {"time", time}};
}

std::optional<std::string> Manifest::why_stale(const std::string& stage, const StageState& now) {
  const auto entry = manifest_["stages"].find(stage);
  if (entry == manifest_["stages"].end()) return "not done yet";
  if (const std::size_t rejects = rejects_of(stage); rejects > 0)
    return fmt::format("it left {}", counted(rejects, "reject"));
  if ((*entry)["fingerprint"] != now.fingerprint) {
    return fmt::format("changed: {}", differing_keys((*entry)["fingerprint"], now.fingerprint));
  }
  if (entry->value("source", "") != now.source) return "the source changed";
  for (const auto& [artifact, path] : now.outputs) {
    const Json& known = (*entry)["outputs"].contains(artifact) ? (*entry)["outputs"][artifact] : Json();
    const Json found = state_of_file(path, known);
    if (found.is_null()) return fmt::format("{} is missing", path.filename().string());
    if (known.is_null() || found["digest"] != known["digest"])
      return fmt::format("{} was changed", path.filename().string());
  }
  for (const auto& [artifact, path] : now.inputs) {
    const Json& known = (*entry)["inputs"].contains(artifact) ? (*entry)["inputs"][artifact] : Json();
    const Json found = state_of_file(path, known);
    if (found.is_null() || known.is_null() || found["digest"] != known["digest"]) {
      return fmt::format("its input {} changed", path.filename().string());
    }
  }
  if (entry->value("earlier_warnings", Json::array()) != warnings_json(warnings_of(now.warned_by)))
    return "the warnings of the stages before changed";
  return std::nullopt;
}

std::vector<std::string> Manifest::stages() const {
  std::vector<std::string> names;
  for (const auto& entry : manifest_["stages"].items()) names.push_back(entry.key());
  return names;
}

std::vector<std::string> Manifest::made_by(const std::string& stage) const {
  std::vector<std::string> artifacts;
  const auto entry = manifest_["stages"].find(stage);
  if (entry == manifest_["stages"].end() || !entry->contains("outputs")) return artifacts;
  for (const auto& output : (*entry)["outputs"].items()) artifacts.push_back(output.key());
  return artifacts;
}

void Manifest::drop(const std::string& stage) {
  manifest_["stages"].erase(stage);
  directory_.save_manifest(manifest_);
}

std::string Manifest::run_id() {
  if (manifest_.value("run_id", "").empty()) {
    std::random_device random;
    manifest_["run_id"] = fmt::format("{:08x}{:08x}", random(), random());
    directory_.save_manifest(manifest_);
  }
  return manifest_["run_id"].get<std::string>();
}

std::size_t Manifest::rejects_of(const std::string& stage) const {
  const auto entry = manifest_["stages"].find(stage);
  return entry == manifest_["stages"].end() ? 0 : entry->value("rejects", std::size_t{0});
}

std::vector<Warning> Manifest::warnings_of(const std::vector<std::string>& stages) const {
  std::vector<Warning> warnings;
  for (const std::string& stage : stages) {
    const auto entry = manifest_["stages"].find(stage);
    if (entry == manifest_["stages"].end()) continue;
    for (Warning& warning : warnings_from_json(*entry)) warnings.push_back(std::move(warning));
  }
  return warnings;
}

void Manifest::record_stop(const std::string& stage, const std::string& message,
                           std::optional<std::size_t> limit) {
  manifest_["stopped"][stage] = {
      {"message", message}, {"limit", limit ? Json(*limit) : Json(nullptr)}, {"ended", utc_now()}};
  directory_.save_manifest(manifest_);
}

void Manifest::record(const std::string& stage, const StageState& state, const Outcome& outcome,
                      const RunConfig& config) {
  Json entry = {{"started", outcome.started}, {"ended", outcome.ended}, {"fingerprint", state.fingerprint}};
  if (!state.source.empty()) entry["source"] = state.source;
  entry["inputs"] = Json::object();
  entry["outputs"] = Json::object();
  for (const auto& [artifact, path] : state.inputs) entry["inputs"][artifact] = state_of_file(path, Json());
  for (const auto& [artifact, path] : state.outputs) entry["outputs"][artifact] = state_of_file(path, Json());
  entry["rejects"] = outcome.rejects;
  entry["counts"] = outcome.counts;
  if (!outcome.warnings.empty()) entry["warnings"] = warnings_json(outcome.warnings);
  if (const auto earlier = warnings_of(state.warned_by); !earlier.empty())
    entry["earlier_warnings"] = warnings_json(earlier);
  if (outcome.engine.questions > 0) entry["models"] = counts_json(outcome.engine);
  const std::string run = run_id();
  Json spent = manifest_.value("spent", Json());
  if (outcome.spent) spent = {{"usd", outcome.spent->usd}, {"tokens", outcome.spent->tokens}};
  Json stopped = manifest_.value("stopped", Json::object());
  stopped.erase(stage);
  Json stages = std::move(manifest_["stages"]);
  stages[stage] = std::move(entry);
  manifest_ = {{"tool", "recon"},
               {"version", RECON_VERSION},
               {"run_id", run},
               {"seed", config.seed},
               {"config", config.resolved}};
  if (!spent.is_null()) manifest_["spent"] = std::move(spent);
  if (!stopped.empty()) manifest_["stopped"] = std::move(stopped);
  manifest_["stages"] = std::move(stages);
  directory_.save_manifest(manifest_);
}

}  // namespace recon
