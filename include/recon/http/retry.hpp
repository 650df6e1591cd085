#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace recon {

/// Seconds or an HTTP date, as a pause from now; nullopt for anything else. Never negative.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after_pause(const std::string& header);

/// The pause after the `attempt`-th failed attempt (from 1): doubling, with jitter, at most half a minute.
/// The first is half a second, or less where the whole deadline is short.
[[nodiscard]] std::chrono::milliseconds backoff_pause(int attempt, std::chrono::milliseconds deadline,
                                                      std::uint64_t request);

/// At most so many requests a minute, one second's worth at once.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RateLimit(double per_minute);
  /// Takes a token; false when there is none yet.
  [[nodiscard]] bool take(Clock::time_point now);
  /// When the next token is there.
  [[nodiscard]] Clock::time_point next(Clock::time_point now) const;

 private:
  double per_second_;
  double capacity_;
  double tokens_;
  std::optional<Clock::time_point> last_;
  [[nodiscard]] double tokens_at(Clock::time_point now) const;
};

}  // namespace recon
