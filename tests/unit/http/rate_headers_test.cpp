#include "recon/http/rate_headers.hpp"

#include <gtest/gtest.h>

namespace recon {
namespace {

using std::chrono::milliseconds;

TEST(ParseDuration, ReadsWhatServersWrite) {
  EXPECT_EQ(parse_duration("1s"), milliseconds(1000));
  EXPECT_EQ(parse_duration("20ms"), milliseconds(20));
  EXPECT_EQ(parse_duration("6m0s"), milliseconds(360'000));
  EXPECT_EQ(parse_duration("1m2.5s"), milliseconds(62'500));
  EXPECT_EQ(parse_duration("2"), milliseconds(2000));
  EXPECT_EQ(parse_duration("0.25"), milliseconds(250));
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text : {"", "s", "1x", "-1", "-1s", "soon", "1s later", "nan", "inf"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(ParseDuration, WaitsAtMostAnHour) { EXPECT_EQ(parse_duration("1e300"), milliseconds(3'600'000)); }

TEST(RateLimitPause, IsOnlyAskedForWhereNothingIsLeft) {
  EXPECT_EQ(rate_limit_pause({{"x-ratelimit-remaining-requests", "1"}, {"x-ratelimit-reset-requests", "9s"}}),
            std::nullopt);
  EXPECT_EQ(rate_limit_pause({{"x-ratelimit-remaining-requests", "0"}}), std::nullopt);
  EXPECT_EQ(rate_limit_pause({}), std::nullopt);
}

TEST(RateLimitPause, EndsWhenTheFirstUnitIsBack) {
  EXPECT_EQ(rate_limit_pause({{"x-ratelimit-remaining-requests", "0"},
                              {"x-ratelimit-limit-requests", "60"},
                              {"x-ratelimit-reset-requests", "60s"}}),
            milliseconds(1000));
  EXPECT_EQ(rate_limit_pause({{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "3s"}}),
            milliseconds(3000));
}

TEST(RateLimitPause, TheLongestCounts) {
  EXPECT_EQ(rate_limit_pause({{"x-ratelimit-remaining-requests", "0"},
                              {"x-ratelimit-reset-requests", "120ms"},
                              {"x-ratelimit-remaining-tokens", "0"},
                              {"x-ratelimit-reset-tokens", "50ms"}}),
            milliseconds(120));
}

TEST(RateLimitPause, TheWindowOfARouterEndsAtItsReset) {
  const std::chrono::system_clock::time_point now{std::chrono::seconds(1'800'000'000)};
  const auto pause = [&](const char* remaining, const char* reset) {
    return rate_limit_pause({{"x-ratelimit-remaining", remaining}, {"x-ratelimit-reset", reset}}, now);
  };
  EXPECT_EQ(pause("0", "1800000025000"), milliseconds(25'000));
  EXPECT_EQ(pause("0", "1800000025"), milliseconds(25'000));
  EXPECT_EQ(pause("0", "1799999999"), milliseconds(0));
  EXPECT_EQ(pause("0", "25"), milliseconds(25'000));
  EXPECT_EQ(pause("3", "25"), std::nullopt);
  EXPECT_EQ(pause("0", "60000"), std::nullopt) << "seconds or milliseconds?";
  EXPECT_EQ(pause("0", "soon"), std::nullopt);
}

TEST(ExactRetryAfter, ReadsMilliseconds) {
  EXPECT_EQ(exact_retry_after({{"retry-after-ms", "120"}}), milliseconds(120));
  EXPECT_EQ(exact_retry_after({{"retry-after-ms", "-1"}}), std::nullopt);
  EXPECT_EQ(exact_retry_after({{"retry-after-ms", "later"}}), std::nullopt);
  EXPECT_EQ(exact_retry_after({}), std::nullopt);
}

}  // namespace
}  // namespace recon
