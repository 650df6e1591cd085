#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/report/question_page.hpp"
#include "recon/workflow/asked_before.hpp"

#include "run_options.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>

namespace recon {
namespace {

struct WhyOptions {
  RunOptions run;
  std::string pair;
  std::string stage;
};

ExitCode run(const WhyOptions& options, CommandContext& context) {
  const RunConfig config = options.run.config.read(context.environment);
  std::optional<std::string> stage;
  if (!options.stage.empty()) stage = options.stage;
  const auto stages =
      explain_questions(options.pair, stage, config, context.environment, options.run.pipeline());
  print(options.run.json ? question_json(options.pair, stages).dump(2) + "\n"
                         : question_page(options.pair, stages, page_style(context.environment)));
  return ExitCode::done;
}

}  // namespace

Command why_command() {
  return {"why", "Why something is asked again: which part of a pair's requests changed",
          [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            auto options = std::make_shared<WhyOptions>();
            app.add_option("PAIR_ID", options->pair, "A pair of pairs.jsonl")->required();
            options->run.declare(app);
            options->run.declare_limit(app);
            app.add_option("--stage", options->stage, "This stage alone")->type_name("STAGE");
            return [options](CommandContext& context) { return run(*options, context); };
          }};
}

}  // namespace recon
