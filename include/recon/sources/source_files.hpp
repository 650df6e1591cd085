#pragma once

#include "recon/core/digest.hpp"

#include <cstddef>
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
  /// What is left out, and why: links that are broken, lead to a folder or out of the root, and what can't be
  /// read.
  std::vector<std::pair<std::filesystem::path, std::string>> refused;
};

/// Lists a folder with its subfolders, or one file. Only regular files are listed. Throws RunError, naming
/// `path`, where it is missing or can't be read.
[[nodiscard]] SourceFiles list_source_files(const std::filesystem::path& path);

/// Of the names below the root, sizes and times of the files that are listed: reading gigabytes only to see
/// that nothing changed would take too long. Throws RunError as list_source_files does.
[[nodiscard]] Digest source_files_digest(const std::filesystem::path& path);

/// The whole content of a file. One of more than `most_mib` MiB is not read at all, so that no file of a
/// source can take the memory. Throws RunError for that, and for a file that can't be read.
[[nodiscard]] std::string read_source_file(const std::filesystem::path& file, std::size_t most_mib);

/// A file's name as the key of a Reject: valid UTF-8 whatever its bytes are.
[[nodiscard]] std::string file_key(const std::filesystem::path& file);

}  // namespace recon
