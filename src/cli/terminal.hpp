#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/report/page.hpp"

#include <string_view>

namespace recon {

/// As wide as COLUMNS or the terminal says, 100 columns elsewhere; colour on terminals alone, and not with
/// NO_COLOR.
[[nodiscard]] PageStyle page_style(const ConfigDocument::Environment& environment);

/// Writes the last of a command's data to standard output; throws RunError when that fails, but not where its
/// reader has gone.
void print(std::string_view text);

}  // namespace recon
