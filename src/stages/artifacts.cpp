#include "recon/stages/artifacts.hpp"

#include "recon/core/error.hpp"

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
