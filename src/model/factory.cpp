#include "recon/model/factory.hpp"

#include "recon/core/error.hpp"

#include <fmt/format.h>

namespace recon {

std::unique_ptr<Provider> make_provider(const ModelConfig& config,
                                        const ConfigDocument::Environment& environment, Log& log) {
  if (config.provider == "openai") return make_openai_provider(config, environment, log);
  if (config.provider == "llama") return make_llama_provider(config, log);
  if (config.provider == "hashing") return make_hashing_provider(config);
  throw UsageError(fmt::format("model '{}': unknown provider '{}'; expected openai, llama or hashing",
                               config.name, config.provider));
}

}  // namespace recon
