#pragma once

#include "recon/http/http_client.hpp"
#include "recon/model/load_balancer.hpp"
#include "recon/model/model_config.hpp"
#include "recon/model/provider.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "endpoint.hpp"
#include "error.hpp"
#include "wire.hpp"

namespace recon {

/// A call on its way, over all its attempts.
struct OpenAiJob {
  Call call;
  double tokens = 0;  ///< about what it will use, for the limits
  WireRequest wire;
  std::size_t endpoint = 0;
  OpenAiEndpoint::Use use;
  std::chrono::steady_clock::time_point sent;  ///< of the present attempt
  int attempts = 0;
  int refusals = 0;   ///< attempts that the server turned away for its rate, or until it is ready
  int malformed = 0;  ///< replies that came, and may have been paid for, but could not be read
  int unreported = 0;
  Usage usage;
  /// The last attempt failed there, and the server did not say when another one may go better.
  bool avoids_endpoint = false;
  /// Until when servers want no further attempt at this job, as they said themselves.
  std::map<std::size_t, std::chrono::steady_clock::time_point> asked_to_wait;
  bool wants_fresh_connection = false;
  bool cut_by_deadline = false;  ///< the present attempt has less time than attempts have otherwise
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::map<std::size_t, OptionTrial> trials;  ///< by server: what it was asked without
  std::optional<Failure> said;  ///< what the server answered to the last attempt that it answered

  /// What a server is asked without at the next attempt.
  [[nodiscard]] RequestOption left_out_at(std::size_t server) const;
  /// The servers that another attempt may not or had better not go to.
  [[nodiscard]] UnwantedServers unwanted(std::chrono::steady_clock::time_point now) const;
  /// When the first of those that asked to wait may be asked again; nullopt where none waits any longer.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> first_wait_over(
      std::chrono::steady_clock::time_point now) const;
};

/// How an attempt ended, as far as balancing is concerned. `error` is what the server said, where it answered
/// with an error.
[[nodiscard]] LoadBalancer::End end_of(const HttpReply& reply, const OpenAiJob& job,
                                       const std::optional<ServerError>& error);

/// True where the server, or one behind it, may have done the work and may charge for it although the reply
/// tells no tokens.
[[nodiscard]] bool may_be_paid(const HttpReply& reply, const std::optional<ServerError>& error);

/// What the server asks for: in so many words, or by saying that nothing is left of an allowance.
[[nodiscard]] std::optional<std::chrono::milliseconds> asked_pause(const HttpReply& reply,
                                                                   const std::optional<ServerError>& error);

/// What was asked, and of whom.
struct Asked {
  const ModelConfig& config;
  std::string address;
  const Request& request;
};

/// What an error means, for people: the server's own reason in one line, and what to do. Never the key: its
/// variable.
[[nodiscard]] Failure failure_of(const ServerError& error, const HttpReply& reply, const Asked& asked);

/// The pause before another attempt. A server's own pause is the least, and where it refused for its rate
/// enough: the pace keeps refused requests from coming back too fast. Elsewhere `Retry-After: 0` would be a
/// tight loop.
[[nodiscard]] std::chrono::milliseconds pause_before_next(const OpenAiJob& job,
                                                          std::optional<std::chrono::milliseconds> asked,
                                                          bool refused_for_rate,
                                                          std::chrono::milliseconds deadline);

/// The beginning of a reply, for rejects.
[[nodiscard]] std::string shortened(const std::string& text);

}  // namespace recon
