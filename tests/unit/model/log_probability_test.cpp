#include "recon/model/log_probability.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::HasSubstr;

TEST(LogProbability, WhatAModelCanGiveIsTaken) {
  for (const double value : {0.0, -0.0, 1e-7, 1e-4, -1e-9, -0.5, -12.6, -60.0, -100.0, -103.28, -200.0})
    EXPECT_EQ(why_no_log_probability(value), std::nullopt) << value;
}

TEST(LogProbability, WhatNoModelGivesIsNamed) {
  for (const auto& [value, named] :
       std::vector<std::pair<double, const char*>>{{0.001, "0.001"},
                                                   {0.7, "0.7"},
                                                   {100, "100"},
                                                   {-9999.0, "-9999"},
                                                   {-1000, "-1000"},
                                                   {-65504, "-65504"},
                                                   {-3.4028234663852886e38, "-3.4"},
                                                   {-1e9, "-1"},
                                                   {NAN, "NaN"},
                                                   {INFINITY, "infinity"},
                                                   {-INFINITY, "-infinity"}}) {
    const auto why = why_no_log_probability(value);
    ASSERT_TRUE(why.has_value()) << value;
    EXPECT_THAT(*why, HasSubstr(named));
  }
}

TEST(Score, ASumThatModelsReachIsTaken) {
  for (const ScoreAnswer& score :
       {ScoreAnswer{0, 0}, ScoreAnswer{0, 5}, ScoreAnswer{1e-4, 5}, ScoreAnswer{-1.5, 3}, ScoreAnswer{-49, 1},
        ScoreAnswer{-103.3, 1}, ScoreAnswer{-180, 3}, ScoreAnswer{-12000, 1000}, ScoreAnswer{-9998, 600},
        ScoreAnswer{-30000, 4096}})
    EXPECT_EQ(why_no_score(score), std::nullopt) << score.log_probability;
}

TEST(Score, ASumThatHoldsAStandInIsNamed) {
  for (const ScoreAnswer& score :
       {ScoreAnswer{-10019, 18}, ScoreAnswer{-9999, 1}, ScoreAnswer{-10300, 120}, ScoreAnswer{-10700, 400},
        ScoreAnswer{-3.4e38, 20}, ScoreAnswer{0.5, 3}, ScoreAnswer{NAN, 3}, ScoreAnswer{-INFINITY, 3},
        ScoreAnswer{-3, 0}, ScoreAnswer{-1000, 1}, ScoreAnswer{-1010, 6}, ScoreAnswer{-65510, 500}}) {
    const auto why = why_no_score(score);
    ASSERT_TRUE(why.has_value()) << score.log_probability;
    EXPECT_THAT(*why, HasSubstr("tokens"));
  }
}

}  // namespace
}  // namespace recon
