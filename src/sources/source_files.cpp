#include "recon/sources/source_files.hpp"

#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <cstdint>
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

std::string unreadable(const std::error_code& error) {
  return fmt::format("can't be read ({}); let it be read, or take it out of the source", error.message());
}

/// Lists an entry; a folder is left for later.
void sort_in(const fs::directory_entry& entry, SourceFiles& found, std::vector<fs::path>& folders) {
  fs::path name = entry.path().lexically_relative(found.root);
  std::error_code error;
  if (entry.is_symlink(error)) {
    std::string why = refusal(entry.path(), found.root);
    if (!why.empty()) {
      found.refused.emplace_back(std::move(name), std::move(why));
      return;
    }
  }
  if (entry.is_directory(error)) {
    folders.push_back(std::move(name));
  } else if (entry.is_regular_file(error)) {
    found.files.push_back(std::move(name));
  } else if (error) {
    found.refused.emplace_back(std::move(name), unreadable(error));
  }
}

/// The library's own way through subfolders would end at the first that can't be read.
void list_folder(SourceFiles& found) {
  std::vector<fs::path> folders = {fs::path()};  // relative to the root
  while (!folders.empty()) {
    const fs::path folder = std::move(folders.back());
    folders.pop_back();
    const fs::path full = folder.empty() ? found.root : found.root / folder;
    std::error_code error;
    fs::directory_iterator entry(full, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      sort_in(*entry, found, folders);
    }
    if (!error) continue;
    if (folder.empty()) throw fs::filesystem_error("can't be read", full, error);
    found.refused.emplace_back(folder, unreadable(error));
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

Digest source_files_digest(const fs::path& path) {
  const SourceFiles found = list_source_files(path);
  DigestBuilder digest;
  for (const fs::path& name : found.files) {
    // A file that can't be looked at has no size and no time, and the same digest until it can be.
    std::error_code error;
    const std::uint64_t size = fs::file_size(found.root / name, error);
    const fs::file_time_type time = fs::last_write_time(found.root / name, error);
    digest.field(name.native());
    digest.number(size);
    digest.number(static_cast<std::uint64_t>(time.time_since_epoch().count()));
  }
  return digest.finish();
}

std::string read_source_file(const fs::path& file, std::size_t most_mib) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (!error && size > most_mib << 20U) {
    throw RunError(
        fmt::format("larger than {} MiB (a file of {} bytes) and not read; take it out of the source, or "
                    "divide it",
                    most_mib, size));
  }
  return read_file(file);
}

std::string file_key(const fs::path& file) { return replace_invalid_utf8(file.generic_string()); }

}  // namespace recon
