#include "recon/cli/command.hpp"
#include "recon/report/store_table.hpp"
#include "recon/store/maintenance.hpp"
#include "recon/store/transfer.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "common_options.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

using Work = std::function<ExitCode(CommandContext&)>;

struct ChosenStore {
  std::filesystem::path path;
  StoreJournal journal = StoreJournal::automatic;
};

/// An empty value is a script's unset variable: to take it for "not given" would mean more than was meant.
CLI::Option* not_empty(CLI::Option* option) {
  return option->check([](const std::string& value) {
    return value.empty() ? std::string("is empty; give a value, or leave it out") : std::string();
  });
}

/// `--store FILE`, or the store of a config.
struct StoreChoice {
  ConfigOptions config;
  std::string store;

  void declare(CLI::App& app) {
    config.declare(app);
    app.get_option("--config")->required(false);
    not_empty(app.add_option("--store", store, "Response store, instead of the config's")->type_name("FILE"));
  }
  [[nodiscard]] ChosenStore choose(const CommandContext& context) const {
    if (config.config.empty()) {
      if (store.empty())
        throw UsageError("cache: name the store with --store FILE, or its config with --config FILE");
      return {store};
    }
    const RunConfig read = config.read(context.environment);
    return {
        store.empty() ? read.store.value_or(read.run_dir / "responses.sqlite") : std::filesystem::path(store),
        store_journal_from(read.store_journal)};
  }
};

/// "1 answer", "2 answers".
std::string counted(std::size_t number, std::string_view name) {
  return fmt::format("{} {}{}", number, name, number == 1 ? "" : "s");
}

std::string text_of(const StoreCounts& counts) {
  return fmt::format("{}, {}, {}, {}", counted(counts.questions, "question"),
                     counted(counts.answers, "answer"), counted(counts.failures, "failure"),
                     counted(counts.calls, "call"));
}

void report_differing(const StoreAddition& addition, const std::filesystem::path& store, Log& log) {
  if (addition.differing == 0) return;
  log.warning(
      fmt::format("{}: {} left out, since the store has another one for the same question and sample; "
                  "its own stays",
                  store.string(), counted(addition.differing, "answer")));
}

/// A sub-command of `cache`: `declare` adds its options and returns the work.
void add_sub_command(CLI::App& app, const std::shared_ptr<Work>& chosen, const std::string& name,
                     const std::string& summary, const std::function<Work(CLI::App&)>& declare) {
  CLI::App* sub = app.add_subcommand(name, summary);
  sub->fallthrough();  // -q and the like are options of `cache`
  sub->callback([chosen, work = declare(*sub)] { *chosen = work; });
}

Work declare_stats(CLI::App& app) {
  auto store = std::make_shared<StoreChoice>();
  auto json = std::make_shared<bool>(false);
  store->declare(app);
  app.add_flag("--json", *json, "As JSON");
  return [store, json](CommandContext& context) {
    const StoreStatistics statistics = store_statistics(store->choose(context).path);
    print(*json ? store_statistics_json(statistics).dump(2) + "\n" : store_table(statistics));
    return ExitCode::done;
  };
}

Work declare_export(CLI::App& app) {
  auto store = std::make_shared<StoreChoice>();
  auto output = std::make_shared<std::string>();
  store->declare(app);
  app.add_option("-o,--output", *output, "JSONL file to write (.zst: compressed; -: standard output)")
      ->type_name("FILE")
      ->required();
  return [store, output](CommandContext& context) {
    const StoreCounts counts = export_store(store->choose(context).path, *output);
    context.log.info(fmt::format("exported {}", text_of(counts)));
    return ExitCode::done;
  };
}

Work declare_import(CLI::App& app) {
  auto store = std::make_shared<StoreChoice>();
  auto inputs = std::make_shared<std::vector<std::string>>();
  store->declare(app);
  app.add_option("FILE", *inputs, "What `recon cache export` wrote (-: standard input)")->required();
  return [store, inputs](CommandContext& context) {
    const auto [path, journal] = store->choose(context);
    for (const std::string& input : *inputs) {
      const StoreAddition addition = import_store(path, input, journal);
      context.log.info(fmt::format("{}: read {}; added {}", input, counted(addition.read, "question"),
                                   text_of(addition.added)));
      report_differing(addition, path, context.log);
    }
    return ExitCode::done;
  };
}

Work declare_merge(CLI::App& app) {
  auto into = std::make_shared<std::string>();
  auto from = std::make_shared<std::vector<std::string>>();
  not_empty(app.add_option("INTO", *into, "Response store to add to; made when it is not there")->required());
  not_empty(app.add_option("FROM", *from, "Response stores to add; they stay as they are")->required());
  return [into, from](CommandContext& context) {
    const bool is_there = std::filesystem::exists(*into);
    print(fmt::format("{}: {} before\n", *into, text_of(is_there ? count_store(*into) : StoreCounts{})));
    for (const std::string& other : *from) {
      print(fmt::format("{}: {}\n", other, text_of(count_store(other))));
      const StoreAddition addition = merge_store(*into, other);
      print(fmt::format("{}: {} added from it\n", *into, text_of(addition.added)));
      report_differing(addition, *into, context.log);
    }
    print(fmt::format("{}: {} after\n", *into, text_of(count_store(*into))));
    return ExitCode::done;
  };
}

