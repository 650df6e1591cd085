#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/report/dataset_statistics.hpp"

#include "common_options.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

struct StatsOptions {
  ConfigOptions config;
  std::string format = "table";
};

ExitCode run(const StatsOptions& options, CommandContext& context) {
  const RunConfig config = options.config.read(context.environment);
  const auto nothing_yet = [&] {
    return RunError(fmt::format("{}: nothing is ingested yet; run `recon ingest{}` first",
                                config.run_dir.string(), options.config.arguments()));
  };
  if (!std::filesystem::exists(config.run_dir)) throw nothing_yet();  // and no folder is made
  const RunDirectory directory(config.run_dir);
  const std::filesystem::path pairs = directory.file("pairs.jsonl");
  if (!std::filesystem::exists(pairs)) throw nothing_yet();
  const auto statistics = dataset_statistics(pairs, directory.file("sessions.jsonl"));
  print(options.format == "json" ? statistics_json(statistics).dump(2) + "\n" : statistics_table(statistics));
  return ExitCode::done;
}

}  // namespace

Command stats_command() {
  return {
      "stats",
      "What was ingested: sessions, targets, context turns, words and dates, beside the paper's Table 1",
      [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
        auto options = std::make_shared<StatsOptions>();
        options->config.declare(app);
        app.add_option("--format", options->format, "table or json")->check(CLI::IsMember({"table", "json"}));
        return [options](CommandContext& context) { return run(*options, context); };
      }};
}

}  // namespace recon
