#pragma once

#include "recon/core/log.hpp"
#include "recon/sources/fetcher.hpp"
#include "recon/sources/ingest_config.hpp"

#include <vector>

namespace recon {

/// Fetches what `recon ingest` needs for `source` and `users` into the fetcher's folder, and logs a summary
/// at the end. What could not be fetched is in the summary's `failed`; running again fetches the rest. Throws
/// UsageError for a source that can't be fetched, saying how to get it, and for users or addresses that do
/// not say what to fetch; RunError where the server has nothing at all; Interrupted.
[[nodiscard]] DownloadSummary download(const SourceConfig& source, const std::vector<UserConfig>& users,
                                       Fetcher& fetcher, Log& log);

}  // namespace recon
