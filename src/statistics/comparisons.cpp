#include "recon/statistics/comparisons.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace recon {
namespace {

constexpr const char* ci_method = "cluster_t";
constexpr std::array<const char*, 4> dimensions = {"overall", "style", "intent", "values"};

using Row = ComparedVerdicts::Row;
using Compared = ComparedVerdicts::Compared;

std::optional<Outcome> outcome_of(const Row& verdict, std::string_view dimension) {
  if (dimension == "style") return verdict.style;
  if (dimension == "intent") return verdict.intent;
  if (dimension == "values") return verdict.values;
  if (!verdict.difference) return verdict.overall;
  if (*verdict.difference == 0) return Outcome::tie;
  return *verdict.difference > 0 ? Outcome::a : Outcome::b;
}

/// How many verdicts there should be in a scope.
class Expected {
 public:
  Expected(const Compared& compared, const std::vector<std::pair<std::string, std::size_t>>& per_user) {
    for (const auto& [user, count] : per_user) {
      if (!counts_.contains(user)) users_.push_back(user);
      counts_[user] += count;
    }
    std::map<std::string, std::size_t> seen;
    for (const Row& verdict : compared.rows) {
      const std::string& user = *verdict.user;
      if (!counts_.contains(user) && !seen.contains(user)) users_.push_back(user);
      ++seen[user];
      domains_[user].insert(*verdict.domain);
    }
    for (const auto& [user, count] : seen) counts_[user] = std::max(counts_[user], count);
  }

  /// Those of `per_user` first, then others in the order of their verdicts.
  [[nodiscard]] const std::vector<std::string>& users() const { return users_; }

  /// `verdicts`: how many there are in the scope. In one domain only those users' missing verdicts count that
  /// have all their verdicts there: for the others nobody can say where the missing ones belong.
  [[nodiscard]] std::size_t in(const ComparisonScope& scope, std::size_t verdicts) const {
    std::size_t sum = 0;
    for (const auto& [user, count] : counts_) {
      if (scope.user && user != *scope.user) continue;
      if (scope.domain) {
        const auto domains = domains_.find(user);
        if (domains == domains_.end() || domains->second != std::set<std::string>{*scope.domain}) continue;
      }
      sum += count;
    }
    return std::max(sum, verdicts);
  }

