#include "run_options.hpp"

#include <CLI/CLI.hpp>

namespace recon {

void RunOptions::declare(CLI::App& app) {
  config.declare(app);
  app.add_option("--store", store, "Response store, instead of the config's")->type_name("FILE");
  app.add_flag("--json", json, "JSON instead of text");
}

void RunOptions::declare_limit(CLI::App& app) {
  app.add_option("--limit", limit,
                 "Look at a seeded sample of N test pairs per user; the train pairs stay all")
      ->type_name("N")
      ->check(above_zero());
}

PipelineOptions RunOptions::pipeline() const {
  PipelineOptions options;
  if (limit > 0) options.limit = limit;
  if (!store.empty()) options.store = store;
  return options;
}

}  // namespace recon
