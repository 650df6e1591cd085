#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "planted_server.hpp"

namespace recon::support {

/// A case of the real program, as its folder describes it (tests/cases/README.md): `case.yaml`, inputs, and
/// in `expected.txt` all that its commands print and write.
class Case {
 public:
  /// Throws std::runtime_error that names the file where `case.yaml` can't be read.
  explicit Case(std::filesystem::path folder);

  /// What its commands do in a fresh folder, as text: exit codes, output, requests, files. What differs from
  /// run to run (the folder, the server's port, times) has names instead. Throws std::runtime_error where a
  /// command of its preparation fails.
  [[nodiscard]] std::string play() const;
  [[nodiscard]] std::filesystem::path expectation() const { return folder_ / "expected.txt"; }
  [[nodiscard]] std::string name() const { return folder_.filename().string(); }
  /// Whether it needs the embedded model, which a program may be built without.
  [[nodiscard]] bool needs_embedded_model() const { return needs_embedded_model_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> preparation_;
  std::vector<std::string> commands_;
  std::vector<std::string> files_;  ///< the only ones that are looked at; all where empty
  std::map<std::string, std::string> environment_;
  PlantedOptions server_;
  bool needs_embedded_model_ = false;
  std::size_t interrupt_after_ = 0;  ///< requests, then the first command gets a Ctrl-C; 0 = none does
};

/// The folders of all cases, in the order of their names.
[[nodiscard]] std::vector<std::filesystem::path> all_case_folders();

}  // namespace recon::support
