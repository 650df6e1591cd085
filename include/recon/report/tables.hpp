#pragma once

#include "recon/statistics/comparisons.hpp"

#include <string>
#include <vector>

namespace recon {

/// The result table as plain text for a terminal: what puts the numbers in doubt, then overall per user and
/// pooled, then the dimensions, then what the traces give away.
[[nodiscard]] std::string results_table(const std::vector<Comparison>& comparisons,
                                        const std::vector<Leak>& leaks = {},
                                        const std::vector<Warning>& warnings = {});
/// The same as Markdown, for tables.md.
[[nodiscard]] std::string results_markdown(const std::vector<Comparison>& comparisons,
                                           const std::vector<Leak>& leaks = {},
                                           const std::vector<Warning>& warnings = {});

}  // namespace recon
