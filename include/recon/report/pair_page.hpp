#pragma once

#include "recon/report/page.hpp"
#include "recon/workflow/pair_records.hpp"

#include <string>

namespace recon {

/// What `recon explain` says: everything that a run's files hold about one pair.
[[nodiscard]] std::string pair_page(const PairRecords& records, PageStyle style);

}  // namespace recon
