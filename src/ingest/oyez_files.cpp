#include "oyez_files.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace recon {

namespace fs = std::filesystem;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `<term>.<docket>`, with a term of four digits.
bool is_case_stem(std::string_view stem) {
  return stem.size() > 5 && std::all_of(stem.begin(), stem.begin() + 4, is_digit) && stem[4] == '.';
}

/// `<term>.<docket>-tNN`
bool is_hearing_stem(std::string_view stem) {
  const std::size_t mark = stem.rfind("-t");
  if (mark == std::string_view::npos || !is_case_stem(stem.substr(0, mark))) return false;
  const std::string_view number = stem.substr(mark + 2);
  return !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto [end_of_folder, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end_of_folder == folder.end();
}

/// Why a link is not read; empty where it leads to a file inside the folder.
std::string refused_link(const fs::path& link, const fs::path& root) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) return "broken symbolic link";
  if (!is_inside(target, root)) return "symbolic link out of the folder";
  if (fs::is_directory(target, error)) return "symbolic link to a folder";
  return {};
}

void sort_in(const fs::directory_entry& entry, const fs::path& root, OyezFiles& files) {
  if (entry.is_symlink()) {
    const std::string refusal = refused_link(entry.path(), root);
    if (!refusal.empty()) {
      ++files.skips[refusal];
      return;
    }
  }
  if (entry.is_directory()) return;
  const std::string stem = entry.path().stem().string();
  if (!entry.is_regular_file() || entry.path().extension() != ".json" || !is_case_stem(stem)) {
    ++files.skips["other file"];
  } else if (is_hearing_stem(stem)) {
    files.hearings.push_back(entry.path().lexically_relative(root));
  } else {
    ++files.skips["case file"];
  }
}

}  // namespace

OyezFiles list_oyez_files(const fs::path& folder) {
  OyezFiles files;
  try {
    const fs::path root = fs::canonical(folder);
    if (!fs::is_directory(root)) {
      throw RunError(
          fmt::format("source '{}': a file, expected the folder of Oyez JSON files "
                      "(<term>.<docket>-tNN.json); give source.path that folder",
                      folder.string()));
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      sort_in(entry, root, files);
    }
  } catch (const fs::filesystem_error& error) {
    throw RunError(fmt::format("source '{}': {}; check source.path", folder.string(),
                               error.code() == std::errc::no_such_file_or_directory
                                   ? "no such folder"
                                   : fmt::format("{} ({})", error.code().message(), error.path1().string())));
  }
  std::sort(files.hearings.begin(), files.hearings.end(),
            [](const fs::path& a, const fs::path& b) { return a.generic_string() < b.generic_string(); });
  return files;
}

}  // namespace recon
