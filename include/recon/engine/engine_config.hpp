#pragma once

#include "recon/model/model_config.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace recon {

/// What the engine needs of a config. The models must outlive it.
struct EngineConfig {
  const std::map<std::string, ModelConfig>& models;
  std::uint64_t seed = 42;  ///< the run's: part of the key of every stored answer
  /// See named_model.
  [[nodiscard]] const ModelConfig& model(const std::string& name, std::string_view key) const {
    return named_model(models, name, key);
  }
};

}  // namespace recon
