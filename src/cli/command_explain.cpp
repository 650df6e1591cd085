#include "recon/cli/command.hpp"
#include "recon/core/json.hpp"
#include "recon/report/pair_page.hpp"
#include "recon/workflow/pair_records.hpp"

#include "run_options.hpp"
#include "terminal.hpp"
#include <CLI/CLI.hpp>

namespace recon {

Command explain_command() {
  return {"explain", "Everything that a run knows of one pair, from its context to the verdicts",
          [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            struct Options {
              ConfigOptions config;
              std::string pair;
              bool json = false;
            };
            auto options = std::make_shared<Options>();
            app.add_option("PAIR_ID", options->pair, "A pair of pairs.jsonl")->required();
            options->config.declare(app);
            app.add_flag("--json", options->json, "One JSON object instead of text");
            return [options](CommandContext& context) {
              const RunConfig config = options->config.read(context.environment);
              const PairRecords records = read_pair_records(config.run_dir, options->pair);
              print(options->json ? records.to_json().dump(2) + "\n"
                                  : pair_page(records, page_style(context.environment)));
              return ExitCode::done;
            };
          }};
}

}  // namespace recon