Work declare_verify(CLI::App& app) {
  auto store = std::make_shared<StoreChoice>();
  store->declare(app);
  return [store](CommandContext& context) {
    const std::filesystem::path path = store->choose(context).path;
    const StoreVerification found = verify_store(path);
    for (const std::string& problem : found.problems) print(problem + "\n");
    if (found.more_problems > 0) print(fmt::format("and {} more\n", found.more_problems));
    const std::size_t problems = found.problems.size() + found.more_problems;
    if (problems > 0) {
      context.log.error(
          fmt::format("{}: {} found; restore a copy, or save what is whole with `sqlite3 {} .recover`",
                      path.string(), counted(problems, "problem"), path.string()));
      return ExitCode::failed;
    }
    const std::string unchecked =
        found.unchecked == 0 ? std::string()
                             : fmt::format(" ({} without a checksum, from an older recon)", found.unchecked);
    context.log.info(fmt::format("{}: {} read{}, nothing wrong", path.string(),
                                 counted(found.answers, "answer"), unchecked));
    return ExitCode::done;
  };
}

struct PruneOptions {
  StoreChoice store;
  std::string purpose, identity, before, record;
  bool failures = false;
  bool yes = false;
};

/// 2026-11-20, or as much of 2026-11-20T15:58:42.744Z as wanted.
std::string checked_date(const std::string& date) {
  constexpr std::string_view pattern = "dddd-dd-ddTdd:dd:dd.dddZ";
  const bool fits = date.size() >= 10 && date.size() <= pattern.size() &&
                    std::equal(date.begin(), date.end(), pattern.begin(), [](char byte, char expected) {
                      return expected == 'd' ? byte >= '0' && byte <= '9' : byte == expected;
                    });
  if (!fits) throw UsageError(fmt::format("--before '{}': expected a date such as 2026-11-20 (UTC)", date));
  return date;
}

StoreFilter filter_of(const PruneOptions& options) {
  StoreFilter filter;
  if (!options.purpose.empty()) filter.purpose = options.purpose;
  if (!options.identity.empty()) filter.identity = options.identity;
  if (!options.before.empty()) filter.before = checked_date(options.before);
  if (!options.record.empty()) filter.record_prefix = options.record;
  filter.failures_only = options.failures;
  if (!filter.purpose && !filter.identity && !filter.before && !filter.record_prefix && !filter.failures_only)
    throw UsageError("cache prune: say what: --purpose, --identity, --before, --record or --failures");
  return filter;
}

std::string text_of(const StoreRemoval& removal, bool failures_only) {
  std::string failures =
      fmt::format("{} of {}", counted(removal.failures, "failure"), counted(removal.questions, "question"));
  if (failures_only) return failures;
  return fmt::format("{} and {}; their calls cost {} tokens and {:.4f} USD",
                     counted(removal.answers, "answer"), failures, removal.tokens, removal.usd);
}

ExitCode prune(const PruneOptions& options, CommandContext& context) {
  const StoreFilter filter = filter_of(options);
  const auto [path, journal] = options.store.choose(context);
  if (!options.yes) {
    const StoreRemoval removal = preview_removal(path, filter);
    print(fmt::format("{}: would remove {}\n", path.string(), text_of(removal, filter.failures_only)));
    context.log.info("nothing was removed; add --yes to do it");
    return ExitCode::done;
  }
  const StoreRemoval removal = remove_from_store(path, filter, journal);
  print(fmt::format("{}: removed {}\n", path.string(), text_of(removal, filter.failures_only)));
  return ExitCode::done;
}

Work declare_prune(CLI::App& app) {
  auto options = std::make_shared<PruneOptions>();
  options->store.declare(app);
  const auto filter = [&](const char* name, std::string& value, const char* help, const char* type) {
    not_empty(app.add_option(name, value, help)->type_name(type));
  };
  filter("--purpose", options->purpose, "Only questions of this purpose (candidates, judge, ...)", "TEXT");
  filter("--identity", options->identity, "Only of models whose identity contains this", "TEXT");
  filter("--before", options->before, "Only what came before this day (UTC)", "DATE");
  filter("--record", options->record, "Only questions for records that begin with this", "PREFIX");
  app.add_flag("--failures", options->failures, "Only failures; answers stay");
  app.add_flag("--yes", options->yes, "Do it; otherwise it is only said what would go");
  return [options](CommandContext& context) { return prune(*options, context); };
}

}  // namespace

Command cache_command() {
  return {"cache", "Look at, check, copy, merge and prune a response store", [](CLI::App& app) -> Work {
            auto chosen = std::make_shared<Work>();
            app.require_subcommand(1);
            add_sub_command(app, chosen, "stats", "Questions, answers, tokens and cost by model and purpose",
                            declare_stats);
            add_sub_command(app, chosen, "export", "Write everything as JSONL, one question a line",
                            declare_export);
            add_sub_command(app, chosen, "import", "Add what an export holds", declare_import);
            add_sub_command(app, chosen, "merge", "Add other stores to one", declare_merge);
            add_sub_command(app, chosen, "verify", "Check every page and every answer", declare_verify);
            add_sub_command(app, chosen, "prune", "Remove answers that are no longer wanted", declare_prune);
            return [chosen](CommandContext& context) { return (*chosen)(context); };
          }};
}

}  // namespace recon
