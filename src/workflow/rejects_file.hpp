#pragma once

#include "recon/records/records.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace recon {

/// Replaces a stage's entries in rejects.jsonl; the other stages' stay. A file without entries is removed.
void update_rejects_file(const std::filesystem::path& path, const std::string& stage,
                         const std::vector<Reject>& rejects);

}  // namespace recon
