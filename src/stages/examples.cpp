#include "recon/stages/examples.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/methods/method.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace recon {
namespace {

/// What must never happen (DESIGN section 8): an example of somebody else, of the test split or of the test's
/// own session.
void check_neighbor(const Pair& test, const Pair& neighbor) {
  const auto refuse = [&](std::string_view why) {
    throw RunError(fmt::format("neighbors: '{}' lists '{}', which is {}; run retrieve again",
                               test.pair_id.str(), neighbor.pair_id.str(), why));
  };
  if (neighbor.is_test()) refuse("a test pair");
  if (neighbor.user != test.user) refuse("another user's");
  if (neighbor.session_id == test.session_id) refuse("of the same session");
}

}  // namespace

std::vector<std::string> compared_methods(const RunConfig& config) {
  std::vector<std::string> methods = config.generate.methods;
  if (std::find(methods.begin(), methods.end(), config.evaluate.baseline) == methods.end()) {
    methods.push_back(config.evaluate.baseline);
  }
  return methods;
}

std::vector<std::string> traced_methods(const RunConfig& config) {
  std::vector<std::string> traced = compared_methods(config);
  std::erase_if(traced, [](const std::string& method) { return !has_traces(method); });
  return traced;
}

Json example_cut_json(const RunConfig& config) {
  Json keep_first = nullptr;
  if (config.context_keep_first) keep_first = *config.context_keep_first;
  return {{"tokens", config.generate.example_context_tokens}, {"keep_first", std::move(keep_first)}};
}

std::vector<std::string> example_inputs(const RunConfig& config) {
  std::vector<std::string> inputs = {"pairs", "neighbors"};
  for (const std::string& method : traced_methods(config)) inputs.push_back(traces_of(method));
  return inputs;
}

ExampleSet::ExampleSet(StageRun& run, PairsView& pairs)
    : pairs_(pairs),
      config_(run.config),
      span_of_row_(pairs.row_count(), 0),
      used_(pairs.row_count(), false) {
  for (const std::string& method : traced_methods(run.config)) {
    // A file may hold several methods' traces (`--output` in file mode).
    traces_.try_emplace(method, run.input(traces_of(method)),
                        [&](const Trace& trace) { return trace.method == method; });
  }
  const auto k = static_cast<std::size_t>(run.config.retrieve.k);
  Counts counts;
  for_each_record<Neighbors>(run.input("neighbors"),
                             [&](const Neighbors& neighbors) { choose(neighbors, k, counts); });
  for (const PairsView::Row row : pairs_.rows()) {
    if (!pairs_.is_test(row) || span_of_row_[row] == 0) continue;
    if (spans_[span_of_row_[row] - 1].count == 0) {
      run.reject(Subject::of_pair(pairs_.read(row)->pair_id), RecordFault::missing_input,
                 "no neighbour has a trace in every compared method");
    } else {
      tests_.push_back(row);
    }
  }
  run.count("examples_replaced", counts.replaced);
  run.count("tests_with_fewer_examples", counts.fewer);
  run.count("example_contexts_cut", counts.cut);
  if (counts.fewer > 0) {
    run.log.warning(fmt::format(
        "{}: fewer than {} examples with a trace in every method for {}; all methods get the same ones",
        run.stage(), k, counted(counts.fewer, "test pair")));
  }
}

void ExampleSet::choose(const Neighbors& neighbors, std::size_t k, Counts& counts) {
  const PairsView::Row test_row = pairs_.row_of(neighbors.pair_id);
  if (!pairs_.sees(test_row)) return;
  const std::shared_ptr<const Pair> test = pairs_.read(test_row);
  Span span{chosen_.size(), 0};
  if (const std::uint32_t earlier = span_of_row_[test_row]; earlier != 0) {
    // A second line for one test pair goes on where the first one ended.
    const Span known = spans_[earlier - 1];
    for (std::size_t i = 0; i < known.count; ++i) chosen_.push_back(chosen_[known.begin + i]);
    span.count = known.count;
  }
  for (std::size_t i = 0; i < neighbors.neighbors.size() && span.count < k; ++i) {
    const PairsView::Row row = pairs_.row_of(neighbors.neighbors[i].pair_id);
    const std::shared_ptr<const Pair> neighbor = pairs_.read(row);
    check_neighbor(*test, *neighbor);
    if (!has_all_traces(neighbor->pair_id)) continue;
    counts.replaced += i >= k ? 1 : 0;
    chosen_.push_back(row);
    ++span.count;
    if (!used_[row]) counts.cut += shown_context(*neighbor).turns != neighbor->context ? 1 : 0;
    used_[row] = true;
  }
  counts.fewer += span.count < std::min(k, neighbors.neighbors.size()) ? 1 : 0;
  spans_.push_back(span);
  span_of_row_[test_row] = static_cast<std::uint32_t>(spans_.size());
}

bool ExampleSet::has_all_traces(const PairId& id) const {
  return std::all_of(traces_.begin(), traces_.end(),
                     [&](const auto& method) { return method.second.find(id).has_value(); });
}

CutContext ExampleSet::shown_context(const Pair& pair) const {
  return cut_context(pair, example_budget(config_, pair.domain));
}

TestPair ExampleSet::read(PairsView::Row test) {
  TestPair result;
  result.pair = pairs_.read(test);
  const Span span = spans_.at(span_of_row_.at(test) - 1);
  for (std::size_t i = 0; i < span.count; ++i) {
    result.neighbors.push_back(pairs_.read(chosen_[span.begin + i]));
    result.contexts.push_back(shown_context(*result.neighbors.back()));
  }
  return result;
}

std::vector<Example> ExampleSet::examples(const TestPair& test, const std::string& method) {
  std::vector<Example> examples;
  for (std::size_t i = 0; i < test.neighbors.size(); ++i) {
    const Pair& neighbor = *test.neighbors[i];
    std::optional<std::string> reasoning;
    if (has_traces(method)) reasoning = trace(method, neighbor.pair_id).reasoning;
    examples.push_back({&neighbor, test.contexts[i].turns, std::move(reasoning), test.contexts[i].gap});
  }
  return examples;
}

Trace ExampleSet::trace(const std::string& method, const PairId& id) {
  std::optional<Trace> trace = traces_.at(method).last(id);
  if (!trace) throw std::logic_error(fmt::format("no trace of '{}' for the example '{}'", method, id.str()));
  return std::move(*trace);
}

std::vector<PairsView::Row> ExampleSet::used_pairs() const {
  std::vector<PairsView::Row> used;
  for (const PairsView::Row row : pairs_.rows()) {
    if (used_[row]) used.push_back(row);
  }
  return used;
}

}  // namespace recon
