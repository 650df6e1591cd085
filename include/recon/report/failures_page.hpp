#pragma once

#include "recon/report/page.hpp"
#include "recon/workflow/reject_groups.hpp"

#include <string>
#include <vector>

namespace recon {

/// Which rejects of a group are shown.
enum class ShownRejects { one_example, all };

/// What `recon failures` says: rejects by stage and cause, with messages and raw replies.
[[nodiscard]] std::string failures_page(const std::vector<RejectGroup>& groups, ShownRejects shown,
                                        PageStyle style);

}  // namespace recon
