#pragma once

#include <filesystem>

namespace recon {

/// A fresh folder among the system's temporary files (TMPDIR), removed with all its content at the end. What
/// a killed process left of its own is removed by the next one that makes such a folder for the same user.
///
/// A folder in use is locked (flock on the folder itself), so that whether its owner lives is asked of the
/// system, which ends the lock with the process; a process number would say nothing once it is given anew.
class ScratchFolder {
 public:
  /// Throws RunError naming the folder where it can't be made.
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;  ///< of the folder; holds its lock
};

}  // namespace recon
