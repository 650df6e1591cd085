#include "recon/cli/command.hpp"
#include "recon/core/files.hpp"
#include "recon/core/json.hpp"
#include "recon/report/tables.hpp"

#include "common_options.hpp"
#include "results_output.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {
namespace {

Json read_results(const std::filesystem::path& path) {
  try {
    return Json::parse(read_file(path));
  } catch (const Json::exception& problem) {
    throw RunError(fmt::format("{}: not valid JSON: {}", path.string(), problem.what()));
  }
}

}  // namespace

void print_results(const std::filesystem::path& results) {
  const Json content = read_results(results);
  print(results_table(comparisons_from_json(content), leaks_from_json(content), warnings_from_json(content)));
}

Command report_command() {
  return {"report", "Tables of a run: on standard output and in tables.md",
          [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            auto options = std::make_shared<ConfigOptions>();
            options->declare(app);
            return [options](CommandContext& context) {
              const RunConfig config = options->read(context.environment);
              const std::filesystem::path results = config.run_dir / "results.json";
              if (!std::filesystem::exists(results)) {
                throw RunError(fmt::format("{}: there are no results yet; run `recon evaluate{}` first",
                                           results.string(), options->arguments()));
              }
              print_results(results);
              const std::filesystem::path tables = config.run_dir / "tables.md";
              const Json content = read_results(results);
              write_file(tables, results_markdown(comparisons_from_json(content), leaks_from_json(content),
                                                  warnings_from_json(content)));
              context.log.info(fmt::format("wrote {}", tables.string()));
              return ExitCode::done;
            };
          }};
}

}  // namespace recon
