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

TEST(TurnFilter, AnAnchoredPatternIsFoundWhereItsExpressionIs) {
  struct Case {
    const char* pattern;
    const char* text;
    bool found;
  };
  for (const Case& one : {Case{"^\\[(a|b)\\]$", "[b]", true}, Case{"^\\[(a|b)\\]$", "x[b]", false},
                          Case{"^ab*c", "acd", true}, Case{"^ab?", "a", true}, Case{"^ab{0,1}c", "ac", true},
                          Case{"^a|b$", "xb", true}, Case{"^(a)|b", "xb", true}, Case{"^a[(]|b", "xb", true},
                          Case{"^a[^)|]c", "abc", true}, Case{"(?i)^AB(c)", "abC", true},
                          Case{"^", "x", true}, Case{"^a\\dz", "a5z", true}, Case{"^a\\dz", "b5z", false}}) {
    EXPECT_EQ(TurnFilter({one.pattern}).excludes(one.text), one.found) << one.pattern << " in " << one.text;
  }
}

TEST(TurnFilter, SearchesAnywhereAndTakesAnyOfThePatterns) {
  const TurnFilter filter({"\\[[a-z]+\\]", "crosstalk"});
  EXPECT_TRUE(filter.excludes("so [music] there"));
  EXPECT_TRUE(filter.excludes("well crosstalk well"));
  EXPECT_FALSE(filter.excludes("[]"));
}

TEST(TurnFilter, DashesOfAnArrowAreNoInterruption) {
  const TurnFilter filter({"--"});
  for (const char* text : {"But then --", "-- yes", "a--b", "---", "--> and then --", "-- >"}) {
    EXPECT_TRUE(filter.excludes(text)) << text;
  }
  for (const char* text : {"00:00:01,000 --> 00:00:04,000", "this --> that", "--->", "-", "a - b", "->"}) {
    EXPECT_FALSE(filter.excludes(text)) << text;
  }
  EXPECT_TRUE(TurnFilter({"-->"}).excludes("this --> that"));
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
