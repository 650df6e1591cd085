#include "scratch_folder.hpp"

#include "recon/core/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace recon {

ScratchFolder::ScratchFolder() {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) throw RunError(fmt::format("the folder for temporary files (TMPDIR): {}", error.message()));
  std::string name = (parent / "recon-scratch-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw RunError(fmt::format("{}: no temporary folder can be made there (TMPDIR): {}", parent.string(),
                               system_error_text(errno)));
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // a destructor has nobody to tell; the system clears what is left
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace recon
