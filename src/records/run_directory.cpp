#include "recon/records/run_directory.hpp"

#include "recon/core/error.hpp"

#include <fmt/format.h>

namespace recon {

RunDirectory::RunDirectory(std::filesystem::path path, Access access) : path_(std::move(path)) {
  if (access == Access::look) return;
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error)
    throw RunError(fmt::format("{}: can't create the run directory: {}", path_.string(), error.message()));
  lock_ = std::make_unique<FileLock>(path_ / ".lock", fmt::format("the run directory {}", path_.string()));
}

std::filesystem::path RunDirectory::file(std::string_view name) const {
  const std::filesystem::path plain = path_ / name;
  std::filesystem::path compressed = plain;
  compressed += ".zst";
  return !std::filesystem::exists(plain) && std::filesystem::exists(compressed) ? compressed : plain;
}

Json RunDirectory::manifest() const {
  const std::filesystem::path path = path_ / "manifest.json";
  if (!std::filesystem::exists(path)) return Json{{"stages", Json::object()}};
  try {
    Json manifest = Json::parse(read_file(path));
    if (!manifest.is_object() || !manifest.contains("stages") || !manifest["stages"].is_object()) {
      throw RunError(
          fmt::format("{}: expected an object with 'stages'; delete it to have every stage done again "
                      "(stored answers are kept)",
                      path.string()));
    }
    return manifest;
  } catch (const Json::exception& problem) {
    throw RunError(fmt::format("{}: {}; delete it to have every stage done again (stored answers are kept)",
                               path.string(), problem.what()));
  }
}

void RunDirectory::save_manifest(const Json& manifest) const {
  write_file(path_ / "manifest.json", manifest.dump(2) + "\n");
}

}  // namespace recon
