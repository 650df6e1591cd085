#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/report/failures_page.hpp"
#include "recon/workflow/reject_groups.hpp"

#include <algorithm>

#include "run_options.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

struct FailuresOptions {
  RunOptions run;
  std::vector<std::string> causes;
  std::vector<std::string> retries;
  bool raw = false;
  bool keep_going = false;
};

void check_cause(const std::string& flag, const std::string& cause) {
  if (failure_kind_from(cause)) return;
  const auto fault = record_fault_from(cause);
  if (!fault)
    throw UsageError(fmt::format("{} {}: no such cause; `recon failures` shows those of a run", flag, cause));
  if (flag != "--retry") return;
  if (*fault == RecordFault::unknown) {
    throw UsageError(
        "--retry unknown: the older version that wrote these rejects did not keep their kind; run the stage "
        "again, which tries all of them again");
  }
  throw UsageError(
      fmt::format("--retry {}: no question failed for these records, their input is not as it should be; run "
                  "the stage that makes it, or mend the source",
                  cause));
}

ExitCode show(const FailuresOptions& options, std::vector<RejectGroup> groups, CommandContext& context) {
  if (!options.causes.empty()) {
    std::erase_if(groups, [&](const RejectGroup& group) {
      return std::find(options.causes.begin(), options.causes.end(), group.cause) == options.causes.end();
    });
  }
  if (options.run.json) {
    Json list = Json::array();
    for (const RejectGroup& group : groups) list.push_back(group.to_json());
    print(list.dump(2) + "\n");
  } else if (groups.empty()) {
    context.log.info("no rejects");
  } else {
    print(failures_page(groups, options.raw ? ShownRejects::all : ShownRejects::one_example,
                        page_style(context.environment)));
  }
  return ExitCode::done;
}

ExitCode retry(const FailuresOptions& options, const std::vector<RejectGroup>& groups,
               const RunConfig& config, const Json& manifest, CommandContext& context) {
  const std::vector<std::string> stages = stages_to_retry(groups, options.retries);
  if (stages.empty()) {
    context.log.info("no rejects of this cause: nothing to retry");
    return ExitCode::done;
  }
  std::size_t rejects = 0;
  for (const std::string& stage : stages) {
    PipelineOptions pipeline = options.run.pipeline();
    pipeline.only = true;
    pipeline.keep_going = options.keep_going;
    // The sample that the stage was done on, unless another one is named.
    if (!pipeline.limit) pipeline.limit = limit_of_stage(manifest, stage);
    pipeline.retry_policy = [&options](const Failure& failure) {
      return std::find(options.retries.begin(), options.retries.end(), to_string(failure.kind)) !=
             options.retries.end();
    };
    rejects += run_pipeline({stage}, config, context.environment, pipeline, context.log).rejects;
  }
  context.log.info(fmt::format("retried {}; `recon run{}` does what depends on them",
                               counted(stages.size(), "stage"), options.run.config.arguments()));
  return rejects > 0 ? ExitCode::rejected : ExitCode::done;
}

ExitCode run(const FailuresOptions& options, CommandContext& context) {
  for (const std::string& cause : options.causes) check_cause("--cause", cause);
  for (const std::string& cause : options.retries) check_cause("--retry", cause);
  const RunConfig config = options.run.config.read(context.environment);
  std::vector<RejectGroup> groups = read_reject_groups(config.run_dir / "rejects.jsonl");
  const Json manifest = RunDirectory(config.run_dir, RunDirectory::Access::look).manifest();
  note_stops(groups, manifest);
  if (options.retries.empty()) return show(options, std::move(groups), context);
  return retry(options, groups, config, manifest, context);
}

}  // namespace

Command failures_command() {
  return {
      "failures", "What was rejected, by stage and cause; asks again for some of it",
      [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
        auto options = std::make_shared<FailuresOptions>();
        options->run.declare(app);
        options->run.declare_limit(app);
        app.add_option("--cause", options->causes, "Only these causes")->type_name("CAUSE")->delimiter(',');
        app.add_flag("--raw", options->raw, "Every record, with the whole raw reply");
        app.add_option("--retry", options->retries,
                       "Run the stages that left rejects of these causes again, asking again for these alone")
            ->type_name("CAUSE")
            ->delimiter(',');
        app.add_flag("--keep-going", options->keep_going,
                     "With --retry: go on although a model gives nothing usable, or seldom");
        return [options](CommandContext& context) { return run(*options, context); };
      }};
}

}  // namespace recon
