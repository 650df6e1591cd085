#include "recon/cli/command.hpp"
#include "recon/core/text.hpp"
#include "recon/ingest/pseudonyms.hpp"
#include "recon/workflow/forget.hpp"

#include <algorithm>

#include "common_options.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

struct ForgetOptions {
  ConfigOptions config;
  ForgetRequest request;
  std::string store;
};

void check(const ForgetRequest& request) {
  if (request.authors.empty() && request.ids.empty()) {
    throw UsageError("forget: say whom or what: --author NAME or --id ID (both repeatable)");
  }
  for (const std::string& author : request.authors) {
    if (author.empty() || author.starts_with('['))
      throw UsageError(fmt::format("--author '{}': this names nobody", author));
  }
  for (const std::string& id : request.ids) {
    if (id.empty()) throw UsageError("--id: the id is empty");
  }
}

ExitCode run(ForgetOptions& options, CommandContext& context) {
  check(options.request);
  if (!options.store.empty()) options.request.store = options.store;
  const RunConfig config = options.config.read(context.environment);
  const ForgetSummary summary = forget(config, options.request);
  if (summary.sessions == 0) {
    context.log.warning(
        "nothing in this run's sessions is by that author or has that id (already forgotten, or spelled "
        "another way?); it is on the run's list, so that a later ingest leaves it out");
    return ExitCode::done;
  }
  context.log.info(fmt::format("forgot {} in {}; with them went {}, {} of the run's files and {}",
                               counted(summary.turns, "turn"), counted(summary.sessions, "session"),
                               counted(summary.pairs, "pair"), counted(summary.records, "other record"),
                               counted(summary.answers, "stored answer")));
  if (summary.missing_store) {
    context.log.warning(
        fmt::format("{}: no response store there, so no stored answers were removed; if the run used "
                    "another one, name it with --store",
                    summary.missing_store->string()));
  }
  for (const UserConfig& user : config.users) {
    const auto& authors = options.request.authors;
    if (std::any_of(authors.begin(), authors.end(), [&](const std::string& author) {
          return pseudonym_of(author) == pseudonym_of(user.name);
        })) {
      context.log.warning(fmt::format(
          "the config still models '{}': take them out of `users` before the next run", user.id.str()));
    }
  }
  context.log.info(fmt::format(
      "the source itself{} is untouched: delete it there too. `recon run{}` makes the run "
      "whole again",
      config.source ? fmt::format(" ({})", config.source->path.string()) : "", options.config.arguments()));
  return ExitCode::done;
}

}  // namespace

Command forget_command() {
  return {"forget", "Remove a person or an item from a run's files and its response store",
          [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            auto options = std::make_shared<ForgetOptions>();
            options->config.declare(app);
            app.add_option("--author", options->request.authors,
                           "A person, by name as the source gives it, or by pseudonym (repeatable)")
                ->type_name("NAME")
                ->expected(1)
                ->allow_extra_args(false)  // else "[deleted]" were read as a list
                ->take_all();
            app.add_option("--id", options->request.ids,
                           "A session, a group or a turn, by its id in sessions.jsonl (repeatable)")
                ->type_name("ID")
                ->expected(1)
                ->allow_extra_args(false)  // else "[deleted]" were read as a list
                ->take_all();
            app.add_option("--store", options->store, "Response store, instead of the config's")
                ->type_name("FILE");
            return [options](CommandContext& context) { return run(*options, context); };
          }};
}

}  // namespace recon
