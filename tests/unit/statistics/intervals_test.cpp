#include "recon/statistics/intervals.hpp"

#include "recon/core/random.hpp"

#include <cmath>

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::Le;

TEST(WilsonInterval, MatchesKnownValues) {
  const Interval half = wilson_interval(5, 10);
  EXPECT_NEAR(half.low, 0.236593, 1e-6);
  EXPECT_NEAR(half.high, 0.763407, 1e-6);
  const Interval third = wilson_interval(1, 3);
  EXPECT_NEAR(third.low, 0.061492, 1e-6);
  EXPECT_NEAR(third.high, 0.792340, 1e-6);
}

TEST(WilsonInterval, StaysWithinZeroAndOneAtTheEnds) {
  const Interval none = wilson_interval(0, 10);
  EXPECT_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 0.277533, 1e-6);
  const Interval all = wilson_interval(10, 10);
  EXPECT_NEAR(all.low, 1 - 0.277533, 1e-6);
  EXPECT_EQ(all.high, 1.0);
}

TEST(WilsonInterval, SaysNothingWithoutTrials) {
  EXPECT_EQ(wilson_interval(0, 0).low, 0.0);
  EXPECT_EQ(wilson_interval(0, 0).high, 1.0);
}

TEST(WilsonInterval, IsWiderForMoreConfidence) {
  EXPECT_LT(wilson_interval(5, 10, 0.99).low, wilson_interval(5, 10, 0.9).low);
}

TEST(SignTest, MatchesValuesByHand) {
  EXPECT_NEAR(sign_test(8, 2), 112.0 / 1024, 1e-12);
  EXPECT_NEAR(sign_test(2, 8), 112.0 / 1024, 1e-12);
  EXPECT_NEAR(sign_test(5, 0), 2.0 / 32, 1e-12);
  EXPECT_NEAR(sign_test(6, 0), 2.0 / 64, 1e-12);
}

TEST(SignTest, IsAtMostOne) {
  EXPECT_EQ(sign_test(3, 3), 1.0);
  EXPECT_EQ(sign_test(1, 0), 1.0);
  EXPECT_EQ(sign_test(0, 0), 1.0);
}

TEST(SignTest, StaysExactForManyTrials) { EXPECT_NEAR(sign_test(5000, 5000 - 200), 0.0444, 5e-4); }

struct ClusteredValue {
  std::string stratum;
  std::string cluster;
  double numerator = 0;
  double denominator = 0;
};

ClusteredSums sums_of(const std::vector<ClusteredValue>& values) {
  ClusteredSums sums;
  for (const ClusteredValue& value : values)
    sums.add(value.stratum, value.cluster, value.numerator, value.denominator);
  return sums;
}

RatioEstimate ratio_of(const std::vector<ClusteredValue>& values) { return clustered_ratio(sums_of(values)); }

SignFlip flip_of(const std::vector<ClusteredValue>& values, std::uint64_t seed) {
  return sign_flip_test(sums_of(values), seed);
}

TEST(ClusteredRatio, MatchesAnExampleByHand) {
  // R = 6/10; residuals 0.02, -0.08, 0.06; variance 3/2 * 0.0104; t(2) = 4.302653.
  const RatioEstimate estimate = ratio_of({{"u", "x", 2, 3}, {"u", "y", 1, 3}, {"u", "z", 3, 4}});
  EXPECT_NEAR(estimate.ratio, 0.6, 1e-12);
  EXPECT_EQ(estimate.clusters, 3U);
  EXPECT_NEAR(estimate.degrees_of_freedom, 2, 1e-9);
  ASSERT_TRUE(estimate.interval);
  EXPECT_NEAR(estimate.interval->low, 0.6 - 4.302653 * std::sqrt(0.0156), 1e-6);
  EXPECT_NEAR(estimate.interval->high, 0.6 + 4.302653 * std::sqrt(0.0156), 1e-6);
}

TEST(ClusteredRatio, AddsUnitsOfOneClusterFirst) {
  const RatioEstimate whole = ratio_of({{"u", "x", 2, 3}, {"u", "y", 1, 3}, {"u", "z", 3, 4}});
  const RatioEstimate units =
      ratio_of({{"u", "x", 1, 1}, {"u", "z", 3, 4}, {"u", "x", 0, 1}, {"u", "y", 1, 3}, {"u", "x", 1, 1}});
  ASSERT_TRUE(units.interval);
  EXPECT_NEAR(units.interval->low, whole.interval->low, 1e-12);
  EXPECT_EQ(units.clusters, 3U);
}