 private:
  std::vector<std::string> users_;
  std::map<std::string, std::size_t> counts_;
  std::map<std::string, std::set<std::string>> domains_;
};

void count_outcome(Comparison& comparison, Outcome outcome) {
  switch (outcome) {
    case Outcome::a:
      ++comparison.wins;
      break;
    case Outcome::b:
      ++comparison.losses;
      break;
    case Outcome::tie:
      ++comparison.ties;
      break;
    case Outcome::tie_bad:
      ++comparison.ties_bad;
      break;
    case Outcome::na:
      ++comparison.na;
      break;
  }
}

Interval clamped(const Interval& interval) {
  return {std::clamp(interval.low, 0.0, 1.0), std::clamp(interval.high, 0.0, 1.0)};
}

void fill_rates(Comparison& comparison) {
  const std::size_t decided = comparison.wins + comparison.losses;
  const std::size_t ties = comparison.ties + comparison.ties_bad;
  const auto wins = static_cast<double>(comparison.wins);
  if (decided > 0) {
    comparison.win_rate = wins / static_cast<double>(decided);
    comparison.wilson = wilson_interval(comparison.wins, decided);
  }
  if (decided + ties > 0) {
    comparison.ties_half = (wins + static_cast<double>(ties) / 2) / static_cast<double>(decided + ties);
  }
  comparison.p_sign = sign_test(comparison.wins, comparison.losses);
}

/// Decided verdicts of one scope, as the estimators want them.
struct Decided {
  ClusteredSums wins;   ///< 1 or 0, of 1
  ClusteredSums signs;  ///< 1 or -1
  std::size_t shown = 0, first_won = 0;
};

void fill_clustered(Comparison& comparison, const Decided& decided, const ClusteredSums& differences,
                    std::uint64_t seed) {
  const RatioEstimate rate = clustered_ratio(decided.wins);
  comparison.clusters = rate.clusters;
  if (rate.interval) comparison.ci = clamped(*rate.interval);
  const SignFlip flip = sign_flip_test(decided.signs, seed);
  comparison.p_cluster = flip.p;
  comparison.smallest_p_cluster = flip.smallest_p;
  if (decided.shown > 0) {
    comparison.first_shown_wins = static_cast<double>(decided.first_won) / static_cast<double>(decided.shown);
  }
  if (differences.strata().empty()) return;
  const RatioEstimate difference = clustered_ratio(differences);
  comparison.mean_difference = difference.ratio;
  comparison.mean_difference_ci = difference.interval;
}

Comparison compare_scope(const Compared& compared, const char* dimension, const ComparisonScope& scope,
                         const Expected& expected, std::uint64_t seed) {
  Comparison comparison;
  comparison.a = compared.a;
  comparison.b = compared.b;
  comparison.metric = compared.metric;
  comparison.dimension = dimension;
  comparison.scope = scope;
  Decided decided;
  ClusteredSums differences;
  std::size_t verdicts = 0;
  std::size_t judged = 0;
  for (const Row& verdict : compared.rows) {
    if (scope.user && *verdict.user != *scope.user) continue;
    if (scope.domain && *verdict.domain != *scope.domain) continue;
    ++verdicts;
    const auto outcome = outcome_of(verdict, dimension);
    if (!outcome) continue;
    ++judged;
    count_outcome(comparison, *outcome);
    comparison.identical += verdict.identical ? 1 : 0;
    if (verdict.difference) differences.add(*verdict.user, *verdict.group, *verdict.difference);
    if (*outcome != Outcome::a && *outcome != Outcome::b) continue;
    const bool won = *outcome == Outcome::a;
    decided.wins.add(*verdict.user, *verdict.group, won ? 1 : 0);
    decided.signs.add(*verdict.user, *verdict.group, won ? 1 : -1);
    if (verdict.shown_first) {
      ++decided.shown;
      if (*verdict.shown_first == *outcome) ++decided.first_won;
    }
  }
  comparison.missing = expected.in(scope, verdicts) - judged;
  fill_rates(comparison);
  fill_clustered(comparison, decided, differences, seed);
  return comparison;
}

/// Pooled, then the domains where there are several, then the users.
std::vector<ComparisonScope> scopes_of(const Compared& compared, const Expected& expected) {
  std::vector<ComparisonScope> scopes(1);
  std::set<std::string> domains;
  for (const Row& verdict : compared.rows) domains.insert(*verdict.domain);
  if (domains.size() > 1) {
    for (const std::string& domain : domains) scopes.push_back({.user = std::nullopt, .domain = domain});
  }
  for (const std::string& user : expected.users()) scopes.push_back({.user = user, .domain = std::nullopt});
  return scopes;
}

bool has_dimension(const Compared& compared, const char* dimension) {
  return std::any_of(compared.rows.begin(), compared.rows.end(),
                     [&](const Row& verdict) { return outcome_of(verdict, dimension).has_value(); });
}

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }
Json json_of(const std::optional<std::string>& value) { return value ? Json(*value) : Json(nullptr); }
Json json_of(const std::optional<Interval>& interval) {
  return interval ? Json::array({interval->low, interval->high}) : Json(nullptr);
}

Json json_of(const Comparison& comparison) {
  Json value = Json::object();
  value["a"] = comparison.a;
  value["b"] = comparison.b;
  value["metric"] = comparison.metric;
  value["dimension"] = comparison.dimension;
  Json scope = Json::object();
  scope["user"] = json_of(comparison.scope.user);
  scope["domain"] = json_of(comparison.scope.domain);
  value["scope"] = std::move(scope);
  value["wins"] = comparison.wins;
  value["losses"] = comparison.losses;
  value["ties"] = comparison.ties;
  value["ties_bad"] = comparison.ties_bad;
  value["na"] = comparison.na;
  value["identical"] = comparison.identical;
  value["missing"] = comparison.missing;
  value["win_rate"] = json_of(comparison.win_rate);
  value["ties_half"] = json_of(comparison.ties_half);
  value["ci"] = json_of(comparison.ci);
  value["ci_method"] = ci_method;
  value["wilson"] = json_of(comparison.wilson);
  value["p_sign"] = comparison.p_sign;
  value["p_cluster"] = comparison.p_cluster;
  value["smallest_p_cluster"] = comparison.smallest_p_cluster;
  value["clusters"] = comparison.clusters;
  value["first_shown_wins"] = json_of(comparison.first_shown_wins);
  value["mean_difference"] = nullptr;
  if (comparison.mean_difference) {
    Json difference = Json::object();
    difference["nats_per_token"] = *comparison.mean_difference;
    difference["ci"] = json_of(comparison.mean_difference_ci);
    value["mean_difference"] = std::move(difference);
  }
  return value;
}

