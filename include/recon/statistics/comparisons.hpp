#pragma once

#include "recon/core/json_fwd.hpp"
#include "recon/records/records.hpp"
#include "recon/records/warning.hpp"
#include "recon/statistics/intervals.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace recon {

/// Whom a comparison covers; nullopt = pooled.
struct ComparisonScope {
  std::optional<std::string> user;
  std::optional<std::string> domain;
  bool operator==(const ComparisonScope&) const = default;
};

/// An entry of results.json: method `a` against `b` on one dimension. Rates in 0..1, wins are `a`'s.
struct Comparison {
  std::string a, b;
  std::string metric;     ///< judge | likelihood
  std::string dimension;  ///< style | intent | values | overall
  ComparisonScope scope;
  std::size_t wins = 0, losses = 0, ties = 0, ties_bad = 0, na = 0, missing = 0;
  std::size_t identical = 0;        ///< of the ties: equal texts, which no judge was asked about
  std::optional<double> win_rate;   ///< wins / (wins + losses); null without decisions
  std::optional<double> ties_half;  ///< ties of both kinds counted one half
  std::optional<Interval> ci;       ///< cluster-linearised t interval
  std::optional<Interval> wilson;
  double p_sign = 1;
  double p_cluster = 1;  ///< sign-flip test of wins minus losses over clusters
  double smallest_p_cluster =
      1;  ///< what that test could give at best: 2^(1 - clusters with wins other than losses)
  std::size_t clusters = 0;                ///< with decided verdicts
  std::optional<double> first_shown_wins;  ///< judge only: share of decided verdicts won by the first shown
  std::optional<double> mean_difference;   ///< likelihood only: score_a - score_b, nats per token
  std::optional<Interval> mean_difference_ci;
};

/// Verdicts as the statistics need them: some 80 bytes each, names once, so that a million of them is no
/// burden.
class ComparedVerdicts {
 public:
  struct Row {
    const std::string* user = nullptr;
    const std::string* domain = nullptr;
    const std::string* group = nullptr;
    std::optional<Outcome> shown_first, style, intent, values;
    Outcome overall = Outcome::tie;
    bool identical = false;
    /// score_a - score_b where the verdict has scores.
    std::optional<double> difference;
  };
  /// Verdicts on one pair of methods by one metric, in the order in which they were added.
  struct Compared {
    std::string a, b, metric;
    std::deque<Row> rows;
  };

  ComparedVerdicts() = default;
  ComparedVerdicts(const ComparedVerdicts&) = delete;  // rows point to names
  ComparedVerdicts& operator=(const ComparedVerdicts&) = delete;

  void add(const Verdict& verdict);
  [[nodiscard]] std::size_t size() const { return size_; }
  /// In the order of their first verdicts.
  [[nodiscard]] const std::deque<Compared>& comparisons_made() const { return contests_; }

 private:
  std::set<std::string, std::less<>> names_;
  std::deque<Compared> contests_;
  std::size_t size_ = 0;
  const std::string* name(const std::string& text) { return &*names_.insert(text).first; }
};

/// All comparisons in the verdicts: per method pair, metric and dimension; pooled, per domain (where there
/// are several) and per user (those of `expected_per_user` first, with a row even where all is missing).
/// `expected_per_user` is how many verdicts there should be per user and method pair; the rest is `missing`,
/// as is a dimension that a verdict does not mention. Missing verdicts of a user with several domains count
/// in no domain. With the likelihood metric the scores decide.
[[nodiscard]] std::vector<Comparison> compare(
    const ComparedVerdicts& verdicts,
    const std::vector<std::pair<std::string, std::size_t>>& expected_per_user, std::uint64_t seed);

/// How much a method's traces give the action away (DESIGN section 9): the mean over the pairs that serve as
/// examples of log p(action | trace) - log p(action), both without context, per token of the action.
struct Leak {
  std::string method;
  std::size_t pairs = 0;
  double nats_per_token = 0;
};

/// The content of results.json; `leak` stands in it only where it was measured. `warnings` are read back by
/// warnings_from_json (core/warning.hpp).
[[nodiscard]] Json results_json(const std::vector<Comparison>& comparisons,
                                const std::vector<Leak>& leaks = {},
                                const std::vector<Warning>& warnings = {});
[[nodiscard]] std::vector<Leak> leaks_from_json(const Json& results);
[[nodiscard]] std::vector<Comparison> comparisons_from_json(const Json& results);

}  // namespace recon
