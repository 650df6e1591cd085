#pragma once

#include <map>
#include <string>

#include "recon/stages/examples.hpp"
#include "recon/stages/stage.hpp"

namespace recon {

/// How much a method's traces give the action away (DESIGN section 9): the mean over the pairs that serve as examples of
/// log p(action | trace) - log p(action), both without context, in nats per token of the action.
struct Leak {
  std::string method;
  std::size_t pairs = 0;
  double nats_per_token = 0;
};

/// One entry per compared method, the baseline included. Pairs that could not be scored are rejected under the stage.
[[nodiscard]] std::vector<Leak> measure_leak(StageRun& run, const ExampleSet& set);

}  // namespace recon
