#pragma once

#include "recon/core/files.hpp"
#include "recon/core/json.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A run directory: the place of every file of a run (DESIGN section 5), its lock and its manifest.
class RunDirectory {
 public:
  /// `work` creates the folder where needed and takes its lock; throws LockedError when another process uses
  /// it. `look` does neither: for commands that change nothing, also where there is no folder yet.
  enum class Access { work, look };
  explicit RunDirectory(std::filesystem::path path, Access access = Access::work);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// `pairs.jsonl`, or `pairs.jsonl.zst` where only that exists.
  [[nodiscard]] std::filesystem::path file(std::string_view name) const;

  /// The manifest as last saved; an object with an empty `stages` where there is none.
  [[nodiscard]] Json manifest() const;
  void save_manifest(const Json& manifest) const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace recon
