#include "recon/stages/artifacts.hpp"

#include "recon/core/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace recon {
namespace {

/// `traces.backward` -> `traces`
std::string_view kind_of(std::string_view artifact) { return artifact.substr(0, artifact.find('.')); }

std::string flag_of(const std::string& artifact) {
  const std::size_t dot = artifact.find('.');
  if (dot == std::string::npos) return fmt::format("--{} FILE", artifact);
  return fmt::format("--{} {}=FILE", artifact.substr(0, dot), artifact.substr(dot + 1));
}

}  // namespace

std::string traces_of(std::string_view method) { return fmt::format("traces.{}", method); }
std::string actions_of(std::string_view method) { return fmt::format("actions.{}", method); }

const std::vector<std::string>& reports_of_results() {
  static const std::vector<std::string> reports = {"tables.md", "report.html"};
  return reports;
}

std::string file_name_of(const std::string& artifact) {
  return artifact + (artifact == "results" ? ".json" : ".jsonl");
}

void Artifacts::check(const std::string& user, const std::vector<std::string>& inputs,
                      const std::vector<std::string>& outputs) const {
  const auto is_among = [](const std::vector<std::string>& list, const std::string& artifact) {
    return std::find(list.begin(), list.end(), artifact) != list.end();
  };
  const auto flags_of = [](const std::vector<std::string>& artifacts) {
    std::string flags;
    for (const std::string& artifact : artifacts) flags += (flags.empty() ? "" : ", ") + flag_of(artifact);
    return flags;
  };
  for (const auto& [artifact, path] : named_) {
    if (is_among(inputs, artifact) || is_among(outputs, artifact)) continue;
    throw UsageError(fmt::format("{}: {} takes {}{}and makes {}", flag_of(artifact), user, flags_of(inputs),
                                 inputs.empty() ? "no files " : " ", flags_of(outputs)));
  }
  const auto same = [](const std::filesystem::path& a, const std::filesystem::path& b) {
    return std::filesystem::weakly_canonical(a) == std::filesystem::weakly_canonical(b);
  };
  bool any_written = false;
  bool output_is_used = false;
  for (const std::string& artifact : outputs) {
    const auto path = output(artifact, outputs.front());
    if (!path) continue;
    any_written = true;
    output_is_used = output_is_used || path == output_;
    for (const std::string& taken : inputs) {
      const auto from = named_.find(taken);
      if (from != named_.end() && *path != "-" && from->second != "-" && same(*path, from->second))
        throw UsageError(
            fmt::format("{}: the output would go over the input {}", path->string(), flag_of(taken)));
    }
  }
  if (!any_written)
    throw UsageError(fmt::format("{}: nothing says where its output goes; add --output FILE, or {}", user,
                                 flags_of(outputs)));
  if (output_ && !output_is_used)
    throw UsageError(
        fmt::format("--output {}: every output has a file of its own already", output_->string()));
  const auto from_standard_input =
      std::count_if(inputs.begin(), inputs.end(), [&](const std::string& artifact) {
        const auto from = named_.find(artifact);
        return from != named_.end() && from->second == "-";
      });
  if (from_standard_input > 1) throw UsageError(fmt::format("{}: standard input can be one file only", user));
}

std::filesystem::path Artifacts::input(const std::string& artifact) const {
  if (beside_ && std::filesystem::exists(beside_->made / file_name_of(artifact)))
    return beside_->made / file_name_of(artifact);
  if (directory_ != nullptr) return directory_->file(file_name_of(artifact));
  const auto found = named_.find(artifact);
  if (found == named_.end()) {
    throw UsageError(
        fmt::format("with named files nothing upstream runs, so this needs {}", flag_of(artifact)));
  }
  return found->second;
}

std::optional<std::filesystem::path> Artifacts::output(const std::string& artifact,
                                                       const std::string& main) const {
  if (beside_) return beside_->outputs / file_name_of(artifact);
  if (directory_ != nullptr) return directory_->file(file_name_of(artifact));
  if (const auto found = named_.find(artifact); found != named_.end()) return found->second;
  if (output_ && kind_of(artifact) == kind_of(main)) return output_;
  return std::nullopt;
}

}  // namespace recon
