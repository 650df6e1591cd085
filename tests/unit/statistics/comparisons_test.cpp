#include "recon/statistics/comparisons.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Verdict verdict_of(const std::string& user, const std::string& group, Outcome overall) {
  static int number = 0;
  Verdict verdict;
  verdict.pair_id = PairId(fmt::format("{}/{}/{}", user, group, ++number));
  verdict.user = UserId(user);
  verdict.domain = "pmq";
  verdict.session_id = SessionId(group);
  verdict.group = GroupId(group);
  verdict.a = "select";
  verdict.b = "backward";
  verdict.shown_first = Outcome::a;
  verdict.overall = overall;
  verdict.model = "judge-model";
  return verdict;
}

Verdict scored(const std::string& user, const std::string& group, double a, double b) {
  Verdict verdict = verdict_of(user, group, Outcome::tie);
  verdict.shown_first.reset();
  verdict.score_a = a;
  verdict.score_b = b;
  return verdict;
}

std::vector<Comparison> comparisons_of(
    const std::vector<Verdict>& verdicts,
    const std::vector<std::pair<std::string, std::size_t>>& expected_per_user, std::uint64_t seed) {
  ComparedVerdicts compared;
  for (const Verdict& verdict : verdicts) compared.add(verdict);
  return compare(compared, expected_per_user, seed);
}

const Comparison& find(const std::vector<Comparison>& comparisons, const std::string& dimension,
                       const ComparisonScope& scope) {
  for (const Comparison& comparison : comparisons) {
    if (comparison.dimension == dimension && comparison.scope == scope) return comparison;
  }
  throw RunError("no such comparison: " + dimension);
}

const ComparisonScope pooled{};
ComparisonScope user(const std::string& name) { return {.user = name, .domain = std::nullopt}; }
ComparisonScope domain(const std::string& name) { return {.user = std::nullopt, .domain = name}; }

TEST(Compare, CountsOutcomesAndLeavesTiesOutOfTheRate) {
  const auto comparisons =
      comparisons_of({verdict_of("u", "x", Outcome::a), verdict_of("u", "x", Outcome::a),
                      verdict_of("u", "y", Outcome::a), verdict_of("u", "y", Outcome::b),
                      verdict_of("u", "y", Outcome::tie), verdict_of("u", "z", Outcome::tie_bad)},
                     {{"u", 6}}, 1);
  const Comparison& all = find(comparisons, "overall", pooled);
  EXPECT_EQ(all.a, "select");
  EXPECT_EQ(all.b, "backward");
  EXPECT_EQ(all.metric, "judge");
  EXPECT_EQ(all.wins, 3U);
  EXPECT_EQ(all.losses, 1U);
  EXPECT_EQ(all.ties, 1U);
  EXPECT_EQ(all.ties_bad, 1U);
  EXPECT_EQ(all.missing, 0U);
  EXPECT_NEAR(all.win_rate.value(), 0.75, 1e-12);
  EXPECT_NEAR(all.ties_half.value(), 4.0 / 6, 1e-12);
  EXPECT_NEAR(all.p_sign, 0.625, 1e-12);
  EXPECT_NEAR(all.wilson.value().low, wilson_interval(3, 4).low, 1e-12);
  EXPECT_EQ(all.clusters, 2U) << "the cluster with nothing but ties decides nothing";
  EXPECT_FALSE(all.mean_difference);
}

TEST(Compare, CountsTiesOfEqualTextsAmongTheTies) {
  Verdict equal = verdict_of("u", "x", Outcome::tie);
  equal.identical = true;
  const auto comparisons = comparisons_of({equal, equal, verdict_of("u", "x", Outcome::tie)}, {}, 1);
  const Comparison& all = find(comparisons, "overall", pooled);
  EXPECT_EQ(all.ties, 3U);
  EXPECT_EQ(all.identical, 2U);
  const Json results = results_json(comparisons);
  EXPECT_EQ(results.at("comparisons").at(0).at("identical"), Json(2));
  EXPECT_EQ(comparisons_from_json(results).at(0).identical, 2U);
  Json older = results;
  for (Json& comparison : older["comparisons"]) comparison.erase("identical");
  EXPECT_EQ(comparisons_from_json(older).at(0).identical, 0U);
}

TEST(Compare, ReportsMissingVerdictsWhereTheyBelong) {
  const auto comparisons =
      comparisons_of({verdict_of("u", "x", Outcome::a), verdict_of("v", "y", Outcome::b)},
                     {{"u", 4}, {"v", 1}, {"w", 2}}, 1);
  EXPECT_EQ(find(comparisons, "overall", pooled).missing, 5U);
  EXPECT_EQ(find(comparisons, "overall", user("u")).missing, 3U);
  EXPECT_EQ(find(comparisons, "overall", user("v")).missing, 0U);
  const Comparison& absent = find(comparisons, "overall", user("w"));
  EXPECT_EQ(absent.missing, 2U) << "a user without any verdict does not vanish";
  EXPECT_FALSE(absent.win_rate);
  EXPECT_FALSE(absent.ci);
  EXPECT_FALSE(absent.wilson);
  EXPECT_EQ(absent.p_sign, 1.0);
}

