#include "recon/cli/command.hpp"
#include "recon/sources/download.hpp"

#include "common_options.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

struct DownloadOptions {
  ConfigOptions config;
  bool dry_run = false;
};

ExitCode run_download(const DownloadOptions& options, CommandContext& context) {
  const RunConfig config = options.config.read(context.environment);
  if (!config.source) {
    throw UsageError(fmt::format("{}: there is no section 'source', which names what to download",
                                 options.config.config.back()));
  }
  Fetcher::Options fetcher_options;
  fetcher_options.folder = config.source->path;
  fetcher_options.requests_per_second = config.source->download.requests_per_second;
  fetcher_options.dry_run = options.dry_run;
  SystemClock clock;
  Fetcher fetcher(std::move(fetcher_options), clock, context.log);
  const DownloadSummary summary = download(*config.source, config.users, fetcher, context.log);
  return summary.failed > 0 ? ExitCode::rejected : ExitCode::done;
}

}  // namespace

Command download_command() {
  return {
      "download", "Fetch the source's files into source.path, politely; what is there is not fetched again",
      [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
        auto options = std::make_shared<DownloadOptions>();
        options->config.declare(app);
        app.add_flag("--dry-run", options->dry_run, "Say what would be fetched first; open no connection");
        return [options](CommandContext& context) { return run_download(*options, context); };
      }};
}

}  // namespace recon
