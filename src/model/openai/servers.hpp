#pragma once

#include "recon/core/log.hpp"
#include "recon/http/http_client.hpp"
#include "recon/model/load_balancer.hpp"
#include "recon/model/model_config.hpp"
#include "recon/model/provider.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "attempt.hpp"
#include "endpoint.hpp"
#include "error.hpp"
#include "wire.hpp"

namespace recon {

/// The servers of one model: what each one supports, and how much of what it may be sent. Learns from how
/// attempts end, and says aloud when a server goes, comes back or wants a long pause.
class OpenAiServers {
 public:
  OpenAiServers(const ModelConfig& config, Log& log);

  [[nodiscard]] OpenAiEndpoint& at(std::size_t server) { return endpoints_.at(server); }
  [[nodiscard]] const OpenAiEndpoint& at(std::size_t server) const { return endpoints_.at(server); }
  [[nodiscard]] LoadBalancer& balancer() { return balancer_; }
  [[nodiscard]] const LoadBalancer& balancer() const { return balancer_; }
  /// Prompt and replies, the replies as long as they were on average so far.
  [[nodiscard]] double expected_tokens(const Call& call) const;
  /// An attempt at `job` ended with `reply`, which says `parsed` or `error`.
  void ended(const HttpReply& reply, const OpenAiJob& job, const WireReply& parsed,
             const std::optional<ServerError>& error);
  /// Why no server takes a request of about `tokens`; nullopt where one does, or its place is all that is
  /// missing.
  [[nodiscard]] std::optional<WaitReason> waiting_for(std::chrono::steady_clock::time_point now,
                                                      double tokens) const;

 private:
  std::string model_;  ///< as stages name it
  Log* log_;
  std::vector<OpenAiEndpoint> endpoints_;
  LoadBalancer balancer_;
  std::vector<WaitReason> told_;       ///< by server: the last pause that it asked for
  std::vector<std::string> troubles_;  ///< by server: why it could not be reached
  double reply_tokens_ = 0;            ///< of an answer, as learned so far
  std::chrono::steady_clock::time_point pause_told_until_;
  void learn_reply_tokens(const WireReply& parsed);
  void note_pause(std::size_t server, std::chrono::milliseconds pause,
                  const std::optional<ServerError>& error);
};

}  // namespace recon