TEST(ClusteredRatio, AddsStrataWithSatterthwaiteDegreesOfFreedom) {
  const RatioEstimate estimate =
      ratio_of({{"a", "1", 3, 4}, {"a", "2", 1, 4}, {"a", "3", 2, 2}, {"b", "1", 0, 3}, {"b", "2", 3, 3}});
  // By hand: residuals of a (0.75, -1.25, 0.875)/16, of b (-1.6875, 1.3125)/16, each around its stratum's
  // mean.
  const double a = 1.5 * (0.625 * 0.625 + 1.375 * 1.375 + 0.75 * 0.75) / 256;
  const double b = 2 * (1.5 * 1.5 + 1.5 * 1.5) / 256;
  EXPECT_EQ(estimate.clusters, 5U);
  EXPECT_NEAR(estimate.ratio, 0.5625, 1e-12);
  const double df = (a + b) * (a + b) / (a * a / 2 + b * b / 1);
  EXPECT_NEAR(estimate.degrees_of_freedom, df, 1e-9);
  const double t = boost::math::quantile(boost::math::students_t(df), 0.975);
  ASSERT_TRUE(estimate.interval);
  EXPECT_NEAR(estimate.interval->high, 0.5625 + t * std::sqrt(a + b), 1e-9);
}

TEST(ClusteredRatio, TakesStrataOfOneClusterTogether) {
  const RatioEstimate apart = ratio_of({{"a", "x", 2, 3}, {"b", "y", 1, 3}, {"c", "z", 3, 4}});
  const RatioEstimate together = ratio_of({{"u", "x", 2, 3}, {"u", "y", 1, 3}, {"u", "z", 3, 4}});
  ASSERT_TRUE(apart.interval);
  EXPECT_NEAR(apart.interval->low, together.interval->low, 1e-12);
  EXPECT_NEAR(apart.degrees_of_freedom, together.degrees_of_freedom, 1e-12);
}

TEST(ClusteredRatio, AddsTheOnlyStratumOfOneClusterToTheSmallestOther) {
  const RatioEstimate apart = ratio_of({{"a", "1", 3, 4},
                                        {"a", "2", 1, 4},
                                        {"a", "3", 2, 2},
                                        {"b", "1", 0, 3},
                                        {"b", "2", 3, 3},
                                        {"c", "1", 1, 2}});
  const RatioEstimate joined = ratio_of({{"a", "1", 3, 4},
                                         {"a", "2", 1, 4},
                                         {"a", "3", 2, 2},
                                         {"b", "1", 0, 3},
                                         {"b", "2", 3, 3},
                                         {"b", "3", 1, 2}});
  ASSERT_TRUE(apart.interval);
  EXPECT_EQ(apart.clusters, 6U);
  EXPECT_NEAR(apart.interval->low, joined.interval->low, 1e-12);
}

TEST(ClusteredRatio, KeepsEquallyNamedClustersOfDifferentStrataApart) {
  EXPECT_EQ(ratio_of({{"a", "x", 1, 1}, {"b", "x", 0, 1}}).clusters, 2U);
}

TEST(ClusteredRatio, GivesNoIntervalWithoutVariationToJudgeBy) {
  EXPECT_FALSE(ratio_of({}).interval);
  EXPECT_FALSE(ratio_of({{"u", "x", 3, 4}}).interval);
  const RatioEstimate all_won = ratio_of({{"u", "x", 3, 3}, {"u", "y", 4, 4}, {"u", "z", 0.7, 0.7}});
  EXPECT_FALSE(all_won.interval) << "a width of zero would claim a certainty that three clusters do not give";
  EXPECT_NEAR(all_won.ratio, 1.0, 1e-12);
}

TEST(ClusteredRatio, IgnoresTheOrderOfUnits) {
  const RatioEstimate one =
      ratio_of({{"u", "x", 2, 3}, {"u", "y", 1, 3}, {"v", "z", 3, 4}, {"v", "w", 1, 4}});
  const RatioEstimate other =
      ratio_of({{"v", "w", 1, 4}, {"v", "z", 3, 4}, {"u", "y", 1, 3}, {"u", "x", 2, 3}});
  ASSERT_TRUE(one.interval);
  EXPECT_EQ(one.interval->low, other.interval->low);
  EXPECT_EQ(one.interval->high, other.interval->high);
}

/// Wins of a world in which every cluster has its own rate around one half: Wilson's interval would be too
/// narrow there.
std::vector<ClusteredValue> clustered_world(std::size_t draw) {
  KeyedRandom random(7, "coverage", std::to_string(draw));
  std::vector<ClusteredValue> values;
  const std::size_t clusters_of_user[] = {14, 10, 6};
  for (std::size_t user = 0; user < 3; ++user) {
    for (std::size_t cluster = 0; cluster < clusters_of_user[user]; ++cluster) {
      const double rate = 0.3 + 0.4 * random.uniform();
      const std::size_t units = 5 + random.below(15);
      double wins = 0;
      for (std::size_t unit = 0; unit < units; ++unit) wins += random.uniform() < rate ? 1 : 0;
      values.push_back({std::to_string(user), std::to_string(cluster), wins, static_cast<double>(units)});
    }
  }
  return values;
}

