#pragma once

#include "recon/core/json.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/core/log.hpp"
#include "recon/engine/engine.hpp"
#include "recon/engine/prompt_call.hpp"
#include "recon/prompts/prompts.hpp"
#include "recon/records/records.hpp"
#include "recon/records/warning.hpp"
#include "recon/stages/artifacts.hpp"
#include "recon/stages/run_config.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What a running stage works with. Outputs appear under their names when the stage has ended without an
/// exception.
class StageRun {
 public:
  StageRun(std::string stage, std::string main_output, const RunConfig& run_config,
           const Prompts& run_prompts, Engine& run_engine, Log& run_log, const Artifacts& artifacts,
           std::optional<std::size_t> view_limit);

  const RunConfig& config;
  const Prompts& prompts;
  Engine& engine;
  Log& log;
  const std::optional<std::size_t> limit;  ///< `--limit`: test pairs per user

  /// The path of an input; throws RunError when it isn't there.
  [[nodiscard]] std::filesystem::path input(const std::string& artifact) const;
  /// False in file mode for an output that nobody asked for.
  [[nodiscard]] bool wants(const std::string& artifact) const;
  /// Appends a record to an output; does nothing when it isn't wanted. The file exists afterwards even
  /// without records.
  template <class Record>
  void write(const std::string& artifact, const Record& record) {
    if (JsonlWriter* writer = writer_of(artifact)) writer->write(record);
  }
  /// A line that is JSON already.
  void write_line(const std::string& artifact, std::string_view line) {
    if (JsonlWriter* writer = writer_of(artifact)) writer->write_line(line);
  }
  void start_output(const std::string& artifact) { (void)writer_of(artifact); }
  /// A file that is no JSONL.
  void write_json(const std::string& artifact, const Json& value);

  /// Records what could not be done for a subject. Further causes for the same one join the first.
  void reject(const Subject& subject, RecordFault fault, const std::string& message);
  void reject(const Subject& subject, const Failure& failure);
  void reject(Reject reject);
  /// A task without questions that does so in its place among the others.
  [[nodiscard]] Task rejected(const Subject& subject, RecordFault fault, const std::string& message);
  /// Something that many answers show together, beyond what the engine sees.
  void warn(std::vector<Warning> found);
  /// Those of this stage, the engine's among them. To be called when the last question is answered: later
  /// answers don't change them any more.
  [[nodiscard]] const std::vector<Warning>& warnings();
  /// Those of the stages before, for a stage whose results gather them.
  std::vector<Warning> earlier_warnings;
  /// A number for the manifest.
  void count(const std::string& name, Json value) { counts_[name] = std::move(value); }

  /// Makes the outputs visible; called by the pipeline. Returns the paths written.
  std::map<std::string, std::filesystem::path> commit();
  [[nodiscard]] const std::vector<Reject>& rejects() const { return rejects_; }
  [[nodiscard]] const Json& counts() const { return counts_; }
  [[nodiscard]] const std::string& stage() const { return stage_; }

 private:
  struct Output {
    std::filesystem::path path;
    std::shared_ptr<JsonlWriter> writer;
  };
  std::string stage_;
  std::string main_output_;
  const Artifacts& artifacts_;
  std::map<std::string, Output> outputs_;
  std::map<std::string, std::pair<std::filesystem::path, Json>> documents_;
  std::vector<Reject> rejects_;
  std::map<Subject, std::size_t> place_of_reject_;  ///< in `rejects_`
  Json counts_ = Json::object();
  std::vector<Warning> own_warnings_;
  std::optional<std::vector<Warning>> warnings_;
  JsonlWriter* writer_of(const std::string& artifact);
};

/// A model that a stage asks, and what for.
struct StageModel {
  std::string name;
  std::string key;  ///< the config key that names it, for messages
  ModelUse use = ModelUse::chat;
};

/// A stage as the pipeline sees it: what it reads and writes under a config, what its output depends on
/// besides its inputs, and the work. Stages meet only through files.
struct Stage {
  std::string name;
  std::function<std::vector<std::string>(const RunConfig&)> inputs;
  std::function<std::vector<std::string>(const RunConfig&)> outputs;  ///< the first one is the main output
  std::function<std::vector<StageModel>(const RunConfig&)> models;
  /// Config keys, prompts and model identities that decide the output, as JSON.
  std::function<Json(const RunConfig&, const Prompts&, Engine&)> fingerprint;
  /// Inputs that are no artifact (the raw source), as a digest; may be empty.
  std::function<std::string(const RunConfig&)> source_digest;
  std::function<void(StageRun&)> run;
  /// Its results carry the warnings of all stages that they rest on.
  bool gathers_warnings = false;
};

/// The sampling of a stage as JSON, for fingerprints.
[[nodiscard]] Json sampling_json(const Sampling& sampling);
/// What a model contributes to a fingerprint: its identity and `extra_body`.
[[nodiscard]] Json model_fingerprint(const RunConfig& config, Engine& engine, const std::string& name,
                                     std::string_view key);

}  // namespace recon
