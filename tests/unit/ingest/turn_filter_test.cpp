#include "recon/ingest/turn_filter.hpp"

#include "recon/core/error.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(TurnFilter, CaseCountsUnlessThePatternIgnoresIt) {
  EXPECT_FALSE(TurnFilter({"laughter"}).excludes("Laughter"));
  EXPECT_TRUE(TurnFilter({"(?i)lAUGHter"}).excludes("(Laughter)"));
  EXPECT_TRUE(TurnFilter({"(?i)^\\(laugh.*\\)$"}).excludes("(LAUGHTER)"));
  EXPECT_FALSE(TurnFilter({"^\\(laugh.*\\)$"}).excludes("(LAUGHTER)"));
}

TEST(TurnFilter, SearchesAnywhereAndTakesAnyOfThePatterns) {
  const TurnFilter filter({"\\[[a-z]+\\]", "crosstalk"});
  EXPECT_TRUE(filter.excludes("so [music] there"));
  EXPECT_TRUE(filter.excludes("well crosstalk well"));
  EXPECT_FALSE(filter.excludes("[]"));
}

TEST(TurnFilter, AWrongPatternIsAUsageErrorThatNamesIt) {
  try {
    TurnFilter filter({"(open"});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("'(open'"));
  }
  EXPECT_THROW(TurnFilter({""}), UsageError);
  EXPECT_THROW(TurnFilter({"(?i)"}), UsageError);
}

TEST(TurnFilter, ALongTurnDoesNotExhaustTheStack) {
  const TurnFilter filter({"a.*z"});
  EXPECT_FALSE(filter.excludes("a" + std::string(300'000, 'b')));
  EXPECT_TRUE(filter.excludes("a" + std::string(300'000, 'b') + "z"));
}

}  // namespace
}  // namespace recon
