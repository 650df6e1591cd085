#pragma once

#include "recon/core/json.hpp"
#include "recon/engine/engine.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/records/warning.hpp"
#include "recon/stages/run_config.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// What decides whether a stage is up to date, as it is now.
struct StageState {
  Json fingerprint;
  std::string source;  ///< digest of what is read besides artifacts
  std::map<std::string, std::filesystem::path> inputs;
  std::map<std::string, std::filesystem::path> outputs;
  /// Stages whose warnings are part of its results.
  std::vector<std::string> warned_by;
};

/// manifest.json: what each stage read, wrote, counted and cost, and when. Knows the digests of files and
/// takes them again only when a file's size or time changed.
class Manifest {
 public:
  explicit Manifest(const RunDirectory& directory);

  /// Why a stage has to run, in words for the user; nullopt when it is up to date.
  [[nodiscard]] std::optional<std::string> why_stale(const std::string& stage, const StageState& now);
  /// Rejects that the stage left.
  [[nodiscard]] std::size_t rejects_of(const std::string& stage) const;
  /// Warnings that stages left, in the order of the stages.
  [[nodiscard]] std::vector<Warning> warnings_of(const std::vector<std::string>& stages) const;

  /// The stages that have an entry, and the artifacts that a stage's entry says it made.
  [[nodiscard]] std::vector<std::string> stages() const;
  [[nodiscard]] std::vector<std::string> made_by(const std::string& stage) const;
  /// Takes a stage's entry out and saves the manifest.
  void drop(const std::string& stage);

  /// Tells this run's calls apart from those of others in a shared store; made up once.
  [[nodiscard]] std::string run_id();

  struct Outcome {
    Json counts;
    EngineCounts engine;
    std::size_t rejects = 0;
    std::vector<Warning> warnings;
    std::string started;
    std::string ended;
    /// By all calls of the run so far, those of parts that were broken off among them.
    std::optional<Spent> spent;
  };
  /// Enters a stage that has ended and saves the manifest.
  void record(const std::string& stage, const StageState& state, const Outcome& outcome,
              const RunConfig& config);
  /// Notes that an error ended a stage, for `recon failures`; forgotten when the stage ends well.
  void record_stop(const std::string& stage, const std::string& message, std::optional<std::size_t> limit);

 private:
  const RunDirectory& directory_;
  Json manifest_;
  [[nodiscard]] Json state_of_file(const std::filesystem::path& path, const Json& known);
};

/// Now, as 2026-01-31T12:00:00Z.
[[nodiscard]] std::string utc_now();

}  // namespace recon
