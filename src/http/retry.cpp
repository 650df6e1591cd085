#include "recon/http/retry.hpp"

#include "recon/core/random.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

#include <curl/curl.h>
#include <fmt/format.h>

namespace recon {

namespace {
constexpr std::int64_t longest_s = 30LL * 24 * 3600;
}  // namespace

std::optional<std::chrono::milliseconds> pause_of_seconds(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  const double limited = std::min(seconds, static_cast<double>(longest_s));
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(limited * 1000)));
}

std::optional<std::chrono::milliseconds> retry_after_pause(const std::string& header) {
  if (header.empty()) return std::nullopt;
  double seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error == std::errc() && end == header.data() + header.size()) {
    return std::isfinite(seconds) ? pause_of_seconds(std::max(0.0, seconds)) : std::nullopt;
  }
  const std::time_t when = curl_getdate(header.c_str(), nullptr);
  if (when == -1) return std::nullopt;
  const std::int64_t away = static_cast<std::int64_t>(when) - static_cast<std::int64_t>(std::time(nullptr));
  return std::chrono::milliseconds(std::clamp<std::int64_t>(away, 0, longest_s) * 1000);
}

std::chrono::milliseconds backoff_pause(int attempt, std::chrono::milliseconds deadline,
                                        std::uint64_t request) {
  const double first = std::min(500.0, static_cast<double>(deadline.count()) / 40.0);
  const double pause = std::min(30'000.0, first * std::exp2(std::min(attempt - 1, 16)));
  const double jitter = KeyedRandom(request, "backoff", std::to_string(attempt)).uniform();
  return std::chrono::milliseconds(static_cast<std::int64_t>(pause * (0.5 + 0.5 * jitter)));
}

RateLimit::RateLimit(double per_minute, std::optional<double> at_once)
    : per_second_(per_minute / 60.0),
      capacity_(std::max(1.0, at_once.value_or(per_minute / 60.0))),
      tokens_(capacity_) {}

double RateLimit::tokens_at(Clock::time_point now) const {
  if (!last_) return tokens_;
  const double elapsed = std::chrono::duration<double>(now - *last_).count();
  return std::min(capacity_, tokens_ + elapsed * per_second_);
}

bool RateLimit::allows(Clock::time_point now, double amount) const {
  // A hair less is enough, so that a wait computed by `next` is not cut short by rounding.
  constexpr double rounding = 1e-6;
  return per_second_ <= 0 || tokens_at(now) >= std::min(amount, capacity_) - rounding;
}

void RateLimit::spend(Clock::time_point now, double amount) {
  if (per_second_ <= 0) return;
  tokens_ = std::min(capacity_, tokens_at(now) - amount);
  last_ = now;
}

bool RateLimit::take(Clock::time_point now, double amount) {
  if (!allows(now, amount)) return false;
  spend(now, amount);
  return true;
}

RateLimit::Clock::time_point RateLimit::next(Clock::time_point now, double amount) const {
  if (per_second_ <= 0) return now;
  const double missing = std::min(amount, capacity_) - tokens_at(now);
  if (missing <= 0) return now;
  return now + std::chrono::microseconds(static_cast<std::int64_t>(std::ceil(missing / per_second_ * 1e6)));
}

}  // namespace recon
