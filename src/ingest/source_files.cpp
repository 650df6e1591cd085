#include "source_files.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace recon {

namespace fs = std::filesystem;

namespace {

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto [end_of_folder, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end_of_folder == folder.end();
}

/// Why a link is not followed; empty where it leads to a file inside the folder.
std::string refusal(const fs::path& link, const fs::path& root) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) return "broken symbolic link";
  if (!is_inside(target, root)) return "symbolic link out of the folder";
  if (fs::is_directory(target, error)) return "symbolic link to a folder";
  return {};
}

void list_folder(SourceFiles& found) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(found.root)) {
    const fs::path name = entry.path().lexically_relative(found.root);
    if (entry.is_symlink()) {
      std::string why = refusal(entry.path(), found.root);
      if (!why.empty()) {
        found.refused.emplace_back(name, std::move(why));
        continue;
      }
    }
    if (entry.is_regular_file()) found.files.push_back(name);
  }
}

}  // namespace

SourceFiles list_source_files(const fs::path& path) {
  SourceFiles found;
  try {
    const fs::path resolved = fs::canonical(path);
    if (fs::is_directory(resolved)) {
      found.root = resolved;
      list_folder(found);
    } else {
      found.root = resolved.parent_path();
      found.files.push_back(resolved.filename());
    }
  } catch (const fs::filesystem_error& error) {
    throw RunError(fmt::format("source '{}': {}; check source.path", path.string(),
                               error.code() == std::errc::no_such_file_or_directory
                                   ? "no such file or folder"
                                   : fmt::format("{} ({})", error.code().message(), error.path1().string())));
  }
  const auto by_name = [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); };
  std::sort(found.files.begin(), found.files.end(), by_name);
  std::sort(found.refused.begin(), found.refused.end(),
            [&](const auto& a, const auto& b) { return by_name(a.first, b.first); });
  return found;
}

std::string file_key(const fs::path& file) { return replace_invalid_utf8(file.generic_string()); }

}  // namespace recon
