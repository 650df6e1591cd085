#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recon {

/// The files of a source: those below a folder, or the one that the path names.
struct SourceFiles {
  std::filesystem::path root;                ///< the folder, resolved
  std::vector<std::filesystem::path> files;  ///< relative to root, in byte order of their names
  /// Links that are not followed, and why: broken ones, those to folders and those that lead out of the root.
  std::vector<std::pair<std::filesystem::path, std::string>> refused;
};

/// Lists a folder with its subfolders, or one file. Only regular files are listed. Throws RunError, naming
/// `path`, where it is missing or can't be read.
[[nodiscard]] SourceFiles list_source_files(const std::filesystem::path& path);

/// A file's name as the key of a Reject: valid UTF-8 whatever its bytes are.
[[nodiscard]] std::string file_key(const std::filesystem::path& file);

}  // namespace recon
