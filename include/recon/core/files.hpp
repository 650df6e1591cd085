#pragma once

#include <cstddef>
#include <cstdint>
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

/// A nameless file for what would not fit into memory: appended to, read at any place, gone with the object
/// (or the process). It lies in the system's folder for temporary files (TMPDIR). Throws RunError naming that
/// folder on any failure, a full disk too.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  /// Returns the offset at which the data begins.
  std::uint64_t append(std::string_view data);
  void read(std::uint64_t offset, char* into, std::size_t length);
  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t length);
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path folder_;
  std::string buffer_;      ///< the last bytes, not written yet
  std::uint64_t size_ = 0;  ///< with the buffer
  int descriptor_ = -1;
  void flush();
};

void write_file(const std::filesystem::path& path, std::string_view content);

/// An exclusive advisory lock (flock) held while the object lives; the lock file stays and says who took it.
class FileLock {
 public:
  /// Throws LockedError naming `what` and the process when another one holds the lock.
  FileLock(const std::filesystem::path& path, std::string_view what);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace recon
