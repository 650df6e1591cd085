#include "recon/judges/judge_statistics.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Score> scores(const std::vector<double>& overall) {
  std::vector<Score> result;
  for (std::size_t i = 0; i < overall.size(); ++i)
    result.push_back({static_cast<int>(i), 0.5, 0.5, 0.5, overall[i]});
  return result;
}

TEST(FlatScores, OfOverHalfOfThePairsAreSaid) {
  JudgmentStatistics statistics;
  for (int i = 0; i < 8; ++i) statistics.add(scores({0.5, 0.5, 0.5}));
  for (int i = 0; i < 8; ++i) statistics.add(scores({0.5, 0.5, 0.6}));
  EXPECT_THAT(statistics.warnings("judge", "j"), IsEmpty());
  statistics.add(scores({0.1, 0.1, 0.1}));
  const auto found = statistics.warnings("judge", "j");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, WarningKind::flat_scores);
  EXPECT_THAT(found[0].message, HasSubstr("for 9 of 17 pairs"));
}

TEST(FlatScores, OfOneCandidateOrAFewPairsSayNothing) {
  JudgmentStatistics single, few;
  for (int i = 0; i < 50; ++i) single.add(scores({0.5}));
  for (int i = 0; i < 4; ++i) few.add(scores({0.5, 0.5, 0.5}));
  EXPECT_THAT(single.warnings("judge", "j"), IsEmpty());
  EXPECT_THAT(few.warnings("judge", "j"), IsEmpty());
}

TEST(AmbiguousReplies, AreSaidWhereTheyAreMany) {
  JudgmentStatistics judgments;
  VerdictStatistics few, many;
  for (int i = 0; i < 40; ++i) {
    judgments.add(scores({0.5, 0.1 + i % 2, 0.2}), i < 3);
    few.add(i % 2 == 0 ? Outcome::a : Outcome::b, i < 2);
    many.add(i % 2 == 0 ? Outcome::a : Outcome::b, i < 3);
  }
  EXPECT_EQ(judgments.warnings("judge", "j").at(0).kind, WarningKind::ambiguous_replies);
  EXPECT_EQ(judgments.ambiguous(), 3U);
  EXPECT_THAT(few.warnings("evaluate", "e"), IsEmpty());
  EXPECT_THAT(many.warnings("evaluate", "e").at(0).message, HasSubstr("3 of 40 replies hold several"));
}

TEST(Places, ThatDecideAreSaid) {
  JudgmentStatistics statistics;
  VerdictStatistics first, second, fair;
  for (int i = 0; i < 20; ++i) {
    statistics.add(scores({0.9, 0.5, 0.4}));
    first.add(i == 0 ? Outcome::b : Outcome::a);
    second.add(Outcome::b);
    fair.add(i % 2 == 0 ? Outcome::a : Outcome::b);
  }
  EXPECT_EQ(statistics.warnings("judge", "j").at(0).kind, WarningKind::first_shown);
  EXPECT_THAT(first.warnings("evaluate", "e").at(0).message, HasSubstr("shown first won 19 of 20"));
  EXPECT_THAT(second.warnings("evaluate", "e").at(0).message, HasSubstr("shown second won 20 of 20"));
  EXPECT_THAT(fair.warnings("evaluate", "e"), IsEmpty());
}

TEST(Verdicts, ThatAreNearlyAllTiesAreSaid) {
  VerdictStatistics ties, some;
  for (int i = 0; i < 40; ++i) {
    ties.add(i == 0 ? Outcome::a : i % 2 == 0 ? Outcome::tie : Outcome::tie_bad);
    some.add(i < 4 ? Outcome::a : Outcome::tie);
  }
  EXPECT_EQ(ties.warnings("evaluate", "e").at(0).kind, WarningKind::undecided);
  EXPECT_THAT(some.warnings("evaluate", "e"), IsEmpty());
}

}  // namespace
}  // namespace recon
