#include "recon/core/error.hpp"
#include "recon/model/factory.hpp"
#include "recon/model/quantize.hpp"

#include <filesystem>

#include <fmt/format.h>

namespace recon {
namespace {

UsageError no_engine(const std::string& who) {
  return UsageError(
      who +
      " needs the embedded engine, but this program was built without it; scripts/setup.sh gets its source, "
      "then configure and build again (or use a model server: provider: openai)");
}

/// Stands for a model whose answers are all stored under an identity that the config names, so that a
/// recorded run can be replayed without the engine. Asking it anything new is refused.
class StoredLlama : public Provider {
 public:
  explicit StoredLlama(const ModelConfig& config)
      : config_name_(config.name),
        identity_(config.identity),
        name_(std::filesystem::path(config.path).stem().string()) {}
  [[nodiscard]] Capabilities capabilities() const override {
    Capabilities capabilities;
    capabilities.chat = capabilities.score = capabilities.embed = true;
    return capabilities;
  }
  [[nodiscard]] const std::string& identity() const override { return identity_; }
  [[nodiscard]] const std::string& model_name() const override { return name_; }
  [[nodiscard]] std::size_t concurrency() const override { return 1; }
  void open() override { throw no_engine(fmt::format("model '{}' (provider: llama)", config_name_)); }
  void submit(Call /*call*/) override { open(); }
  [[nodiscard]] std::vector<Completion> poll(std::chrono::milliseconds /*wait*/) override { return {}; }

 private:
  std::string config_name_;
  std::string identity_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Provider> make_llama_provider(const ModelConfig& config, Log& /*log*/) {
  if (config.identity.empty()) throw no_engine(fmt::format("model '{}' (provider: llama)", config.name));
  return std::make_unique<StoredLlama>(config);
}

bool has_llama() { return false; }

void quantize_model(const std::filesystem::path& input, const std::filesystem::path& /*output*/) {
  throw no_engine("quantizing " + input.string());
}

}  // namespace recon
