#include "recon/model/load_balancer.hpp"

#include <algorithm>
#include <cmath>

namespace recon {
namespace {

constexpr double first_limit = 16;
/// Doubling the requests in flight has to bring at least this factor in answers a second to be repeated.
constexpr double worthwhile = 1.1;
/// Below this share of the best rate seen, more in flight has done harm.
constexpr double harmful = 0.75;
constexpr double step = 0.05;        ///< of the limit, once doubling is over
constexpr double decrease = 0.7;     ///< on overload
constexpr double forgetting = 0.98;  ///< of the best rate, a window: servers and replies change

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(std::size_t most)
    : most_(static_cast<double>(std::max<std::size_t>(1, most))), limit_(std::min(most_, first_limit)) {}

std::size_t ConcurrencyLimit::limit() const { return static_cast<std::size_t>(limit_); }

void ConcurrencyLimit::started(std::size_t in_flight) {
  used_up_ = used_up_ || static_cast<double>(in_flight) >= std::floor(limit_);
}

void ConcurrencyLimit::answered(std::chrono::microseconds latency) {
  // Answers got while there was room tell nothing about the limit.
  if (!used_up_) return;
  ++answers_;
  latency_sum_s_ += std::chrono::duration<double>(latency).count();
  if (static_cast<double>(answers_) >= std::floor(limit_)) end_window();
}

void ConcurrencyLimit::end_window() {
  const double latency_s = std::max(1e-6, latency_sum_s_ / static_cast<double>(answers_));
  const double rate = limit_ / latency_s;
  answers_ = 0;
  latency_sum_s_ = 0;
  used_up_ = false;
  if (doubling_) {
    doubling_ = rate >= worthwhile * best_rate_;
  } else {
    best_rate_ *= forgetting;
  }
  if (rate > best_rate_) {
    best_rate_ = rate;
    best_limit_ = limit_;
  }
  if (rate < harmful * best_rate_ && limit_ > best_limit_) {
    limit_ = best_limit_;
  } else {
    limit_ = std::min(most_, doubling_ ? 2 * limit_ : limit_ + std::max(1.0, step * limit_));
  }
}

void ConcurrencyLimit::overloaded(Clock::time_point now, Clock::time_point sent, std::size_t accepted) {
  if (sent < lowered_) return;
  lowered_ = now;
  doubling_ = false;
  best_rate_ = 0;
  answers_ = 0;
  latency_sum_s_ = 0;
  limit_ = std::min(limit_, std::max({1.0, decrease * limit_, static_cast<double>(accepted)}));
}

}  // namespace recon