TEST(Compare, MoreVerdictsThanExpectedAreNotNegativelyMissing) {
  const auto comparisons =
      comparisons_of({verdict_of("u", "x", Outcome::a), verdict_of("u", "y", Outcome::b)}, {{"u", 1}}, 1);
  EXPECT_EQ(find(comparisons, "overall", pooled).missing, 0U);
}

TEST(Compare, GivesEveryUserARowAndDomainsOnlyWhereThereAreSeveral) {
  std::vector<Verdict> verdicts = {verdict_of("u", "x", Outcome::a), verdict_of("v", "y", Outcome::b)};
  EXPECT_THAT(comparisons_of(verdicts, {{"u", 1}, {"v", 1}}, 1), testing::SizeIs(3));
  verdicts[1].domain = "scotus";
  const auto comparisons = comparisons_of(verdicts, {{"u", 1}, {"v", 3}}, 1);
  ASSERT_THAT(comparisons, testing::SizeIs(5));
  EXPECT_EQ(comparisons[0].scope, pooled);
  EXPECT_EQ(comparisons[1].scope, domain("pmq"));
  EXPECT_EQ(comparisons[2].scope, domain("scotus"));
  EXPECT_EQ(comparisons[3].scope, user("u"));
  EXPECT_EQ(comparisons[4].scope, user("v"));
  EXPECT_EQ(comparisons[1].missing, 0U);
  EXPECT_EQ(comparisons[2].losses, 1U);
  EXPECT_EQ(comparisons[2].missing, 2U);
}

TEST(Compare, CountsDimensionsByThemselves) {
  std::vector<Verdict> verdicts(3, verdict_of("u", "x", Outcome::a));
  verdicts[0].style = Outcome::b;
  verdicts[1].style = Outcome::na;
  const auto comparisons = comparisons_of(verdicts, {{"u", 4}}, 1);
  const Comparison& style = find(comparisons, "style", pooled);
  EXPECT_EQ(style.wins, 0U);
  EXPECT_EQ(style.losses, 1U);
  EXPECT_EQ(style.na, 1U);
  EXPECT_EQ(style.missing, 2U) << "one verdict without a word on style, one that never came";
  EXPECT_EQ(style.win_rate.value(), 0.0);
  EXPECT_EQ(find(comparisons, "overall", pooled).wins, 3U);
  EXPECT_THROW(static_cast<void>(find(comparisons, "intent", pooled)), RunError)
      << "nobody judged the intent";
}

TEST(Compare, ReportsHowOftenTheFirstShownAnswerWon) {
  std::vector<Verdict> verdicts = {verdict_of("u", "x", Outcome::a), verdict_of("u", "y", Outcome::b),
                                   verdict_of("u", "z", Outcome::b), verdict_of("u", "z", Outcome::tie)};
  verdicts[1].shown_first = Outcome::b;
  verdicts[2].shown_first = Outcome::a;
  EXPECT_NEAR(find(comparisons_of(verdicts, {}, 1), "overall", pooled).first_shown_wins.value(), 2.0 / 3,
              1e-12);
  EXPECT_FALSE(find(comparisons_of({verdict_of("u", "x", Outcome::tie)}, {}, 1), "overall", pooled)
                   .first_shown_wins.has_value());
}

TEST(Compare, KeepsIntervalsOfRatesWithinZeroAndOne) {
  const auto comparisons = comparisons_of(
      {verdict_of("u", "x", Outcome::a), verdict_of("u", "y", Outcome::a), verdict_of("u", "z", Outcome::b)},
      {}, 1);
  const Comparison& all = find(comparisons, "overall", pooled);
  ASSERT_TRUE(all.ci);
  EXPECT_EQ(all.ci->low, 0.0);
  EXPECT_EQ(all.ci->high, 1.0);
}

TEST(Compare, ClustersByGroupWithinUser) {
  std::vector<Verdict> verdicts;
  for (int i = 0; i < 12; ++i) {
    verdicts.push_back(verdict_of(i % 2 == 0 ? "u" : "v", fmt::format("group {}", i / 4), Outcome::a));
    verdicts.back().session_id = SessionId(std::to_string(i));
  }
  const auto comparisons = comparisons_of(verdicts, {}, 1);
  EXPECT_EQ(find(comparisons, "overall", user("u")).clusters, 3U);
  EXPECT_NEAR(find(comparisons, "overall", user("u")).p_cluster, 0.25, 1e-12);
  EXPECT_NEAR(find(comparisons, "overall", user("u")).smallest_p_cluster, 0.25, 1e-12);
  EXPECT_EQ(find(comparisons, "overall", pooled).clusters, 6U);
  EXPECT_NEAR(find(comparisons, "overall", pooled).p_cluster, 1.0 / 32, 1e-12);
}

