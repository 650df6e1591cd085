#pragma once

#include "recon/records/run_directory.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Names of a run's files without their ending: `pairs`, `traces.backward`, ... (`results` is JSON, the
/// others JSONL).
[[nodiscard]] std::string traces_of(std::string_view method);
[[nodiscard]] std::string actions_of(std::string_view method);

/// Documents that `recon report` makes of results.json, by file name.
[[nodiscard]] const std::vector<std::string>& reports_of_results();

/// `pairs.jsonl`: the name of an artifact's file in a run directory.
[[nodiscard]] std::string file_name_of(const std::string& artifact);

/// Where the files of a run are: in a run directory, or (file mode) where the command line says.
class Artifacts {
 public:
  /// All files in the run directory.
  explicit Artifacts(const RunDirectory& directory) : directory_(&directory) {}
  /// Beside a run directory, which stays as it is: inputs from the folder `made`, where it has them, else
  /// from the run directory; outputs into the folder `outputs`.
  Artifacts(const RunDirectory& directory, std::filesystem::path made, std::filesystem::path outputs)
      : directory_(&directory), beside_(Beside{std::move(made), std::move(outputs)}) {}
  /// File mode: only what is named; `output` takes the outputs of the stage's main kind that are not named
  /// themselves.
  Artifacts(std::map<std::string, std::filesystem::path> named, std::optional<std::filesystem::path> output)
      : named_(std::move(named)), output_(std::move(output)) {}

  [[nodiscard]] bool file_mode() const { return directory_ == nullptr; }
  /// In file mode: throws UsageError for a file that is neither among the inputs nor the outputs (the first
  /// one is the main output), for outputs of which none is written, for an output over an input, and for two
  /// inputs from standard input. `user` is who takes them, for messages.
  void check(const std::string& user, const std::vector<std::string>& inputs,
             const std::vector<std::string>& outputs) const;
  /// The path of an input; in file mode a UsageError that names the missing flag.
  [[nodiscard]] std::filesystem::path input(const std::string& artifact) const;
  /// The path of an output; nullopt in file mode when nobody asked for it. `main` is the stage's main output.
  [[nodiscard]] std::optional<std::filesystem::path> output(const std::string& artifact,
                                                            const std::string& main) const;

 private:
  const RunDirectory* directory_ = nullptr;
  struct Beside {
    std::filesystem::path made;
    std::filesystem::path outputs;
  };
  std::optional<Beside> beside_;
  std::map<std::string, std::filesystem::path> named_;
  std::optional<std::filesystem::path> output_;
};

}  // namespace recon
