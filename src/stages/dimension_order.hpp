#pragma once

#include "recon/core/random.hpp"
#include "recon/prompts/prompts.hpp"

#include <array>
#include <vector>

namespace recon {

/// A random order of the three dimension definitions (paper D.3).
[[nodiscard]] inline std::array<Dimension, 3> random_dimension_order(KeyedRandom random) {
  std::vector<Dimension> order = {Dimension::style, Dimension::intent, Dimension::values};
  random.shuffle(order);
  return {order[0], order[1], order[2]};
}

}  // namespace recon
