#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/log.hpp"
#include "recon/model/model_config.hpp"

#include <string>
#include <vector>

namespace recon {

/// The key of a model's servers, which may be sent and nothing else.
class ApiKey {
 public:
  /// From the environment variable that the config names; empty where it names none or it is not set.
  ApiKey(const ModelConfig& config, const ConfigDocument::Environment& environment);

  [[nodiscard]] const std::string& value() const { return value_; }
  /// The header that carries it: "Authorization: Bearer KEY", or the one of the config with the bare key.
  [[nodiscard]] std::string header() const;
  /// Hides the key wherever a server may have echoed it, also as JSON escapes it. Not where it has less than
  /// eight characters: those are no secrets ("EMPTY", for local servers), and stand in ordinary text.
  [[nodiscard]] std::string scrub(std::string text) const;
  /// Throws UsageError where a key is wanted and there is none, or none that a header can carry; warns where
  /// it would travel unencrypted.
  void check(const ModelConfig& config, Log& log) const;

 private:
  std::string value_;
  std::string header_name_;         ///< empty: Authorization
  std::vector<std::string> forms_;  ///< in which it may stand in a reply; empty where it is no secret
};

}  // namespace recon
