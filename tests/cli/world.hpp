#pragma once

#include "recon/core/json.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "planted_server.hpp"
#include "run_program.hpp"
#include "test_folder.hpp"

namespace recon::support {

/// How large the invented conversations of a test are.
struct WorldSize {
  int users = 2;
  int sessions = 12;       ///< per user
  int turns = 4;           ///< of the user, per session
  int train_targets = 24;  ///< per user
  int test_targets = 12;   ///< per user
};

/// A folder with conversations, a config and a planted server, and the program run on them. Every text
/// carries a word of its own, so that a test can tell where it went: `action-<user>-<session>-<turn>`,
/// `context-...`; the users' names are `Namewordone`, `Namewordtwo`.
class World {
 public:
  explicit World(WorldSize size = {}, PlantedOptions options = {});

  [[nodiscard]] ProgramResult recon(std::vector<std::string> arguments,
                                    std::map<std::string, std::string> environment = {}) const;
  /// The call, for tests that start the program themselves.
  [[nodiscard]] ProgramCall call(std::vector<std::string> arguments,
                                 std::map<std::string, std::string> environment = {}) const;

  [[nodiscard]] PlantedServer& server() { return server_; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::filesystem::path run_file(const std::string& name) const {
    return folder_.path() / "run" / name;
  }
  [[nodiscard]] std::vector<Json> records(const std::string& name) const;
  /// The pooled or per-user entry of results.json for a method and a dimension.
  [[nodiscard]] Json result(const std::string& method, const std::string& dimension = "overall",
                            const std::string& user = "") const;
  void write_config(const std::string& extra);

 private:
  TestFolder folder_;
  PlantedServer server_;
};

/// Waits until the server has received `count` requests; false where that takes more than a minute.
[[nodiscard]] bool wait_for_requests(World& world, std::size_t count);

/// The bytes of all JSONL files and results.json in a run folder, by name.
[[nodiscard]] std::map<std::string, std::string> run_bytes(const std::filesystem::path& folder);
[[nodiscard]] std::vector<Json> read_lines(const std::filesystem::path& path);

}  // namespace recon::support