std::optional<double> number_from(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

std::optional<std::string> string_from(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
}

std::optional<Interval> interval_from(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return Interval{value.at(0).get<double>(), value.at(1).get<double>()};
}

Comparison comparison_from(const Json& value) {
  Comparison comparison;
  value.at("a").get_to(comparison.a);
  value.at("b").get_to(comparison.b);
  value.at("metric").get_to(comparison.metric);
  value.at("dimension").get_to(comparison.dimension);
  comparison.scope.user = string_from(value.at("scope").at("user"));
  comparison.scope.domain = string_from(value.at("scope").at("domain"));
  value.at("wins").get_to(comparison.wins);
  value.at("losses").get_to(comparison.losses);
  value.at("ties").get_to(comparison.ties);
  value.at("ties_bad").get_to(comparison.ties_bad);
  value.at("na").get_to(comparison.na);
  comparison.identical = value.value("identical", std::size_t{0});  // of results of before: none
  value.at("missing").get_to(comparison.missing);
  comparison.win_rate = number_from(value.at("win_rate"));
  comparison.ties_half = number_from(value.at("ties_half"));
  comparison.ci = interval_from(value.at("ci"));
  comparison.wilson = interval_from(value.at("wilson"));
  value.at("p_sign").get_to(comparison.p_sign);
  value.at("p_cluster").get_to(comparison.p_cluster);
  value.at("smallest_p_cluster").get_to(comparison.smallest_p_cluster);
  value.at("clusters").get_to(comparison.clusters);
  comparison.first_shown_wins = number_from(value.at("first_shown_wins"));
  const Json& difference = value.at("mean_difference");
  if (!difference.is_null()) {
    comparison.mean_difference = difference.at("nats_per_token").get<double>();
    comparison.mean_difference_ci = interval_from(difference.at("ci"));
  }
  return comparison;
}

}  // namespace

void ComparedVerdicts::add(const Verdict& verdict) {
  const bool has_scores = verdict.score_a.has_value() && verdict.score_b.has_value();
  const std::string_view metric = has_scores ? "likelihood" : "judge";
  auto compared = std::find_if(contests_.begin(), contests_.end(), [&](const Compared& known) {
    return known.a == verdict.a && known.b == verdict.b && known.metric == metric;
  });
  if (compared == contests_.end()) {
    contests_.push_back({verdict.a, verdict.b, std::string(metric), {}});
    compared = std::prev(contests_.end());
  }
  Row row{name(verdict.user.str()),
          name(verdict.domain),
          name(verdict.group.str()),
          verdict.shown_first,
          verdict.style,
          verdict.intent,
          verdict.values,
          verdict.overall,
          verdict.identical,
          std::nullopt};
  if (has_scores) row.difference = *verdict.score_a - *verdict.score_b;
  compared->rows.push_back(row);
  ++size_;
}

std::vector<Comparison> compare(const ComparedVerdicts& verdicts,
                                const std::vector<std::pair<std::string, std::size_t>>& expected_per_user,
                                std::uint64_t seed) {
  std::vector<Comparison> comparisons;
  for (const Compared& compared : verdicts.comparisons_made()) {
    const Expected expected(compared, expected_per_user);
    const auto scopes = scopes_of(compared, expected);
    for (const char* dimension : dimensions) {
      if (!has_dimension(compared, dimension)) continue;
      for (const ComparisonScope& scope : scopes) {
        comparisons.push_back(compare_scope(compared, dimension, scope, expected, seed));
      }
    }
  }
  return comparisons;
}

Json results_json(const std::vector<Comparison>& comparisons, const std::vector<Leak>& leaks,
                  const std::vector<Warning>& warnings) {
  Json list = Json::array();
  for (const Comparison& comparison : comparisons) list.push_back(json_of(comparison));
  Json results = Json::object();
  results["comparisons"] = std::move(list);
  for (const Leak& leak : leaks) {
    results["leak"].push_back(
        {{"method", leak.method}, {"pairs", leak.pairs}, {"nats_per_token", leak.nats_per_token}});
  }
  results["warnings"] = warnings_json(warnings);
  return results;
}

std::vector<Leak> leaks_from_json(const Json& results) {
  std::vector<Leak> leaks;
  if (!results.contains("leak")) return leaks;
  try {
    for (const Json& value : results.at("leak")) {
      leaks.push_back({value.at("method").get<std::string>(), value.at("pairs").get<std::size_t>(),
                       value.at("nats_per_token").get<double>()});
    }
  } catch (const nlohmann::json::exception& error) {
    throw RunError(std::string("not the results of `recon evaluate`: ") + error.what());
  }
  return leaks;
}

std::vector<Comparison> comparisons_from_json(const Json& results) {
  try {
    std::vector<Comparison> comparisons;
    for (const Json& value : results.at("comparisons")) comparisons.push_back(comparison_from(value));
    return comparisons;
  } catch (const nlohmann::json::exception& error) {
    throw RunError(std::string("not the results of `recon evaluate`: ") + error.what());
  }
}

}  // namespace recon
