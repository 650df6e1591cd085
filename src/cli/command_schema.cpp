#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/stages/run_config.hpp"

#include "terminal.hpp"
#include <CLI/CLI.hpp>

namespace recon {

Command schema_command() {
  return {"schema", "The JSON schema of the config, for editors",
          [](CLI::App& /*app*/) -> std::function<ExitCode(CommandContext&)> {
            return [](CommandContext&) {
              print(config_schema().dump(2) + "\n");
              return ExitCode::done;
            };
          }};
}

}  // namespace recon
