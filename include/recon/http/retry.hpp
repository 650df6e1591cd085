#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace recon {

/// Seconds or an HTTP date, as a pause from now; nullopt for anything else. Never negative.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after_pause(const std::string& header);

/// A pause that a server names, at most 30 days; nullopt for what is no time.
[[nodiscard]] std::optional<std::chrono::milliseconds> pause_of_seconds(double seconds);

/// The pause after the `attempt`-th failed attempt (from 1): doubling, with jitter, at most half a minute.
/// The first is half a second, or less where the whole deadline is short.
[[nodiscard]] std::chrono::milliseconds backoff_pause(int attempt, std::chrono::milliseconds deadline,
                                                      std::uint64_t request);

/// At most so many units (requests, tokens) a minute; 0 is no limit. `at_once` units may come together, at
/// least one; where it is not given, a second's worth.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RateLimit(double per_minute, std::optional<double> at_once = std::nullopt);
  /// True when `amount` units may go now: something larger than `at_once` may when that much is there, and
  /// then what follows waits the longer.
  [[nodiscard]] bool allows(Clock::time_point now, double amount = 1) const;
  /// Takes units, allowed or not; negative amounts give back.
  void spend(Clock::time_point now, double amount = 1);
  /// Takes `amount` if allowed.
  [[nodiscard]] bool take(Clock::time_point now, double amount = 1);
  /// When `amount` will be allowed.
  [[nodiscard]] Clock::time_point next(Clock::time_point now, double amount = 1) const;

 private:
  double per_second_;
  double capacity_;
  double tokens_;
  std::optional<Clock::time_point> last_;
  [[nodiscard]] double tokens_at(Clock::time_point now) const;
};

}  // namespace recon
