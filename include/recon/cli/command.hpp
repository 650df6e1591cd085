#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/error.hpp"
#include "recon/core/log.hpp"

#include <functional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own name
class App;
}

namespace recon {

/// What every command gets besides its own options.
struct CommandContext {
  ConfigDocument::Environment environment;
  Log& log;
};

/// One command of the program. `declare` adds its options to the parser and returns the work; nothing is
/// opened before the command line has been read whole.
struct Command {
  std::string name;
  std::string summary;
  std::function<std::function<ExitCode(CommandContext&)>(CLI::App&)> declare;
};

/// Every command, in the order of the help text. A new command is one file and one line here.
[[nodiscard]] std::vector<Command> all_commands();

[[nodiscard]] std::vector<Command> stage_commands();
[[nodiscard]] Command cache_command();
[[nodiscard]] Command plan_command();
[[nodiscard]] Command explain_command();
[[nodiscard]] Command why_command();
[[nodiscard]] Command failures_command();
[[nodiscard]] Command prompt_command();
[[nodiscard]] Command download_command();
[[nodiscard]] Command forget_command();
[[nodiscard]] Command report_command();
[[nodiscard]] Command stats_command();
[[nodiscard]] Command schema_command();
[[nodiscard]] Command quantize_command();

/// The whole program: parses, runs, catches, and gives the exit code.
[[nodiscard]] int run_program(int argument_count, char** arguments, char** environment);

}  // namespace recon
