#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/log.hpp"
#include "recon/stages/stage.hpp"
#include "recon/workflow/pipeline.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// Runs stages beside a run: their inputs come from a scratch folder, where it has them, else from the run
/// directory; their outputs go into the scratch folder, which is removed at the end. The run's directory,
/// manifest and store stay as they are, and none of them need exist.
class Rehearsal {
 public:
  /// `settings` decides what becomes of the questions; with `make_up` no model is asked. `asked` is the
  /// config that stages and engine see where it differs from the run's, `config`, which decides what is up to
  /// date. All references must outlive the rehearsal.
  Rehearsal(const RunConfig& config, const RunConfig& asked, const ConfigDocument::Environment& environment,
            const PipelineOptions& options, Engine::Settings settings, Log& log);
  ~Rehearsal();
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;

  /// Why the stage has to run, as the pipeline says it; nullopt where it is up to date.
  [[nodiscard]] std::optional<std::string> why_stale(const Stage& stage);

  struct Result {
    EngineCounts counts;
    std::vector<Reject> rejects;
  };
  /// `discard`: later stages do not see what this one makes.
  enum class Outputs { keep, discard };
  Result run(const Stage& stage, Outputs outputs = Outputs::keep);

  /// Takes the outputs that another rehearsal of the same run made of a stage.
  void take_outputs(const Stage& stage, const Rehearsal& other);

  /// Where a later stage finds an artifact.
  [[nodiscard]] std::filesystem::path input(const std::string& artifact) const;
  /// Where an artifact of this rehearsal goes.
  [[nodiscard]] std::filesystem::path scratch(const std::string& artifact) const;
  [[nodiscard]] Engine& engine();
  /// The run's, for the budget; empty where no stage ever ran.
  [[nodiscard]] std::string run_id() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon
