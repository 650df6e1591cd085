#pragma once

#include "recon/core/json.hpp"
#include "recon/workflow/planning.hpp"

#include <string>

namespace recon {

/// A plan as tables: what each stage would ask and cost, and what saves prompt tokens.
[[nodiscard]] std::string plan_text(const Plan& plan);
[[nodiscard]] Json plan_json(const Plan& plan);

}  // namespace recon
