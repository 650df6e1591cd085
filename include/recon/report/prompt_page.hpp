#pragma once

#include "recon/core/json.hpp"
#include "recon/report/page.hpp"
#include "recon/workflow/prompt_trial.hpp"

#include <string>

namespace recon {

/// What `recon prompt try` says: the rendered messages, what they cost, the replies and what was read from
/// them.
[[nodiscard]] std::string trial_page(PromptName prompt, const PromptTrial& trial, const RunConfig& config,
                                     PageStyle style);
[[nodiscard]] Json trial_json(PromptName prompt, const PromptTrial& trial);
/// What `recon prompt compare` says; of `texts` questions both replies stand below each other.
[[nodiscard]] std::string comparison_page(const PromptComparison& comparison, std::size_t texts,
                                          PageStyle style);
[[nodiscard]] Json comparison_json(const PromptComparison& comparison);

}  // namespace recon
