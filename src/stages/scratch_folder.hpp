#pragma once

#include <filesystem>

namespace recon {

/// A fresh folder among the system's temporary files (TMPDIR), removed with all its content at the end.
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
};

}  // namespace recon
