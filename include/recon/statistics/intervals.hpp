#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace recon {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Wilson score interval of a proportion; {0, 1} for no trials.
[[nodiscard]] Interval wilson_interval(std::size_t successes, std::size_t trials, double confidence = 0.95);

/// Two-sided exact sign test (binomial, p = 1/2); 1 for no trials.
[[nodiscard]] double sign_test(std::size_t wins, std::size_t losses);

/// The units of a ratio estimate, summed up by cluster (group) within stratum (user).
class ClusteredSums {
 public:
  struct Sums {
    double numerator = 0;
    double denominator = 0;
  };
  /// By stratum, then by cluster.
  using Strata = std::map<std::string, std::map<std::string, Sums>>;

  /// A unit: `numerator` of `denominator` (wins of wins + losses; or a difference of 1).
  void add(const std::string& stratum, const std::string& cluster, double numerator, double denominator = 1);
  [[nodiscard]] const Strata& strata() const { return strata_; }

 private:
  Strata strata_;
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
[[nodiscard]] RatioEstimate clustered_ratio(const ClusteredSums& values, double confidence = 0.95);

struct SignFlip {
  double p = 1;           ///< two-sided
  double smallest_p = 1;  ///< the smallest that so many clusters with a sum other than zero can give
};

/// Cluster-level sign-flip test of mean zero: every cluster's sum of numerators keeps or flips its sign.
/// Exact up to 20 clusters, else 100,000 flips drawn from (seed).
[[nodiscard]] SignFlip sign_flip_test(const ClusteredSums& signed_values, std::uint64_t seed);

}  // namespace recon
