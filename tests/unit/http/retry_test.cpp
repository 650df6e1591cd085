#include "recon/http/retry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

TEST(RetryAfter, ReadsSecondsAndPastDates) {
  EXPECT_EQ(retry_after_pause("0"), milliseconds(0));
  EXPECT_EQ(retry_after_pause("17"), milliseconds(17'000));
  EXPECT_EQ(retry_after_pause("1.5"), milliseconds(1'500));
  EXPECT_EQ(retry_after_pause("-5"), milliseconds(0));
  EXPECT_EQ(retry_after_pause("Wed, 21 Oct 2015 07:28:00 GMT"), milliseconds(0));
}

TEST(RetryAfter, IgnoresWhatItCannotRead) {
  for (const char* header : {"", "soon", "5 minutes or so", "nan", "inf"}) {
    EXPECT_EQ(retry_after_pause(header), std::nullopt) << header;
  }
}

TEST(RetryAfter, HugeNumbersDoNotOverflow) {
  EXPECT_GT(retry_after_pause("1e300"), milliseconds(minutes(60 * 24)));
}

TEST(Backoff, DoublesWithJitterUpToHalfAMinute) {
  const milliseconds deadline = minutes(10);
  milliseconds full(500);
  for (int attempt = 1; attempt <= 40; ++attempt, full = std::min(2 * full, milliseconds(30'000))) {
    const milliseconds pause = backoff_pause(attempt, deadline, 3);
    EXPECT_GE(pause, full / 2) << attempt;
    EXPECT_LE(pause, full) << attempt;
  }
}

TEST(Backoff, DiffersBetweenRequestsSoThatTheyDoNotReturnTogether) {
  EXPECT_NE(backoff_pause(5, minutes(10), 1), backoff_pause(5, minutes(10), 2));
}

TEST(Backoff, AShortDeadlineLeavesRoomForAttempts) {
  EXPECT_LE(backoff_pause(1, milliseconds(400), 1), milliseconds(10));
}

TEST(RateLimitTokens, ComeBackWithTime) {
  RateLimit limit(120);  // two a second
  const RateLimit::Clock::time_point start{};
  EXPECT_TRUE(limit.take(start));
  EXPECT_TRUE(limit.take(start));
  EXPECT_FALSE(limit.take(start));
  EXPECT_EQ(limit.next(start), start + milliseconds(500));
  EXPECT_FALSE(limit.take(start + milliseconds(499)));
  EXPECT_TRUE(limit.take(start + milliseconds(501)));
  EXPECT_FALSE(limit.take(start + milliseconds(502)));
}

TEST(RateLimitTokens, AreNotSavedUpBeyondASecondsWorth) {
  RateLimit limit(120);
  const RateLimit::Clock::time_point start{};
  ASSERT_TRUE(limit.take(start));
  const auto later = start + minutes(10);
  EXPECT_TRUE(limit.take(later));
  EXPECT_TRUE(limit.take(later));
  EXPECT_FALSE(limit.take(later));
}

TEST(RateLimitTokens, SlowLimitsStillLetOneThrough) {
  RateLimit limit(1);
  const RateLimit::Clock::time_point start{};
  EXPECT_TRUE(limit.take(start));
  EXPECT_FALSE(limit.take(start + std::chrono::seconds(59)));
  EXPECT_TRUE(limit.take(start + std::chrono::seconds(61)));
}

TEST(RateLimitTokens, ZeroIsNoLimit) {
  RateLimit limit(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limit.take(RateLimit::Clock::time_point{}));
}

}  // namespace
}  // namespace recon
