#include "recon/model/quantize.hpp"

#include "recon/core/error.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "handles.hpp"
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace recon {
namespace {

/// Removes the file unless it was given its final name.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& target)
      : target_(target), path_(target.string() + fmt::format(".new.{}", ::getpid())) {}
  ~NewFile() {
    std::error_code ignored;
    if (!renamed_) std::filesystem::remove(path_, ignored);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void commit() {
    sync(path_);
    std::error_code error;
    std::filesystem::rename(path_, target_, error);
    if (error)
      throw RunError(fmt::format("{}: cannot be put in place: {}", target_.string(), error.message()));
    renamed_ = true;
    const std::filesystem::path folder = target_.parent_path();
    sync(folder.empty() ? "." : folder);
  }

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;
  bool renamed_ = false;

  static void sync(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw RunError(fmt::format("{}: {}", path.string(), system_error_text(errno)));
    const int code = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (code != 0)
      throw RunError(fmt::format("{}: cannot be saved: {}", path.string(), system_error_text(code)));
  }
};

}  // namespace

void quantize_model(const std::filesystem::path& input, const std::filesystem::path& output) {
  require_engine_cpu();
  if (!std::filesystem::is_regular_file(input))
    throw RunError(input.string() + ": no such file; expected a GGUF model");
  const std::filesystem::path folder = output.parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder)) {
    throw RunError(fmt::format("{}: the folder {} does not exist", output.string(), folder.string()));
  }
  const EngineMessages messages(nullptr);
  llama_backend_init();
  llama_model_quantize_params params = llama_model_quantize_default_params();
  params.ftype = LLAMA_FTYPE_MOSTLY_Q8_0;
  params.allow_requantize = true;
  NewFile file(output);
  if (llama_model_quantize(input.c_str(), file.path().c_str(), &params) != 0) {
    throw RunError(
        fmt::format("{}: cannot be quantized to {}{}", input.string(), output.string(), messages.reason()));
  }
  file.commit();
}

}  // namespace recon