TEST(Compare, TakesTheHigherLikelihoodAsTheWinner) {
  const auto comparisons = comparisons_of({scored("u", "x", -1.0, -2.0), scored("u", "x", -1.5, -2.0),
                                           scored("u", "y", -3.0, -2.5), scored("u", "z", -2.0, -2.0)},
                                          {{"u", 5}}, 1);
  const Comparison& all = find(comparisons, "overall", pooled);
  EXPECT_EQ(all.metric, "likelihood");
  EXPECT_EQ(all.wins, 2U);
  EXPECT_EQ(all.losses, 1U);
  EXPECT_EQ(all.ties, 1U);
  EXPECT_EQ(all.missing, 1U);
  EXPECT_FALSE(all.first_shown_wins);
  EXPECT_NEAR(all.mean_difference.value(), 0.25, 1e-12);
  ClusteredSums sums;
  sums.add("u", "x", 1.5, 2);
  sums.add("u", "y", -0.5, 1);
  sums.add("u", "z", 0, 1);
  const auto expected = clustered_ratio(sums);
  EXPECT_NEAR(all.mean_difference_ci.value().low, expected.interval->low, 1e-12);
  EXPECT_LT(all.mean_difference_ci.value().low, 0.0) << "a difference may be negative: no clamping";
}

TEST(Compare, KeepsMethodPairsAndMetricsApart) {
  std::vector<Verdict> verdicts = {verdict_of("u", "x", Outcome::a), verdict_of("u", "x", Outcome::b),
                                   scored("u", "x", -1, -2)};
  verdicts[1].a = "random";
  const auto comparisons = comparisons_of(verdicts, {{"u", 1}}, 1);
  std::vector<std::string> pooled_rows;
  for (const Comparison& comparison : comparisons) {
    if (comparison.scope == pooled) {
      pooled_rows.push_back(
          fmt::format("{} {} {}-{}", comparison.a, comparison.metric, comparison.wins, comparison.losses));
    }
  }
  EXPECT_THAT(pooled_rows, ElementsAre("select judge 1-0", "random judge 0-1", "select likelihood 1-0"));
}

TEST(Compare, OfNothingIsNothing) { EXPECT_TRUE(comparisons_of({}, {{"u", 3}}, 1).empty()); }

TEST(ResultsJson, HasTheFieldsOfTheFormat) {
  const Json results = results_json(comparisons_of(
      {verdict_of("u", "x", Outcome::a), verdict_of("u", "y", Outcome::b), verdict_of("u", "z", Outcome::a)},
      {{"u", 3}}, 1));
  const Json& first = results.at("comparisons").at(0);
  std::vector<std::string> names;
  for (const auto& [name, value] : first.items()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("a", "b", "metric", "dimension", "scope", "wins", "losses", "ties",
                                 "ties_bad", "na", "identical", "missing", "win_rate", "ties_half", "ci",
                                 "ci_method", "wilson", "p_sign", "p_cluster", "smallest_p_cluster",
                                 "clusters", "first_shown_wins", "mean_difference"));
  EXPECT_EQ(first.at("scope"), Json::parse(R"({"user": null, "domain": null})"));
  EXPECT_EQ(first.at("ci_method"), "cluster_t");
  EXPECT_EQ(first.at("ci").size(), 2U);
  EXPECT_TRUE(first.at("mean_difference").is_null());
  EXPECT_EQ(results.at("comparisons").at(1).at("scope").at("user"), "u");
}

TEST(ResultsJson, SurvivesTheWayToAFileAndBack) {
  std::vector<Verdict> verdicts = {scored("u", "x", -1.0, -2.1), scored("u", "y", -3.0, -2.5),
                                   scored("v", "z", -1.25, -2.0), verdict_of("u", "x", Outcome::tie)};
  verdicts[2].domain = "scotus";
  verdicts[3].style = Outcome::a;
  const Json results = results_json(comparisons_of(verdicts, {{"u", 2}, {"v", 9}}, 1));
  const Json read = Json::parse(results.dump());
  EXPECT_EQ(results_json(comparisons_from_json(read)), results);
  EXPECT_EQ(results.at("comparisons").at(0).at("mean_difference").at("ci").size(), 2U);
}

TEST(ResultsJson, RefusesAnotherFile) {
  EXPECT_THROW(static_cast<void>(comparisons_from_json(Json::parse("[1]"))), RunError);
  try {
    static_cast<void>(comparisons_from_json(Json::parse(R"({"comparisons": [{"a": "select"}]})")));
    FAIL() << "a comparison without its fields was read";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'b'"));
  }
}

TEST(ResultsJson, LeaksSurviveARoundTripAndStandOnlyWhereMeasured) {
  EXPECT_FALSE(results_json({}).contains("leak"));
  EXPECT_TRUE(leaks_from_json(results_json({})).empty());
  const Json results = results_json({}, {{"backward", 12, 0.25}});
  const std::vector<Leak> leaks = leaks_from_json(results);
  ASSERT_EQ(leaks.size(), 1U);
  EXPECT_EQ(leaks[0].method, "backward");
  EXPECT_EQ(leaks[0].pairs, 12U);
  EXPECT_DOUBLE_EQ(leaks[0].nats_per_token, 0.25);
}

}  // namespace
}  // namespace recon
