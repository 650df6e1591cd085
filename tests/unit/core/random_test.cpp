#include "recon/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

/// Pearson's statistic against equal shares.
double chi_square(const std::vector<std::uint64_t>& counts) {
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::uint64_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    sum += difference * difference / expected;
  }
  return sum;
}

/// Far out in the tail: mean + 5 standard deviations of chi-square with so many degrees of freedom. The
/// numbers are fixed by their key, so that these tests pass or fail for ever.
double far_tail(std::size_t cells) {
  const double freedom = static_cast<double>(cells - 1);
  return freedom + 5.0 * std::sqrt(2.0 * freedom);
}

std::vector<std::uint64_t> draw(KeyedRandom random, std::size_t count) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(random.next());
  return numbers;
}

TEST(RandomTest, TheSameKeyGivesTheSameNumbers) {
  EXPECT_EQ(draw({42, "split", "scalia"}, 100), draw({42, "split", "scalia"}, 100));
}

TEST(RandomTest, EveryPartOfTheKeyMatters) {
  std::set<std::uint64_t> first;
  first.insert(KeyedRandom(42, "split", "a").next());
  first.insert(KeyedRandom(43, "split", "a").next());
  first.insert(KeyedRandom(42, "judge", "a").next());
  first.insert(KeyedRandom(42, "split", "b").next());
  first.insert(KeyedRandom(42, "splita", "").next());
  first.insert(KeyedRandom(42, "", "splita").next());
  EXPECT_EQ(first.size(), 6U);
}

TEST(RandomTest, BelowStaysBelow) {
  KeyedRandom random(1, "below", "");
  for (const std::uint64_t bound : {1ULL, 2ULL, 3ULL, 7ULL, 1ULL << 32U, (1ULL << 63U) + 1, ~0ULL}) {
    for (int i = 0; i < 200; ++i) EXPECT_LT(random.below(bound), bound);
  }
}

TEST(RandomTest, BelowIsEven) {
  for (const std::uint64_t bound : {2ULL, 3ULL, 5ULL, 10ULL, 97ULL}) {
    KeyedRandom random(7, "even", std::to_string(bound));
    std::vector<std::uint64_t> counts(bound, 0);
    for (int i = 0; i < 40000; ++i) ++counts[random.below(bound)];
    EXPECT_LT(chi_square(counts), far_tail(bound)) << bound;
  }
}

TEST(RandomTest, BelowHasNoBiasForHugeBounds) {
  // With a plain remainder, two thirds of the numbers would fall into the lower half of this range.
  constexpr std::uint64_t bound = (1ULL << 63U) + (1ULL << 62U);
  KeyedRandom random(3, "huge", "");
  std::vector<std::uint64_t> halves(2, 0);
  for (int i = 0; i < 20000; ++i) ++halves[random.below(bound) < bound / 2 ? 0 : 1];
  EXPECT_LT(chi_square(halves), far_tail(2));
}

TEST(RandomTest, UniformFillsTheUnitInterval) {
  KeyedRandom random(5, "uniform", "");
  std::vector<std::uint64_t> counts(20, 0);
  for (int i = 0; i < 40000; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    ++counts[static_cast<std::size_t>(value * 20)];
  }
  EXPECT_LT(chi_square(counts), far_tail(20));
}

TEST(RandomTest, EveryOrderIsEquallyLikely) {
  std::map<std::vector<int>, std::uint64_t> orders;
  for (int i = 0; i < 24000; ++i) {
    std::vector<int> items{0, 1, 2, 3};
    KeyedRandom(11, "shuffle", std::to_string(i)).shuffle(items);
    ++orders[items];
  }
  ASSERT_EQ(orders.size(), 24U);
  std::vector<std::uint64_t> counts;
  for (const auto& [order, count] : orders) counts.push_back(count);
  EXPECT_LT(chi_square(counts), far_tail(24));
}

TEST(RandomTest, FirstCoinsOfNeighbouringRecordsAreEven) {
  // What is drawn most: one coin a record, the key alone changing.
  std::vector<std::uint64_t> counts(2, 0);
  std::vector<std::uint64_t> runs(2, 0);
  bool before = false;
  for (int i = 0; i < 20000; ++i) {
    const bool heads = KeyedRandom(42, "shown_first", "user/session/" + std::to_string(i)).coin();
    ++counts[heads ? 1 : 0];
    ++runs[heads == before ? 1 : 0];
    before = heads;
  }
  EXPECT_LT(chi_square(counts), far_tail(2));
  EXPECT_LT(chi_square(runs), far_tail(2));
}

TEST(RandomTest, ShuffleKeepsTheItems) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  auto shuffled = items;
  KeyedRandom(1, "keep", "").shuffle(shuffled);
  EXPECT_NE(shuffled, items);
  EXPECT_THAT(shuffled, testing::UnorderedElementsAreArray(items));
  std::vector<int> none;
  KeyedRandom(1, "keep", "").shuffle(none);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace recon
