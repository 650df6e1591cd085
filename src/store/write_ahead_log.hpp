#pragma once

#include <filesystem>

namespace recon {

/// Throws RunError where the write-ahead log beside a store has lost commits that were synced: SQLite reads a
/// log up to the first damaged frame and drops the rest without a word, as after a crash. What a crash leaves
/// (one unfinished commit at the end) passes; so does damage to the last two commits, which looks the same.
/// To be called before SQLite opens the store, since it removes the log when it can. Another process may be
/// writing meanwhile. Does nothing where there is no log.
void check_store_log(const std::filesystem::path& store);

}  // namespace recon
