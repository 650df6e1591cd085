#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace recon {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Wilson score interval of a proportion; {0, 1} for no trials.
[[nodiscard]] Interval wilson_interval(std::size_t successes, std::size_t trials, double confidence = 0.95);

/// Two-sided exact sign test (binomial, p = 1/2); 1 for no trials.
[[nodiscard]] double sign_test(std::size_t wins, std::size_t losses);

/// One unit of a ratio estimate: `numerator` of `denominator` (wins of wins + losses; or a difference of 1).
struct ClusteredValue {
  std::string stratum;  ///< user
  std::string cluster;  ///< group
  double numerator = 0;
  double denominator = 0;
};

struct RatioEstimate {
  double ratio = 0;
  /// Absent with fewer than two clusters, and where clusters do not differ at all (every verdict won, say):
  /// an interval of width zero would claim a certainty that is not there.
  std::optional<Interval> interval;
  double degrees_of_freedom = 0;
  std::size_t clusters = 0;
};

/// Ratio of sums with the stratified, cluster-linearised t interval: clusters within strata, Satterthwaite
/// degrees of freedom. Strata with a single cluster are taken together as one stratum; a lone one joins the
/// smallest other stratum. For a mean, every denominator is 1.
[[nodiscard]] RatioEstimate clustered_ratio(const std::vector<ClusteredValue>& values,
                                            double confidence = 0.95);

struct SignFlip {
  double p = 1;           ///< two-sided
  double smallest_p = 1;  ///< the smallest that this number of clusters can give
};

/// Cluster-level sign-flip test of mean zero: every cluster's sum of `signed_values` keeps or flips its sign.
/// Exact up to 20 clusters, else 100,000 flips drawn from (seed).
[[nodiscard]] SignFlip sign_flip_test(const std::vector<ClusteredValue>& signed_values, std::uint64_t seed);

}  // namespace recon
