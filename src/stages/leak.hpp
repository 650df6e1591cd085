#pragma once

#include "recon/stages/examples.hpp"
#include "recon/stages/stage.hpp"
#include "recon/statistics/comparisons.hpp"

#include <map>
#include <string>

namespace recon {

/// One entry per compared method, the baseline included. Pairs that could not be scored are rejected under
/// the stage.
[[nodiscard]] std::vector<Leak> measure_leak(StageRun& run, ExampleSet& set);

}  // namespace recon
