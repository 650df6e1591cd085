#include "recon/engine/budget.hpp"

#include <random>

#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::HasSubstr;

TEST(Budget, WithoutLimitsEverythingIsAllowed) {
  Budget budget({}, {});
  EXPECT_TRUE(budget.reserve(1, {1e9, 1'000'000'000}));
}

TEST(Budget, WhatIsSetAsideCountsUntilTheCallEnds) {
  Budget budget({.usd = 1.0, .tokens = std::nullopt}, {});
  EXPECT_TRUE(budget.reserve(1, {0.6, 0}));
  EXPECT_FALSE(budget.reserve(2, {0.6, 0}));
  budget.settle(1, {0.1, 0});
  EXPECT_TRUE(budget.reserve(2, {0.6, 0}));
  budget.settle(2, {0.6, 0});
  EXPECT_TRUE(budget.reserve(3, {0.3, 0})) << "exactly the limit";
  EXPECT_FALSE(budget.reserve(4, {0.0001, 0}));
}

TEST(Budget, TokensCountForThemselves) {
  Budget budget({.usd = std::nullopt, .tokens = 100}, {0, 40});
  EXPECT_FALSE(budget.reserve(1, {0, 61}));
  EXPECT_TRUE(budget.reserve(1, {0, 60}));
}

TEST(Budget, AFurtherAttemptSetsMoreAside) {
  Budget budget({.usd = 1.0, .tokens = std::nullopt}, {});
  EXPECT_TRUE(budget.reserve(1, {0.4, 0}));
  EXPECT_TRUE(budget.reserve(1, {0.4, 0}));
  EXPECT_FALSE(budget.reserve(1, {0.4, 0}));
  budget.settle(1, {0.8, 0});
  EXPECT_DOUBLE_EQ(budget.spent().usd, 0.8);
}

TEST(Budget, IsNeverExceededWhateverTheCallsCost) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> draw(0, 1);
  for (int round = 0; round < 200; ++round) {
    Budget budget({.usd = 1.0, .tokens = std::nullopt}, {draw(random) * 0.5, 0});
    std::vector<std::pair<std::uint64_t, double>> open;
    for (std::uint64_t call = 1; call < 200; ++call) {
      const double most = draw(random) * 0.1;
      if (budget.reserve(call, {most, 0})) open.emplace_back(call, most);
      if (!open.empty() && draw(random) < 0.5) {
        budget.settle(open.back().first, {draw(random) * open.back().second, 0});
        open.pop_back();
      }
      double worst = budget.spent().usd;
      for (const auto& [id, amount] : open) worst += amount;
      ASSERT_LE(worst, 1.0 + 1e-6);
    }
  }
}

TEST(Budget, SaysWhatWasSpentOfWhat) {
  Budget budget({.usd = 2.0, .tokens = 500}, {0.5, 123});
  EXPECT_THAT(budget.describe(), HasSubstr("0.5000 of 2.0000 USD"));
  EXPECT_THAT(budget.describe(), HasSubstr("123 of 500 tokens"));
}

}  // namespace
}  // namespace recon
