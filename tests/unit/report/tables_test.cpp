#include "recon/report/tables.hpp"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Comparison judged(const std::optional<std::string>& user) {
  Comparison comparison;
  comparison.a = "recon-select";
  comparison.b = "backward";
  comparison.metric = "judge";
  comparison.dimension = "overall";
  comparison.scope.user = user;
  comparison.wins = 547;
  comparison.losses = 453;
  comparison.ties = 31;
  comparison.ties_bad = 7;
  comparison.missing = 2;
  comparison.win_rate = 0.547;
  comparison.ties_half = 0.5453;
  comparison.ci = Interval{0.5021, 0.5919};
  comparison.wilson = Interval{0.51604, 0.5776};
  comparison.p_sign = 0.0032;
  comparison.p_cluster = 0.0125;
  comparison.smallest_p_cluster = 0.0001;
  comparison.clusters = 34;
  comparison.first_shown_wins = 0.512;
  return comparison;
}

Comparison by_likelihood() {
  Comparison comparison = judged(std::nullopt);
  comparison.metric = "likelihood";
  comparison.first_shown_wins.reset();
  comparison.mean_difference = 0.0123;
  comparison.mean_difference_ci = Interval{-0.002, 0.0266};
  return comparison;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(ResultsTable, ShowsCountsRatesAndIntervals) {
  const std::string text = results_table({judged(std::nullopt)});
  const auto lines = lines_of(text);
  EXPECT_EQ(lines.at(0), "recon-select against backward: overall, by judge");
  for (const char* name : {"W", "L", "tie", "tie-bad", "missing", "win rate %", "95 % interval",
                           "Wilson 95 %", "p sign", "clusters"}) {
    EXPECT_THAT(lines.at(1), HasSubstr(name));
  }
  EXPECT_THAT(lines.at(2), StartsWith("pooled"));
  for (const char* value :
       {"547", "453", "31", "7", "2", "54.7", "50.2..59.2", "51.6..57.8", "0.0032", "34"}) {
    EXPECT_THAT(lines.at(2), HasSubstr(value));
  }
  EXPECT_THAT(text, HasSubstr("shown first won 51.2 %"));
  EXPECT_THAT(text, HasSubstr("ties as half 54.5 %"));
  EXPECT_THAT(text, Not(HasSubstr("nats"))) << "only the likelihood metric has a difference";
  EXPECT_THAT(text, Not(HasSubstr("too few")));
}

TEST(ResultsTable, AlignsItsColumns) {
  Comparison narrow = judged("a_rather_long_user_name");
  narrow.wins = 3;
  const auto lines = lines_of(results_table({judged(std::nullopt), narrow}));
  EXPECT_EQ(lines.at(1).size(), lines.at(2).size());
  EXPECT_EQ(lines.at(2).size(), lines.at(3).size());
  EXPECT_EQ(lines.at(2).find("54.7"), lines.at(3).find("54.7"));
}

TEST(ResultsTable, CountsCharactersNotBytes) {
  const auto lines = lines_of(results_table({judged("zoe"), judged("zo\xc3\xab")}));
  EXPECT_EQ(lines.at(2).find("547") + 1, lines.at(3).find("547"));
}

TEST(ResultsTable, ShowsTheDifferenceOfLikelihoods) {
  const std::string text = results_table({by_likelihood()});
  EXPECT_THAT(text, HasSubstr("nats/token"));
  EXPECT_THAT(text, HasSubstr("+0.0123"));
  EXPECT_THAT(text, HasSubstr("-0.0020..+0.0266"));
  EXPECT_THAT(text, Not(HasSubstr("shown first")));
}

TEST(ResultsTable, MakesNoClaimFromTooFewClusters) {
  Comparison few = judged("tony_blair");
  few.clusters = 4;
  few.smallest_p_cluster = 0.125;
  const std::string text = results_table({judged(std::nullopt), few});
  EXPECT_THAT(text, HasSubstr("tony_blair: too few clusters for a claim (4)"));
  EXPECT_THAT(text, Not(HasSubstr("pooled: too few")));
}

TEST(ResultsTable, SaysWhereNothingWasDecided) {
  Comparison undecided = judged(std::nullopt);
  undecided.wins = undecided.losses = 0;
  undecided.win_rate.reset();
  undecided.ci.reset();
  undecided.wilson.reset();
  undecided.p_sign = 1;
  EXPECT_THAT(lines_of(results_table({undecided})).at(2), testing::ContainsRegex(" - +- +- +1\\.0000"));
}

TEST(ResultsTable, PutsOverallBeforeTheDimensions) {
  Comparison style = judged(std::nullopt);
  style.dimension = "style";
  style.na = 12;
  Comparison other = judged(std::nullopt);
  other.a = "random";
  const std::string text = results_table({judged(std::nullopt), style, other});
  EXPECT_LT(text.find("random against backward: overall"), text.find("recon-select against backward: style"));
  const auto lines = lines_of(text);
  EXPECT_THAT(lines.at(1), Not(HasSubstr("n/a"))) << "overall knows no n/a";
  EXPECT_THAT(text.substr(text.find(": style")), HasSubstr("n/a"));
}

TEST(ResultsTable, NamesDomains) {
  Comparison comparison = judged(std::nullopt);
  comparison.scope.domain = "pmq";
  EXPECT_THAT(results_table({comparison}), HasSubstr("domain pmq"));
}

TEST(ResultsTable, ShowsWhatTheTracesGiveAway) {
  const std::string text =
      results_table({by_likelihood()}, {{"backward", 12, 0.25}, {"recon-select", 12, -0.0125}});
  EXPECT_THAT(text, HasSubstr("leak"));
  EXPECT_THAT(text, HasSubstr("backward         12     +0.2500"));
  EXPECT_THAT(text, HasSubstr("recon-select     12     -0.0125"));
  EXPECT_THAT(results_markdown({by_likelihood()}, {{"backward", 12, 0.25}}),
              HasSubstr("| backward | 12 | +0.2500 |"));
}

TEST(ResultsTable, OfNothingSaysSo) { EXPECT_THAT(results_table({}), HasSubstr("No verdicts")); }

TEST(ResultsTable, SaysHowManyTiesAreEqualTexts) {
  Comparison comparison = judged(std::nullopt);
  EXPECT_THAT(results_table({comparison}), testing::Not(HasSubstr("equal texts")));
  comparison.identical = 4;
  EXPECT_THAT(results_table({comparison}),
              HasSubstr("4 of the ties are equal texts, which no judge was asked about"));
}

TEST(ResultsTable, ShowsTinyProbabilitiesAsBounds) {
  Comparison sure = judged(std::nullopt);
  sure.p_sign = 3e-9;
  EXPECT_THAT(results_table({sure}), HasSubstr("<0.0001"));
}

TEST(ResultsMarkdown, IsOneTableARowAScope) {
  const auto lines = lines_of(results_markdown({judged(std::nullopt), judged("tony_blair")}));
  EXPECT_EQ(lines.at(0), "## recon-select against backward: overall, by judge");
  EXPECT_EQ(lines.at(1), "");
  EXPECT_THAT(lines.at(2), StartsWith("|  | W | L | tie | tie-bad | missing | win rate % |"));
  EXPECT_THAT(lines.at(3), StartsWith("| :-- | --: |"));
  EXPECT_THAT(lines.at(4),
              StartsWith("| pooled | 547 | 453 | 31 | 7 | 2 | 54.7 | 50.2..59.2 | 51.6..57.8 |"));
  EXPECT_THAT(lines.at(5), StartsWith("| tony\\_blair |"));
  for (std::size_t i = 2; i < 6; ++i) {
    EXPECT_EQ(std::count(lines.at(i).begin(), lines.at(i).end(), '|'), 12) << lines.at(i);
  }
}

TEST(ResultsMarkdown, NamesCannotBreakOutOfTheirCell) {
  Comparison hostile = judged("a|b\n<script>");
  EXPECT_THAT(results_markdown({hostile}), HasSubstr("| a\\|b \\<script\\> |"));
}

}  // namespace
}  // namespace recon
