#include "recon/statistics/intervals.hpp"

#include "recon/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace recon {
namespace {

constexpr std::size_t largest_exact_flip = 20;
constexpr std::size_t flips = 100'000;

using Sums = ClusteredSums::Sums;
using Strata = ClusteredSums::Strata;

/// Linearised residuals by stratum. A stratum with one cluster shows no variation of its own: such strata are
/// taken together as one; where that is still one cluster, it joins the smallest of the others.
std::vector<std::vector<double>> residuals_by_stratum(const Strata& strata, double ratio, double total) {
  std::vector<std::vector<double>> groups;
  std::vector<double> singles;
  for (const auto& [stratum, clusters] : strata) {
    std::vector<double> residuals;
    for (const auto& [cluster, sums] : clusters) {
      residuals.push_back((sums.numerator - ratio * sums.denominator) / total);
    }
    if (residuals.size() == 1) {
      singles.push_back(residuals.front());
    } else {
      groups.push_back(std::move(residuals));
    }
  }
  if (singles.size() == 1 && !groups.empty()) {
    const auto smallest =
        std::min_element(groups.begin(), groups.end(),
                         [](const auto& left, const auto& right) { return left.size() < right.size(); });
    smallest->push_back(singles.front());
  } else if (!singles.empty()) {
    groups.push_back(std::move(singles));
  }
  return groups;
}

struct Variance {
  double value = 0;
  double degrees_of_freedom = 0;
};

Variance variance_of(const std::vector<std::vector<double>>& groups) {
  double sum = 0;
  double weighted_squares = 0;
  double scale = 0;
  for (const std::vector<double>& residuals : groups) {
    const auto count = static_cast<double>(residuals.size());
    double mean = 0;
    for (const double residual : residuals) mean += residual / count;
    double squares = 0;
    for (const double residual : residuals) {
      squares += (residual - mean) * (residual - mean);
      scale = std::max(scale, residual * residual);
    }
    const double part = count / (count - 1) * squares;
    sum += part;
    weighted_squares += part * part / (count - 1);
  }
  // What is left of equal residuals after rounding is no variation.
  if (sum <= 1e-24 * scale || weighted_squares <= 0) return {};
  return {sum, sum * sum / weighted_squares};
}

/// Share of all sign patterns whose sum is at least as far from zero as the observed one. The last sign is
/// held: a pattern and its opposite count alike.
double exact_flip_p(const std::vector<double>& sums, double observed) {
  const std::size_t patterns = std::size_t{1} << (sums.size() - 1);
  std::vector<double> signs(sums.size(), 1.0);
  double total = 0;
  for (const double sum : sums) total += sum;
  std::size_t extreme = std::abs(total) >= observed ? 1 : 0;
  for (std::size_t i = 1; i < patterns; ++i) {
    std::size_t flipped = 0;  // Gray code: one sign changes a step
    while (((i >> flipped) & 1U) == 0) ++flipped;
    signs[flipped] = -signs[flipped];
    total += 2 * signs[flipped] * sums[flipped];
    if (std::abs(total) >= observed) ++extreme;
  }
  return static_cast<double>(extreme) / static_cast<double>(patterns);
}

double sampled_flip_p(const std::vector<double>& sums, double observed, std::uint64_t seed) {
  KeyedRandom random(seed, "sign_flip", "");
  std::size_t extreme = 0;
  for (std::size_t i = 0; i < flips; ++i) {
    double total = 0;
    std::uint64_t bits = 0;
    for (std::size_t j = 0; j < sums.size(); ++j) {
      if (j % 64 == 0) bits = random.next();
      total += (bits & 1U) != 0 ? sums[j] : -sums[j];
      bits >>= 1U;
    }
    if (std::abs(total) >= observed) ++extreme;
  }
  return static_cast<double>(extreme + 1) /
         static_cast<double>(flips + 1);  // the observed pattern counts too
}

}  // namespace

Interval wilson_interval(std::size_t successes, std::size_t trials, double confidence) {
  if (trials == 0) return {0, 1};
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + confidence / 2);
  const auto n = static_cast<double>(trials);
  const double rate = static_cast<double>(successes) / n;
  const double shrunk = 1 + z * z / n;
  const double center = (rate + z * z / (2 * n)) / shrunk;
  const double half = z * std::sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / shrunk;
  // At the ends the formula gives exactly 0 or 1, but for rounding.
  return {successes == 0 ? 0.0 : std::max(0.0, center - half),
          successes == trials ? 1.0 : std::min(1.0, center + half)};
}

double sign_test(std::size_t wins, std::size_t losses) {
  const std::size_t trials = wins + losses;
  if (trials == 0) return 1;
  const boost::math::binomial distribution(static_cast<double>(trials), 0.5);
  return std::min(1.0, 2 * boost::math::cdf(distribution, static_cast<double>(std::min(wins, losses))));
}

void ClusteredSums::add(const std::string& stratum, const std::string& cluster, double numerator,
                        double denominator) {
  Sums& sums = strata_[stratum][cluster];
  sums.numerator += numerator;
  sums.denominator += denominator;
}

RatioEstimate clustered_ratio(const ClusteredSums& values, double confidence) {
  const Strata& strata = values.strata();
  RatioEstimate estimate;
  Sums total;
  for (const auto& [stratum, clusters] : strata) {
    estimate.clusters += clusters.size();
    for (const auto& [cluster, sums] : clusters) {
      total.numerator += sums.numerator;
      total.denominator += sums.denominator;
    }
  }
  if (total.denominator <= 0) return estimate;
  estimate.ratio = total.numerator / total.denominator;
  if (estimate.clusters < 2) return estimate;
  const Variance variance = variance_of(residuals_by_stratum(strata, estimate.ratio, total.denominator));
  if (variance.value <= 0) return estimate;
  estimate.degrees_of_freedom = variance.degrees_of_freedom;
  const boost::math::students_t distribution(variance.degrees_of_freedom);
  const double half = boost::math::quantile(distribution, 0.5 + confidence / 2) * std::sqrt(variance.value);
  estimate.interval = Interval{estimate.ratio - half, estimate.ratio + half};
  return estimate;
}

SignFlip sign_flip_test(const ClusteredSums& signed_values, std::uint64_t seed) {
  constexpr double rounding = 1e-9;
  std::vector<double> sums;
  double observed = 0;
  double magnitude = 0;
  for (const auto& [stratum, clusters] : signed_values.strata()) {
    for (const auto& [cluster, cluster_sums] : clusters) {
      sums.push_back(cluster_sums.numerator);
      observed += cluster_sums.numerator;
      magnitude += std::abs(cluster_sums.numerator);
    }
  }
  // A group whose sum is zero is the same with either sign, and adds nothing to what the test can show.
  std::erase_if(sums, [&](double sum) { return std::abs(sum) <= rounding * magnitude; });
  if (sums.empty()) return {};
  observed = std::abs(observed) - rounding * magnitude;  // equal sums may differ by their rounding
  if (sums.size() > largest_exact_flip) {
    return {sampled_flip_p(sums, observed, seed), 1.0 / static_cast<double>(flips + 1)};
  }
  const double smallest = std::ldexp(2.0, -static_cast<int>(sums.size()));
  return {exact_flip_p(sums, observed), smallest};
}

}  // namespace recon
