#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/report/plan_page.hpp"
#include "recon/stages/stage_list.hpp"
#include "recon/workflow/planning.hpp"

#include "run_options.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>

namespace recon {
namespace {

struct PlanOptions {
  RunOptions run;
  std::vector<std::string> stages;
  bool only = false;
  bool force = false;
};

ExitCode run(const PlanOptions& options, CommandContext& context) {
  const RunConfig config = options.run.config.read(context.environment);
  PipelineOptions pipeline = options.run.pipeline();
  pipeline.only = options.only;
  pipeline.force = options.force;
  const std::vector<std::string> targets = options.stages.empty() ? final_stages() : options.stages;
  const Plan plan = make_plan(targets, config, context.environment, pipeline, context.log);
  print(options.run.json ? plan_json(plan).dump(2) + "\n" : plan_text(plan));
  return ExitCode::done;
}

}  // namespace

Command plan_command() {
  return {"plan", "What a run would ask and cost, expected and at worst; opens no connection",
          [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            auto options = std::make_shared<PlanOptions>();
            app.add_option("STAGE", options->stages,
                           "Stages to plan, with what they need (default: the whole chain)");
            options->run.declare(app);
            options->run.declare_limit(app);
            app.add_flag("--only", options->only, "The named stages alone");
            app.add_flag("--force", options->force, "The named stages even when up to date");
            return [options](CommandContext& context) { return run(*options, context); };
          }};
}

}  // namespace recon
