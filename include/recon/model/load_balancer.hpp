#pragma once

#include "recon/http/retry.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace recon {

/// How many requests may be in flight at one server: grows as long as more in flight also means more answered
/// a second, shrinks when the server says or shows that it is too much.
class ConcurrencyLimit {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ConcurrencyLimit(std::size_t most);
  [[nodiscard]] std::size_t limit() const;
  /// A request goes out as the `in_flight`-th on its way.
  void started(std::size_t in_flight);
  void answered(std::chrono::microseconds latency);
  /// A request sent at `sent` was refused for load, or timed out, while the server worked on `accepted`
  /// others (0: it may not be working at all), below which the limit does not fall. Requests that were
  /// already under way when the limit was last lowered tell nothing new.
  void overloaded(Clock::time_point now, Clock::time_point sent, std::size_t accepted);

 private:
  double most_;
  double limit_;
  bool doubling_ = true;  ///< until the first sign that more does not help
  bool used_up_ = false;  ///< there were as many in flight as allowed since the window began
  std::size_t answers_ = 0;
  double latency_sum_s_ = 0;
  double best_rate_ = 0;  ///< answers a second, estimated as limit / latency
  double best_limit_ = 0;
  Clock::time_point lowered_;
  void end_window();
};

/// The rate at which a server that answered 429 lets requests pass: learned from what it let pass, so that
/// few are refused and none of its allowance is left unused. No limit before the first 429.
class AdaptiveRateLimiter {
 public:
  using Clock = std::chrono::steady_clock;
  AdaptiveRateLimiter();
  [[nodiscard]] bool allows(Clock::time_point now) const;
  [[nodiscard]] Clock::time_point next(Clock::time_point now) const;
  void sent(Clock::time_point now);
  /// The server refused a request for its rate, sent at `sent`.
  void refused(Clock::time_point now, Clock::time_point sent);
  /// A request sent at `sent` was answered. Where nothing but refusals came for a while before, the server
  /// was closed rather than slow, and the pace quickly finds its limit anew.
  void answered(Clock::time_point now, Clock::time_point sent);
  /// Requests a second; nullopt while there is no limit.
  [[nodiscard]] std::optional<double> per_second() const { return rate_; }

 private:
  std::optional<double> rate_;
  std::optional<double> refused_rate_;  ///< at which the server last refused, since the limit is known
  double tokens_ = 0;
  Clock::time_point updated_;
  std::optional<Clock::time_point> started_;
  std::optional<Clock::time_point> lowered_;
  /// The first cut after which nothing that was sent later has been answered.
  std::optional<Clock::time_point> closed_since_;
  int cuts_since_closed_ = 0;
  int answers_ = 0;      ///< since it was last found open again
  double opening_rate_;  ///< a second, at which it is tried after it was closed
  /// Requests sent and not refused, per short while, oldest first: what the server lets pass.
  std::deque<std::pair<Clock::time_point, double>> passed_;
  [[nodiscard]] double tokens_at(Clock::time_point now) const;
  [[nodiscard]] double growth(Clock::time_point now) const;
  [[nodiscard]] double observed(Clock::time_point now) const;
  void update(Clock::time_point now);
  void count(Clock::time_point when, double number);
};

/// Where one request should not go, whatever others may.
struct UnwantedServers {
  std::vector<std::size_t> excluded = {};       ///< not even where no other one takes it
  std::vector<std::size_t> deprioritised = {};  ///< only where no other one takes it
};

/// Which server gets the next request of one model, and when: the model's limits (requests and tokens a
/// minute, queries a second), and for each server its concurrency, its pace, pauses it asked for, and whether
/// it is set aside as dead. Knows nothing of HTTP and takes the time from its caller.
class LoadBalancer {
 public:
  using Clock = std::chrono::steady_clock;
  struct Limits {
    std::size_t concurrency = 16;  ///< most in flight at each server
    double requests_per_minute = 0;
    double tokens_per_minute = 0;
    double queries_per_second = 0;
  };
  LoadBalancer(std::size_t servers, const Limits& limits);

  /// The server that a request of about `tokens` may be sent to now: the one with the least outstanding work
  /// among those that can take it.
  [[nodiscard]] std::optional<std::size_t> place(Clock::time_point now, double tokens,
                                                 const UnwantedServers& unwanted = {}) const;
  /// When the first server that is not in `excluded` is no longer paused, busy or not; nullopt where there is
  /// none.
  [[nodiscard]] std::optional<Clock::time_point> elsewhere(Clock::time_point now,
                                                           const std::vector<std::size_t>& excluded) const;
  /// When `place` may say something else, as far as time decides it; nullopt where only the end of a request
  /// does.
  [[nodiscard]] std::optional<Clock::time_point> next(Clock::time_point now, double tokens,
                                                      const std::vector<std::size_t>& excluded = {}) const;
  void started(std::size_t server, Clock::time_point now, double tokens);

  /// How a request ended, as far as balancing is concerned.
  enum class End {
    answered,     ///< the reply that was asked for
    rejected,     ///< another reply that is no sign of load
    throttled,    ///< 429
    overloaded,   ///< 503 and the like
    timed_out,    ///< no reply in time
    unreachable,  ///< no connection
    broken,       ///< a connection that broke
  };
  struct Ended {
    std::size_t server = 0;
    Clock::time_point sent;
    End end = End::answered;
    double tokens = 0;                                 ///< as given to `started`
    std::optional<double> used_tokens = std::nullopt;  ///< as the server reported them
    /// Asked for by the server.
    std::optional<std::chrono::milliseconds> pause = std::nullopt;
  };
  /// What changed for the server by this end.
  enum class Change { none, circuit_opened, back };
  Change ended(const Ended& ended, Clock::time_point now);

  /// True where the model's own limits hold a request of about `tokens` back.
  [[nodiscard]] bool is_limited(Clock::time_point now, double tokens) const;
  /// True where every server is set aside as dead.
  [[nodiscard]] bool all_circuits_open() const;
  [[nodiscard]] std::size_t in_flight() const;
  /// How many could be in flight now, all servers together: for the size of queues.
  [[nodiscard]] std::size_t most_in_flight() const;
  [[nodiscard]] std::size_t servers() const { return servers_.size(); }

 private:
  struct Server {
    explicit Server(std::size_t most) : concurrency(most) {}
    ConcurrencyLimit concurrency;
    AdaptiveRateLimiter pace;
    std::size_t in_flight = 0;
    double outstanding_tokens = 0;
    std::size_t consecutive_failures = 0;  ///< unreachable or silent, in a row
    bool circuit_open = false;
    bool passed = false;  ///< it answered since it last refused for a rate
    Clock::time_point paused_until;
    [[nodiscard]] bool takes(Clock::time_point now) const;
  };
  std::vector<Server> servers_;
  std::size_t concurrency_;
  RateLimit requests_;
  RateLimit tokens_;
  RateLimit queries_;
};

}  // namespace recon
