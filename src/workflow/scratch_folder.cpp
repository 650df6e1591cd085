#include "scratch_folder.hpp"

#include "recon/core/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace recon {
namespace {

namespace fs = std::filesystem;

/// Folders named `recon-scratch-` are of versions that did not lock theirs: one in use can't be told from one
/// left over.
constexpr std::string_view name_begins = "recon-scratch.";
constexpr std::string_view name_pattern = "recon-scratch.XXXXXX";

int open_folder(const fs::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/// Whether the path still leads to what was opened.
bool is_still_there(const fs::path& path, int descriptor) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

bool is_ours(int descriptor) {
  struct stat opened {};
  return ::fstat(descriptor, &opened) == 0 && opened.st_uid == ::geteuid();
}

/// Removes the folder unless a living process holds its lock.
void remove_if_left_over(const fs::path& path) {
  const int descriptor = open_folder(path);
  if (descriptor < 0) return;
  const bool is_left_over =
      is_ours(descriptor) && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && is_still_there(path, descriptor);
  std::error_code ignored;  // what can't be removed is in nobody's way
  if (is_left_over) fs::remove_all(path, ignored);
  ::close(descriptor);
}

void remove_left_over(const fs::path& parent) {
  std::error_code ignored;
  for (fs::directory_iterator entry(parent, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name.size() == name_pattern.size() && name.starts_with(name_begins))
      remove_if_left_over(entry->path());
  }
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error) throw RunError(fmt::format("the folder for temporary files (TMPDIR): {}", error.message()));
  remove_left_over(parent);
  // Between its making and its locking another process can take a folder for left over and remove it.
  for (;;) {
    std::string name = (parent / name_pattern).string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw RunError(fmt::format("{}: no temporary folder can be made there (TMPDIR): {}", parent.string(),
                                 system_error_text(errno)));
    }
    path_ = name;
    descriptor_ = open_folder(path_);
    // Where the file system knows no such locks, nobody else gets one either, and nothing is removed.
    while (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) continue;
    if (descriptor_ >= 0 && is_still_there(path_, descriptor_)) return;
    const int error_number = errno;
    const bool is_removed = descriptor_ >= 0 || error_number == ENOENT;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
    if (!is_removed) {
      throw RunError(fmt::format("{}: can't be opened: {}", path_.string(), system_error_text(error_number)));
    }
  }
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // a destructor has nobody to tell; the system clears what is left
  fs::remove_all(path_, ignored);
  ::close(descriptor_);
}

}  // namespace recon
