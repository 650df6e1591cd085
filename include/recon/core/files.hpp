#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace recon {

/// Whole content of a file. Throws RunError naming the path and the reason.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Writes a file that appears under its name only when complete: a temporary file in the same folder, checked
/// write, fsync and close, rename, fsync of the folder. Not committed = removed. Throws RunError on any
/// failure, with the old file untouched.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view data);
  void commit();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::string buffer_;
  int descriptor_ = -1;
  void flush();
};

void write_file(const std::filesystem::path& path, std::string_view content);

/// An exclusive advisory lock (flock) held while the object lives; the lock file stays.
class FileLock {
 public:
  /// Throws RunError naming `what` when another process holds the lock.
  FileLock(const std::filesystem::path& path, std::string_view what);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace recon