TEST(ClusteredRatio, CoversTheTruthAsOftenAsItSays) {
  constexpr std::size_t draws = 2000;
  std::size_t covered = 0;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    const RatioEstimate estimate = ratio_of(clustered_world(draw));
    ASSERT_TRUE(estimate.interval);
    covered += estimate.interval->low <= 0.5 && 0.5 <= estimate.interval->high ? 1 : 0;
  }
  EXPECT_THAT(static_cast<double>(covered) / draws, AllOf(Ge(0.92), Le(0.975)));
}

std::vector<ClusteredValue> signed_clusters(const std::vector<double>& sums) {
  std::vector<ClusteredValue> values;
  for (std::size_t i = 0; i < sums.size(); ++i) values.push_back({"u", fmt::format("{:03}", i), sums[i], 1});
  return values;
}

TEST(SignFlipTest, CountsAllPatternsOfFewClusters) {
  // |1+2+3| is reached by 2 of 8 patterns; |1+2-3| = 0 by all.
  EXPECT_NEAR(flip_of(signed_clusters({1, 2, 3}), 1).p, 0.25, 1e-12);
  EXPECT_NEAR(flip_of(signed_clusters({1, 2, -3}), 1).p, 1.0, 1e-12);
  // |4| of 1, 2, 3, with signs: 6, 4, 2, 0, 0, 2, 4, 6 -> 4 of 8.
  EXPECT_NEAR(flip_of(signed_clusters({-1, 2, 3}), 1).p, 0.5, 1e-12);
}

TEST(SignFlipTest, SaysWhatTheNumberOfClustersCanGive) {
  EXPECT_EQ(flip_of({}, 1).p, 1.0);
  EXPECT_EQ(flip_of({}, 1).smallest_p, 1.0);
  EXPECT_NEAR(flip_of(signed_clusters({5}), 1).smallest_p, 1.0, 1e-12);
  EXPECT_NEAR(flip_of(signed_clusters({5, 1, 1, 1, 1}), 1).smallest_p, 0.0625, 1e-12);
  EXPECT_NEAR(flip_of(signed_clusters({5, 1, 1, 1, 1, 1}), 1).smallest_p, 0.03125, 1e-12);
}

TEST(SignFlipTest, AClusterWhoseSumIsZeroShowsNothing) {
  const SignFlip flip = flip_of(signed_clusters({5, 1, 0, 1, 0, 1, 1, 0}), 1);
  EXPECT_NEAR(flip.smallest_p, 0.0625, 1e-12);
  EXPECT_EQ(flip.p, flip_of(signed_clusters({5, 1, 1, 1, 1}), 1).p);
  EXPECT_EQ(flip_of(signed_clusters({0, 0, 0, 0, 0, 0}), 1).smallest_p, 1.0);
  // 0.1 + 0.2 - 0.3 is zero but for its rounding.
  const std::vector<ClusteredValue> values = {
      {"u", "x", 0.1, 1}, {"u", "x", 0.2, 1}, {"u", "x", -0.3, 1}, {"u", "y", 1, 1}, {"u", "z", 1, 1}};
  EXPECT_NEAR(flip_of(values, 1).smallest_p, 0.5, 1e-12);
}

TEST(SignFlipTest, AddsUnitsWithinClusters) {
  const std::vector<ClusteredValue> values = {
      {"u", "x", 1, 1}, {"u", "x", 1, 1}, {"u", "y", 1, 1}, {"v", "x", 1, 1}, {"u", "x", -1, 1}};
  EXPECT_NEAR(flip_of(values, 1).p, 0.25, 1e-12) << "three clusters with sums 1, 1, 1";
}

TEST(SignFlipTest, RoundingDoesNotSplitEqualSums) {
  // All of one sign, in steps that are no exact binary fractions.
  EXPECT_NEAR(flip_of(signed_clusters(std::vector<double>(12, 0.1)), 1).p, std::ldexp(1.0, -11), 1e-12);
}

TEST(SignFlipTest, IsExactAtTwentyClusters) {
  EXPECT_NEAR(flip_of(signed_clusters(std::vector<double>(20, 1.0)), 1).p, std::ldexp(1.0, -19), 1e-15);
}

TEST(SignFlipTest, DrawsFlipsForManyClustersBySeed) {
  std::vector<double> sums(40, 1.0);
  for (std::size_t i = 0; i < 14; ++i) sums[i] = -1.0;  // 26 of 40: the exact binomial p is 0.0807
  const auto values = signed_clusters(sums);
  const SignFlip flip = flip_of(values, 11);
  EXPECT_NEAR(flip.p, 0.0807, 0.004);
  EXPECT_EQ(flip.p, flip_of(values, 11).p);
  EXPECT_NE(flip.p, flip_of(values, 12).p);
  EXPECT_LT(flip.smallest_p, 1e-4);
}

TEST(SignFlipTest, SampledPIsNeverZero) {
  const SignFlip flip = flip_of(signed_clusters(std::vector<double>(60, 1.0)), 3);
  EXPECT_GT(flip.p, 0.0);
  EXPECT_LT(flip.p, 1e-4);
  EXPECT_GE(flip.p, flip.smallest_p);
}

}  // namespace
}  // namespace recon
