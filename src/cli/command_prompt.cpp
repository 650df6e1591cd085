#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"
#include "recon/report/prompt_page.hpp"
#include "recon/workflow/prompt_trial.hpp"

#include "run_options.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {
namespace {

constexpr std::size_t texts_side_by_side = 3;

struct TryOptions {
  RunOptions run;
  std::string name;
  std::vector<std::string> pairs;
  std::string file;
  int samples = 1;
  bool dry_run = false;
  bool replay = false;
};

struct CompareOptions {
  RunOptions run;
  std::string name;
  std::string a, b;
  std::size_t pairs = 20;
  bool replay = false;
};

PromptName prompt_named(const std::string& name) {
  if (const auto prompt = prompt_name_from(name)) return *prompt;
  const std::vector<std::string> known = {"backward", "reconstruct",    "judge_listwise",
                                          "generate", "judge_pairwise", "leak"};
  const auto nearest = nearest_word(name, known);
  throw UsageError(fmt::format("there is no prompt '{}'{}; there are {}", name,
                               nearest ? fmt::format(" (did you mean '{}'?)", *nearest) : "",
                               fmt::join(known, ", ")));
}

std::optional<std::filesystem::path> template_file(const std::string& argument) {
  if (argument.empty() || argument == "current") return std::nullopt;
  return argument;
}

bool any_failed(const PromptTrial& trial) {
  for (const TriedQuestion& tried : trial.questions) {
    if (tried.result && std::holds_alternative<Failure>(*tried.result)) return true;
  }
  return false;
}

ExitCode try_prompt(const TryOptions& options, CommandContext& context) {
  const PromptName prompt = prompt_named(options.name);
  const RunConfig config = options.run.config.read(context.environment);
  PipelineOptions pipeline = options.run.pipeline();
  pipeline.replay = options.replay;
  const PromptTrials trials(config, context.environment, pipeline, context.log);
  PromptTrial trial = trials.render(prompt, template_file(options.file), options.pairs, options.samples);
  if (!options.dry_run) trials.ask(trial);
  print(options.run.json ? trial_json(prompt, trial).dump(2) + "\n"
                         : trial_page(prompt, trial, config, page_style(context.environment)));
  return any_failed(trial) ? ExitCode::rejected : ExitCode::done;
}

ExitCode compare(const CompareOptions& options, CommandContext& context) {
  const PromptName prompt = prompt_named(options.name);
  const RunConfig config = options.run.config.read(context.environment);
  PipelineOptions pipeline = options.run.pipeline();
  pipeline.replay = options.replay;
  const PromptTrials trials(config, context.environment, pipeline, context.log);
  const std::vector<std::string> pairs = trials.drawn_pairs(prompt, options.pairs);
  if (pairs.empty()) throw RunError(fmt::format("the run has no pair for the prompt '{}'", options.name));
  const PromptComparison comparison =
      compare_prompts(trials, config, prompt, template_file(options.a), template_file(options.b), pairs);
  const bool judges = prompt == PromptName::judge_listwise || prompt == PromptName::judge_pairwise;
  print(options.run.json
            ? comparison_json(comparison).dump(2) + "\n"
            : comparison_page(comparison, judges ? 0 : texts_side_by_side, page_style(context.environment)));
  return comparison.a.failed + comparison.b.failed > 0 ? ExitCode::rejected : ExitCode::done;
}

using Work = std::function<ExitCode(CommandContext&)>;

void declare_try(CLI::App& app, const std::shared_ptr<Work>& chosen) {
  auto options = std::make_shared<TryOptions>();
  app.add_option("NAME", options->name,
                 "backward, reconstruct, judge (judge_listwise), generate, judge_pairwise or leak")
      ->required();
  options->run.declare(app);
  app.add_option("--pair", options->pairs, "A pair to try it on (repeatable)")
      ->required()
      ->type_name("ID")
      ->expected(1)
      ->take_all();
  app.add_option("--prompt", options->file, "A template instead of the config's")->type_name("FILE");
  app.add_option("--samples", options->samples, "Answers to each question")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  app.add_flag("--dry-run", options->dry_run, "Render only; open no connection");
  app.add_flag("--replay", options->replay, "Open no connection: every answer comes from the store");
  app.callback([options, chosen] {
    *chosen = [options](CommandContext& context) { return try_prompt(*options, context); };
  });
}

void declare_compare(CLI::App& app, const std::shared_ptr<Work>& chosen) {
  auto options = std::make_shared<CompareOptions>();
  app.add_option("A", options->a, "A template file, or `current`: the config's")->required();
  app.add_option("B", options->b, "Another one")->required();
  app.add_option("--name", options->name, "The prompt that both are templates of")
      ->required()
      ->type_name("NAME");
  options->run.declare(app);
  app.add_option("--pairs", options->pairs, "Pairs to compare on, drawn by the seed")
      ->type_name("N")
      ->check(above_zero());
  app.add_flag("--replay", options->replay, "Open no connection: every answer comes from the store");
  app.callback([options, chosen] {
    *chosen = [options](CommandContext& context) { return compare(*options, context); };
  });
}

}  // namespace

Command prompt_command() {
  return {"prompt", "Try a prompt on pairs of a run, or compare two templates, outside the run",
          [](CLI::App& app) -> Work {
            auto chosen = std::make_shared<Work>();
            app.require_subcommand(1);
            CLI::App* one =
                app.add_subcommand("try", "Render a prompt for a pair, ask it and show what comes back");
            CLI::App* two = app.add_subcommand("compare", "Two templates of one prompt on the same pairs");
            for (CLI::App* sub : {one, two}) sub->fallthrough();  // -q and -v are the command's
            declare_try(*one, chosen);
            declare_compare(*two, chosen);
            return [chosen](CommandContext& context) { return (*chosen)(context); };
          }};
}

}  // namespace recon
