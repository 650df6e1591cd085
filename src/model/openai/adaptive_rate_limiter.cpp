#include "recon/model/load_balancer.hpp"

#include <algorithm>
#include <cmath>

namespace recon {
namespace {

using Clock = AdaptiveRateLimiter::Clock;
using std::chrono::milliseconds;

constexpr milliseconds memory{1500};   ///< over which what passed is averaged
constexpr milliseconds grain{50};      ///< in which it is kept
constexpr milliseconds reaction{300};  ///< refusals that come together count once
constexpr double least_span_s = 0.25;
constexpr double largest_cut = 0.7;  ///< the pace is lowered to this share at most, at a time
constexpr double first_rate = 4;     ///< at least, a second: one refusal of a few requests proves little
constexpr double least_rate = 0.1;   ///< a second: a server that lets nothing pass is still tried
/// What was not sent in time may follow at once, up to so many seconds' worth.
constexpr double burst_s = 0.25;

// Growth a second: by doubling until the limit is found, then fast where it is far, slowly near it, and
// faster again when nothing was refused for long, since limits change.
constexpr double growth_unknown = 1.0;
constexpr double growth_far = 0.2;
constexpr double growth_near = 0.01;
constexpr double growth_free = 0.05;
constexpr double near = 0.97;
constexpr std::chrono::seconds long_free{5};

/// So many cuts, and so long nothing let pass in between, and the server was closed rather than slow.
constexpr int cuts_of_closed = 3;
constexpr std::chrono::seconds least_closed{1};
/// So many answers after it opened, and it is open indeed.
constexpr int open_after = 10;

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

AdaptiveRateLimiter::AdaptiveRateLimiter() : opening_rate_(first_rate) {}

double AdaptiveRateLimiter::tokens_at(Clock::time_point now) const {
  return std::min(std::max(1.0, *rate_ * burst_s), tokens_ + seconds(now - updated_) * *rate_);
}

bool AdaptiveRateLimiter::allows(Clock::time_point now) const { return !rate_ || tokens_at(now) >= 1 - 1e-6; }

Clock::time_point AdaptiveRateLimiter::next(Clock::time_point now) const {
  if (allows(now)) return now;
  const double wait_s = (1 - tokens_at(now)) / *rate_;
  return now + std::chrono::microseconds(static_cast<std::int64_t>(std::ceil(wait_s * 1e6)));
}

double AdaptiveRateLimiter::growth(Clock::time_point now) const {
  if (!refused_rate_) return growth_unknown;
  if (*rate_ < near * *refused_rate_) return growth_far;
  return now - *lowered_ > long_free ? growth_free : growth_near;
}

void AdaptiveRateLimiter::update(Clock::time_point now) {
  if (!rate_) return;
  tokens_ = tokens_at(now);
  *rate_ *= 1 + growth(now) * std::min(1.0, seconds(now - updated_));
  updated_ = now;
}

void AdaptiveRateLimiter::count(Clock::time_point when, double number) {
  if (number > 0 && (passed_.empty() || when - passed_.back().first > grain)) passed_.emplace_back(when, 0.0);
  const auto later =
      std::find_if(passed_.rbegin(), passed_.rend(), [&](const auto& entry) { return entry.first <= when; });
  if (later != passed_.rend()) later->second += number;
  while (!passed_.empty() && when - passed_.front().first > 4 * memory) passed_.pop_front();
}

void AdaptiveRateLimiter::sent(Clock::time_point now) {
  if (!started_) started_ = now;
  count(now, 1);
  if (!rate_) return;
  update(now);
  tokens_ -= 1;
}

double AdaptiveRateLimiter::observed(Clock::time_point now) const {
  double number = 0;
  for (const auto& [when, passed] : passed_) number += now - when <= memory ? passed : 0;
  const double span_s = std::clamp(started_ ? seconds(now - *started_) : 0.0, least_span_s, seconds(memory));
  return std::max(least_rate, number / span_s);
}

void AdaptiveRateLimiter::refused(Clock::time_point now, Clock::time_point sent) {
  count(sent, -1);
  update(now);
  if (lowered_ && (now - *lowered_ < reaction || sent < *lowered_)) return;
  const double passing = observed(now);
  if (rate_) {
    refused_rate_ = *rate_;
    rate_ = std::min(*rate_, std::max(passing, largest_cut * *rate_));
  } else {
    rate_ = std::max(passing, first_rate);
  }
  if (!closed_since_) closed_since_ = now;
  ++cuts_since_closed_;
  lowered_ = now;
  tokens_ = 0;
  updated_ = now;
}

void AdaptiveRateLimiter::answered(Clock::time_point now, Clock::time_point sent) {
  if (++answers_ >= open_after) opening_rate_ = first_rate;
  if (!closed_since_ || sent < *closed_since_) return;
  if (cuts_since_closed_ >= cuts_of_closed && sent - *closed_since_ >= least_closed) {
    update(now);
    rate_ = std::max(*rate_, opening_rate_);
    refused_rate_.reset();
    // A server that lets one pass now and then is slow all the same.
    opening_rate_ = std::max(least_rate, opening_rate_ / 2);
    answers_ = 0;
  }
  closed_since_.reset();
  cuts_since_closed_ = 0;
}

}  // namespace recon
