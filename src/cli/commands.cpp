#include "recon/cli/command.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/standard_streams.hpp"
#include "recon/model/factory.hpp"

#include <clocale>
#include <cstring>
#include <iostream>

#include "terminal.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

ConfigDocument::Environment environment_of(char** environment) {
  ConfigDocument::Environment result;
  for (char** entry = environment; *entry != nullptr; ++entry) {
    if (const char* equals = std::strchr(*entry, '='))
      result.emplace(std::string(*entry, static_cast<std::size_t>(equals - *entry)), equals + 1);
  }
  return result;
}

struct LogOptions {
  bool quiet = false;
  bool verbose = false;
  std::string format = "text";

  void declare(CLI::App& app) {
    app.add_flag("-q,--quiet", quiet, "Only warnings and errors");
    app.add_flag("-v,--verbose", verbose, "Say more");
    app.add_option("--log-format", format, "How to log")->check(CLI::IsMember({"text", "json"}));
  }
  [[nodiscard]] LogLevel level() const {
    return quiet ? LogLevel::quiet : verbose ? LogLevel::verbose : LogLevel::normal;
  }
  [[nodiscard]] LogFormat log_format() const { return format == "json" ? LogFormat::json : LogFormat::text; }
};

ExitCode run_work(const std::function<ExitCode(CommandContext&)>& work,
                  const ConfigDocument::Environment& environment, Log& log) {
  try {
    install_interrupt_handlers();
    CommandContext context{environment, log};
    return work(context);
  } catch (const OutputClosed& closed) {
    return closed.exit_code();
  } catch (const Error& problem) {
    log.error(problem.what());
    return problem.exit_code();
  } catch (const std::exception& problem) {
    log.error(fmt::format("unexpected: {}", problem.what()));
    return ExitCode::failed;
  }
}

/// For whoever calls the program with nothing.
std::string the_way() {
  std::string text =
      "recon: reasoning traces from which a model can reconstruct what a person really said\n\n"
      "The two first steps, in a checkout of the project:\n"
      "  scripts/quickstart.sh                      the whole chain on a sample, with a small embedded "
      "model\n"
      "  recon plan --config configs/pmq.yaml       what a run of your own would ask and cost; then `recon "
      "run`\n\n"
      "Commands (recon COMMAND --help says more):\n";
  for (const Command& command : all_commands())
    text += fmt::format("  {:<12} {}\n", command.name, command.summary);
  return text;
}

}  // namespace

std::vector<Command> all_commands() {
  std::vector<Command> commands = stage_commands();
  commands.push_back(plan_command());
  commands.push_back(download_command());
  commands.push_back(report_command());
  commands.push_back(stats_command());
  commands.push_back(explain_command());
  commands.push_back(why_command());
  commands.push_back(failures_command());
  commands.push_back(prompt_command());
  commands.push_back(cache_command());
  commands.push_back(forget_command());
  commands.push_back(schema_command());
  commands.push_back(quantize_command());
  return commands;
}

int run_program(int argument_count, char** arguments, char** environment) {
  prepare_standard_streams();
  if (argument_count <= 1) {
    print(the_way());
    return static_cast<int>(ExitCode::done);
  }
  CLI::App app{"recon: reasoning traces from which a model can reconstruct what a person really said",
               "recon"};
  app.set_version_flag("--version", fmt::format("recon {}{}", RECON_VERSION,
                                                has_llama() ? " (with the embedded model engine)" : ""));
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong usage or config, 3 done with rejected records, 4 budget "
      "reached, "
      "5 run or store in use by another process, 130 interrupted (run again to go on).");
  LogOptions log_options;
  std::function<ExitCode(CommandContext&)> chosen;
  for (const Command& command : all_commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    auto work = command.declare(*sub);
    log_options.declare(*sub);
    sub->callback([&chosen, work] { chosen = work; });
  }
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& problem) {
    // CLI11 has exit codes of its own; for us a wrong command line is 2, help and version are 0.
    const int code = app.exit(problem);
    return static_cast<int>(code == 0 ? ExitCode::done : ExitCode::usage);
  }
  Log log(log_options.level(), log_options.log_format());
  return static_cast<int>(run_work(chosen, environment_of(environment), log));
}

}  // namespace recon
