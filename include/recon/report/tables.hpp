#pragma once

#include <string>
#include <vector>

#include "recon/statistics/comparisons.hpp"

namespace recon {

/// The result table as plain text for a terminal: overall per user and pooled, then the dimensions.
[[nodiscard]] std::string results_table(const std::vector<Comparison>& comparisons);
/// The same as Markdown, for tables.md.
[[nodiscard]] std::string results_markdown(const std::vector<Comparison>& comparisons);

}  // namespace recon
