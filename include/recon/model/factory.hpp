#pragma once

#include "recon/core/log.hpp"
#include "recon/model/model_config.hpp"
#include "recon/model/provider.hpp"

#include <memory>

namespace recon {

/// The provider a model's config asks for, not yet opened. A missing key variable is found by
/// `Provider::open`, so that
/// `--replay` needs no key. Throws UsageError for `llama` where the program was built without the engine.
[[nodiscard]] std::unique_ptr<Provider> make_provider(const ModelConfig& config,
                                                      const ConfigDocument::Environment& environment,
                                                      Log& log);

/// Each provider; see model_config.hpp for what it reads.
[[nodiscard]] std::unique_ptr<Provider> make_openai_provider(const ModelConfig& config,
                                                             const ConfigDocument::Environment& environment,
                                                             Log& log);
[[nodiscard]] std::unique_ptr<Provider> make_llama_provider(const ModelConfig& config, Log& log);
[[nodiscard]] std::unique_ptr<Provider> make_hashing_provider(const ModelConfig& config);

/// True when the program was built with the embedded engine.
[[nodiscard]] bool has_llama();

}  // namespace recon
