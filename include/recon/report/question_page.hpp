#pragma once

#include "recon/core/json.hpp"
#include "recon/report/page.hpp"
#include "recon/workflow/asked_before.hpp"

#include <string>
#include <vector>

namespace recon {

/// What `recon why` says: each question of a pair, whether the store has it, and what changed.
[[nodiscard]] std::string question_page(const std::string& pair, const std::vector<ExplainedStage>& stages,
                                        PageStyle style);
[[nodiscard]] Json question_json(const std::string& pair, const std::vector<ExplainedStage>& stages);

}  // namespace recon
