#pragma once

#include "recon/core/json.hpp"
#include "recon/store/maintenance.hpp"

#include <string>

namespace recon {

/// What a response store holds, for a terminal: one table a model, one row a purpose, and the total.
[[nodiscard]] std::string store_table(const StoreStatistics& statistics);

/// The same as data (docs/cache.md).
[[nodiscard]] Json store_statistics_json(const StoreStatistics& statistics);

}  // namespace recon
