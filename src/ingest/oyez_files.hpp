#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace recon {

/// The hearing files of a folder, and what else lies in it.
struct OyezFiles {
  std::vector<std::filesystem::path> hearings;  ///< relative to the folder, sorted
  std::map<std::string, std::size_t> skips;     ///< reason -> how many
};

/// Lists a folder of the Oyez archive with its subfolders. Links are followed only to files inside the
/// folder. Throws RunError for a folder that is missing or can't be read.
[[nodiscard]] OyezFiles list_oyez_files(const std::filesystem::path& folder);

}  // namespace recon
