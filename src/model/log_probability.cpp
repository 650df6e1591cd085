#include "recon/model/log_probability.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace recon {
namespace {

/// Servers that compute in half precision are off by about as much.
constexpr double most_above_zero = 1e-4;
/// Logits of language models lie some tens apart, and a probability below exp(-745) is no double other than
/// 0. Servers write -9999, -1e9, -65504 or the smallest float where their own arithmetic ended.
constexpr double least = -500;
/// A guess among 300,000 tokens costs 12.6 nats. One token may cost much more, several in a row never four
/// times as much each.
constexpr double least_mean = -50;
constexpr std::int64_t several = 4;
/// The sum with one of the smallest of these stand-ins in it, and a mean that only such a one explains.
constexpr double stand_in = -9999;
constexpr double least_mean_with_stand_in = -20;

}  // namespace

std::optional<std::string> why_no_log_probability(double value) {
  if (std::isnan(value)) return "NaN is no number";
  if (std::isinf(value)) return fmt::format("{} is not finite", value > 0 ? "infinity" : "-infinity");
  if (value > most_above_zero) return fmt::format("{} is above 0", value);
  if (value <= least) return fmt::format("{} stands for minus infinity", value);
  return std::nullopt;
}

std::optional<std::string> why_no_score(const ScoreAnswer& score) {
  const double sum = score.log_probability;
  const auto tokens = static_cast<double>(score.tokens);
  const auto over = [&] { return fmt::format("{} over {} tokens", sum, score.tokens); };
  if (!std::isfinite(sum)) return over() + " is not finite";
  if (sum > most_above_zero * std::max(1.0, tokens)) return over() + " is above 0";
  if (score.tokens <= 0) return sum < 0 ? std::optional(over() + " is no sum") : std::nullopt;
  const double mean = sum / tokens;
  const bool is_long = score.tokens >= several || sum <= least;
  if ((is_long && mean <= least_mean) || (sum <= stand_in && mean <= least_mean_with_stand_in))
    return over() + " is further down than a model can go";
  return std::nullopt;
}

}  // namespace recon
