#include "recon/report/tables.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "text_table.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr const char* absent = "-";
constexpr double significance = 0.05;

std::string percent(double rate) { return fmt::format("{:.1f}", 100 * rate); }

std::string percent_interval(const std::optional<Interval>& interval) {
  return interval ? fmt::format("{}..{}", percent(interval->low), percent(interval->high)) : absent;
}

std::string p_value(double p) { return p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p); }

std::string scope_name(const ComparisonScope& scope) {
  if (scope.user) return *scope.user;
  if (scope.domain) return "domain " + *scope.domain;
  return "pooled";
}

/// The rows of one table: equal methods, metric and dimension.
using Rows = std::vector<const Comparison*>;

std::vector<Rows> tables_of(const std::vector<Comparison>& comparisons) {
  std::vector<Rows> tables;
  for (const Comparison& comparison : comparisons) {
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const Rows& rows) {
      const Comparison& first = *rows.front();
      return first.a == comparison.a && first.b == comparison.b && first.metric == comparison.metric &&
             first.dimension == comparison.dimension;
    });
    if (found == tables.end()) {
      tables.push_back({&comparison});
    } else {
      found->push_back(&comparison);
    }
  }
  // What decides comes first, for every pair of methods.
  std::stable_partition(tables.begin(), tables.end(),
                        [](const Rows& rows) { return rows.front()->dimension == "overall"; });
  return tables;
}

std::vector<std::string> cells_of(const Comparison& comparison, bool with_na, bool likelihood) {
  std::vector<std::string> cells = {scope_name(comparison.scope), fmt::format("{}", comparison.wins),
                                    fmt::format("{}", comparison.losses), fmt::format("{}", comparison.ties),
                                    fmt::format("{}", comparison.ties_bad)};
  if (with_na) cells.push_back(fmt::format("{}", comparison.na));
  cells.push_back(fmt::format("{}", comparison.missing));
  cells.push_back(comparison.win_rate ? percent(*comparison.win_rate) : absent);
  cells.push_back(percent_interval(comparison.ci));
  cells.push_back(percent_interval(comparison.wilson));
  cells.push_back(p_value(comparison.p_sign));
  cells.push_back(fmt::format("{}", comparison.clusters));
  if (likelihood) {
    const auto& difference = comparison.mean_difference;
    const auto& interval = comparison.mean_difference_ci;
    cells.push_back(difference ? fmt::format("{:+.4f}", *difference) : absent);
    cells.push_back(interval ? fmt::format("{:+.4f}..{:+.4f}", interval->low, interval->high) : absent);
  }
  return cells;
}

std::vector<std::string> notes_of(const Rows& rows) {
  std::vector<std::string> notes;
  for (const Comparison* comparison : rows) {
    if (comparison->smallest_p_cluster <= significance) continue;
    notes.push_back(fmt::format("{}: too few clusters for a claim ({})", scope_name(comparison->scope),
                                comparison->clusters));
  }
  const Comparison& first = *rows.front();
  const std::string scope = scope_name(first.scope);
  for (const Comparison* comparison : rows) {
    if (comparison->identical == 0) continue;
    notes.push_back(fmt::format("{}: {} of the ties are equal texts, which no judge was asked about",
                                scope_name(comparison->scope), comparison->identical));
  }
  if (first.ties_half) {
    notes.push_back(fmt::format("{}: win rate with ties as half {} %", scope, percent(*first.ties_half)));
  }
  if (first.smallest_p_cluster <= significance) {
    notes.push_back(fmt::format("{}: sign-flip test over clusters p = {}", scope, p_value(first.p_cluster)));
  }
  if (first.first_shown_wins) {
    notes.push_back(fmt::format("{}: the answer shown first won {} % of the decided verdicts", scope,
                                percent(*first.first_shown_wins)));
  }
  return notes;
}

TextTable table_of(const Rows& rows) {
  const Comparison& first = *rows.front();
  const bool likelihood = first.metric == "likelihood";
  const bool with_na =
      std::any_of(rows.begin(), rows.end(), [](const Comparison* row) { return row->na > 0; });
  TextTable table;
  table.title = fmt::format("{} against {}: {}, by {}", first.a, first.b, first.dimension, first.metric);
  table.header = {"", "W", "L", "tie", "tie-bad"};
  if (with_na) table.header.emplace_back("n/a");
  for (const char* name : {"missing", "win rate %", "95 % interval", "Wilson 95 %", "p sign", "clusters"}) {
    table.header.emplace_back(name);
  }
  if (likelihood) {
    table.header.emplace_back("nats/token");
    table.header.emplace_back("95 % interval");
  }
  for (const Comparison* row : rows) table.rows.push_back(cells_of(*row, with_na, likelihood));
  table.notes = notes_of(rows);
  return table;
}

/// What a method's traces give away is no part of any comparison: a table of its own.
TextTable leak_table(const std::vector<Leak>& leaks) {
  TextTable table{"leak: what a trace alone, without its context, adds to the action",
                  {"", "pairs", "nats/token"},
                  {},
                  {}};
  for (const Leak& leak : leaks) {
    table.rows.push_back(
        {leak.method, fmt::format("{}", leak.pairs), fmt::format("{:+.4f}", leak.nats_per_token)});
  }
  return table;
}

constexpr const char* warnings_title = "Warnings: what puts these numbers in doubt";

std::string plain_warnings(const std::vector<Warning>& warnings) {
  if (warnings.empty()) return {};
  std::string text = fmt::format("{}\n", warnings_title);
  for (const Warning& warning : warnings) text += fmt::format("- {}: {}\n", warning.stage, warning.message);
  return text;
}

std::string markdown_warnings(const std::vector<Warning>& warnings) {
  if (warnings.empty()) return {};
  std::string text = fmt::format("## {}\n\n", warnings_title);
  for (const Warning& warning : warnings)
    text += fmt::format("- {}: {}\n", markdown_escaped(warning.stage), markdown_escaped(warning.message));
  return text;
}

template <class Format>
std::string all_tables(std::string text, const std::vector<Comparison>& comparisons,
                       const std::vector<Leak>& leaks, const Format& format) {
  const bool none = comparisons.empty() && leaks.empty();
  for (const Rows& rows : tables_of(comparisons)) {
    if (!text.empty()) text += "\n";
    text += format(table_of(rows));
  }
  if (!leaks.empty()) text += (text.empty() ? "" : "\n") + format(leak_table(leaks));
  if (none) text += (text.empty() ? "" : "\n") + std::string("No verdicts: nothing to compare.\n");
  return text;
}

}  // namespace

std::string results_table(const std::vector<Comparison>& comparisons, const std::vector<Leak>& leaks,
                          const std::vector<Warning>& warnings) {
  return all_tables(plain_warnings(warnings), comparisons, leaks, plain_text);
}

std::string results_markdown(const std::vector<Comparison>& comparisons, const std::vector<Leak>& leaks,
                             const std::vector<Warning>& warnings) {
  return all_tables(markdown_warnings(warnings), comparisons, leaks, markdown);
}

}  // namespace recon
