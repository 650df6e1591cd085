#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/stages/run_config.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

namespace recon {

Command schema_command() {
  return {"schema", "The JSON schema of the config, for editors",
          [](CLI::App& /*app*/) -> std::function<ExitCode(CommandContext&)> {
            return [](CommandContext&) {
              std::cout << config_schema().dump(2) << std::endl;
              if (!std::cout) throw RunError("standard output: can't be written");
              return ExitCode::done;
            };
          }};
}

}  // namespace recon
