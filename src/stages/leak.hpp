#pragma once

#include "recon/stages/examples.hpp"
#include "recon/stages/stage.hpp"
#include "recon/statistics/comparisons.hpp"

#include <map>
#include <string>

namespace recon {

/// The model that scores the leak, by its name in `models:`: the one that reconstructs, by default the one
/// that generates.
[[nodiscard]] const std::string& leak_model(const RunConfig& config);

/// One entry per compared method, the baseline included. Pairs that could not be scored are rejected under
/// the stage.
[[nodiscard]] std::vector<Leak> measure_leak(StageRun& run, ExampleSet& set);

}  // namespace recon
