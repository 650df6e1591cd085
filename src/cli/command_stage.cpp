#include "recon/cli/command.hpp"
#include "recon/core/files.hpp"
#include "recon/core/json.hpp"
#include "recon/report/tables.hpp"
#include "recon/stages/stage_list.hpp"
#include "recon/workflow/pipeline.hpp"

#include <algorithm>
#include <map>

#include "common_options.hpp"
#include "results_output.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

struct StageOptions {
  ConfigOptions config;
  PipelineOptions pipeline;
  std::size_t limit = 0;
  std::string store, output, rejects;
  /// File mode: artifact -> path, for the files that have a flag of their own.
  std::map<std::string, std::string> files;
  std::vector<std::string> traces, actions;
};

const std::vector<std::string> file_flags = {"sessions",        "pairs",     "neighbors", "candidates",
                                             "reconstructions", "judgments", "verdicts",  "results"};

void declare_file_options(CLI::App& app, StageOptions& options) {
  const std::string group = "Files by name (then nothing upstream runs; - is standard input or output)";
  for (const std::string& flag : file_flags) {
    app.add_option("--" + flag, options.files[flag], fmt::format("{}.jsonl", flag))
        ->type_name("FILE")
        ->group(group);
  }
  app.add_option("--traces", options.traces, "Traces of a method (repeatable)")
      ->type_name("METHOD=FILE")
      ->group(group);
  app.add_option("--actions", options.actions, "Actions of a method (repeatable)")
      ->type_name("METHOD=FILE")
      ->group(group);
  app.add_option("-o,--output", options.output, "The stage's main output")->type_name("FILE")->group(group);
  app.add_option("--rejects", options.rejects, "Where rejected records go")->type_name("FILE")->group(group);
}

void declare_options(CLI::App& app, StageOptions& options, bool one_stage) {
  options.config.declare(app);
  app.add_option("--limit", options.limit,
                 "Look at a seeded sample of N test pairs per user; the train pairs stay all")
      ->type_name("N")
      ->check(above_zero());
  app.add_flag("--force", options.pipeline.force, "Run even when up to date (stored answers are used)");
  app.add_flag("--keep-going", options.pipeline.keep_going,
               "Go on although a model gives nothing usable, or seldom");
  app.add_flag("--replay", options.pipeline.replay, "Open no connection: every answer comes from the store");
  app.add_flag("--dry-run", options.pipeline.dry_run, "Say what would run, and why");
  app.add_option("--store", options.store, "Response store, instead of the config's")->type_name("FILE");
  if (one_stage) {
    app.add_flag("--only", options.pipeline.only, "This stage alone; fail when an input is missing");
    declare_file_options(app, options);
  }
}

void add_method_files(std::map<std::string, std::filesystem::path>& named,
                      const std::vector<std::string>& values, const std::string& kind) {
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) {
      throw UsageError(fmt::format("--{} {}: expected METHOD=FILE", kind, value));
    }
    named[fmt::format("{}.{}", kind, value.substr(0, equals))] = value.substr(equals + 1);
  }
}

std::map<std::string, std::filesystem::path> named_files(const StageOptions& options) {
  std::map<std::string, std::filesystem::path> named;
  for (const auto& [artifact, path] : options.files) {
    if (!path.empty()) named[artifact] = path;
  }
  add_method_files(named, options.traces, "traces");
  add_method_files(named, options.actions, "actions");
  return named;
}

ExitCode exit_code_of(const PipelineResult& result) {
  return result.rejects > 0 ? ExitCode::rejected : ExitCode::done;
}

ExitCode run_stages(const std::vector<std::string>& targets, StageOptions& options, CommandContext& context) {
  const RunConfig config = options.config.read(context.environment);
  if (options.limit > 0) options.pipeline.limit = options.limit;
  if (!options.store.empty()) options.pipeline.store = options.store;
  if (!options.rejects.empty()) options.pipeline.rejects = options.rejects;
  const auto named = named_files(options);
  if (!named.empty() || !options.output.empty()) {
    std::optional<std::filesystem::path> output;
    if (!options.output.empty()) output = options.output;
    const Artifacts artifacts(named, output);
    return exit_code_of(
        run_on_files(targets.front(), config, context.environment, artifacts, options.pipeline, context.log));
  }
  const PipelineResult result =
      run_pipeline(targets, config, context.environment, options.pipeline, context.log);
  const bool evaluates = std::find(targets.begin(), targets.end(), "evaluate") != targets.end();
  if (evaluates && !options.pipeline.dry_run) print_results(config.run_dir / "results.json");
  return exit_code_of(result);
}

Command stage_command(const std::string& name, const std::string& summary) {
  return {name, summary, [name](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            auto options = std::make_shared<StageOptions>();
            declare_options(app, *options, true);
            return [name, options](CommandContext& context) { return run_stages({name}, *options, context); };
          }};
}

Command run_command() {
  return {"run", "The whole chain, from raw data to the table of results",
          [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            auto options = std::make_shared<StageOptions>();
            declare_options(app, *options, false);
            return
                [options](CommandContext& context) { return run_stages(final_stages(), *options, context); };
          }};
}

}  // namespace

std::vector<Command> stage_commands() {
  return {run_command(),
          stage_command("ingest", "Raw conversations -> sessions, splits and context-action pairs"),
          stage_command("retrieve", "The nearest train contexts for each test context"),
          stage_command("synthesize", "Reasoning traces: Backward Synthesis and N candidates per pair"),
          stage_command("reconstruct", "The action from context + candidate, the true one withheld"),
          stage_command("judge", "Scores of all candidates of a pair"),
          stage_command("select", "The trace kept for each pair, per method"),
          stage_command("generate", "The action for each test context, per method"),
          stage_command("evaluate", "Methods compared: win rates and likelihoods")};
}

}  // namespace recon
