#include "recon/records/verbatim_overlap.hpp"

#include "recon/core/random.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(VerbatimOverlapTest, MeasuresTheLongestSharedSpan) {
  const std::string action = "you are asking us to rewrite the statute";
  EXPECT_DOUBLE_EQ(verbatim_overlap("nothing alike", action, ""), 0.0);
  EXPECT_DOUBLE_EQ(verbatim_overlap("I say: You are asking us, to rewrite THE statute!", action, ""), 1.0);
  EXPECT_DOUBLE_EQ(verbatim_overlap("they want to rewrite the statute", action, ""), 4.0 / 8);
  EXPECT_DOUBLE_EQ(verbatim_overlap("rewrite here and the statute there", action, ""), 2.0 / 8);
  EXPECT_DOUBLE_EQ(verbatim_overlap("anything", "", ""), 0.0);
  EXPECT_DOUBLE_EQ(verbatim_overlap("", action, ""), 0.0);
}

TEST(VerbatimOverlapTest, WhatTheContextHasIsNotCopied) {
  const std::string action = "you are asking us to rewrite the statute";
  EXPECT_DOUBLE_EQ(verbatim_overlap("rewrite the statute", action, "nobody would rewrite the statute"), 0.0);
  // A span may hold words of the context as long as it is not in it as a whole.
  EXPECT_DOUBLE_EQ(verbatim_overlap("to rewrite the statute", action, "nobody would rewrite the statute"),
                   4.0 / 8);
  // The longest shared span stands in the context, a shorter one elsewhere does not.
  EXPECT_DOUBLE_EQ(verbatim_overlap("rewrite the statute; asking us", action, "rewrite the statute"),
                   2.0 / 8);
}

/// Every span of every length, looked for everywhere.
double plainly_copied(const std::string& trace, const std::string& action, const std::string& context) {
  const auto words = comparison_words(action);
  const auto holds = [](const std::vector<std::string>& text, auto begin, auto end) {
    return std::search(text.begin(), text.end(), begin, end) != text.end();
  };
  const auto in_trace = comparison_words(trace), in_context = comparison_words(context);
  std::ptrdiff_t most = 0;
  for (auto begin = words.begin(); begin != words.end(); ++begin) {
    for (auto end = begin + 1;; ++end) {
      if (holds(in_trace, begin, end) && !holds(in_context, begin, end)) most = std::max(most, end - begin);
      if (end == words.end()) break;
    }
  }
  return words.empty() ? 0 : static_cast<double>(most) / static_cast<double>(words.size());
}

TEST(VerbatimOverlapTest, IsTheLongestOfAllSpans) {
  KeyedRandom random(6, "copied", "all spans");
  const auto text = [&random](std::uint64_t most) {
    static const std::vector<std::string> words = {"a", "b", "c", "It's", "é", "the", "—", "."};
    std::string result;
    for (std::uint64_t i = random.below(most + 1); i > 0; --i)
      result += words[random.below(words.size())] + " ";
    return result;
  };
  for (int trial = 0; trial < 1000; ++trial) {
    const std::string action = text(10), context = text(20);
    VerbatimOverlap copied(action, context);
    for (int i = 0; i < 3; ++i) {
      const std::string trace = text(20);
      EXPECT_DOUBLE_EQ(copied.of(trace), plainly_copied(trace, action, context))
          << trace << "| " << action << "| " << context;
    }
  }
}

TEST(VerbatimOverlapTest, StaysBetweenZeroAndOne) {
  KeyedRandom random(6, "copied", "");
  const auto words = [&random](std::uint64_t most) {
    std::string text;
    const std::uint64_t count = random.below(most + 1);
    for (std::uint64_t i = 0; i < count; ++i)
      text += std::string(1, static_cast<char>('a' + random.below(4))) + " ";
    return text;
  };
  for (int trial = 0; trial < 500; ++trial) {
    const std::string trace = words(15);
    const std::string action = words(10);
    const double free = verbatim_overlap(trace, action, "");
    const double limited = verbatim_overlap(trace, action, words(10));
    EXPECT_GE(limited, 0.0);
    EXPECT_LE(limited, free);
    EXPECT_LE(free, 1.0);
    EXPECT_DOUBLE_EQ(verbatim_overlap(trace, action, trace), 0.0);
    if (!action.empty()) {
      EXPECT_DOUBLE_EQ(verbatim_overlap("x " + action + " y", action, ""), 1.0);
    }
  }
}

}  // namespace
}  // namespace recon
