#include "recon/stages/examples.hpp"

#include "recon/core/context.hpp"
#include "recon/core/error.hpp"

#include <algorithm>

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

std::vector<std::string> example_inputs(const RunConfig& config) {
  std::vector<std::string> inputs = {"pairs", "neighbors"};
  for (const std::string& method : compared_methods(config)) inputs.push_back(traces_of(method));
  return inputs;
}

ExampleSet::ExampleSet(StageRun& run) {
  const RunConfig& config = run.config;
  pairs_ = read_pairs(run.input("pairs"), run.limit, config.seed);
  index_ = std::make_unique<PairIndex>(pairs_);
  const std::vector<std::string> methods = compared_methods(config);
  for (const std::string& method : methods) {
    auto& traces = traces_[method];
    // A file may hold several methods' traces (`--output` in file mode).
    for_each_record<Trace>(run.input(traces_of(method)), [&](Trace&& trace) {
      const PairId id = trace.pair_id;
      if (trace.method == method) traces.insert_or_assign(id, std::move(trace));
    });
  }
  const auto has_all_traces = [&](const PairId& id) {
    return std::all_of(methods.begin(), methods.end(),
                       [&](const auto& method) { return traces_[method].contains(id); });
  };
  const auto k = static_cast<std::size_t>(config.retrieve.k);
  std::size_t replaced = 0, fewer = 0, cut = 0;
  for (const Neighbors& neighbors : read_records<Neighbors>(run.input("neighbors"))) {
    const Pair& test = index_->at(neighbors.pair_id);
    std::vector<PairId>& chosen = chosen_[neighbors.pair_id];
    for (std::size_t i = 0; i < neighbors.neighbors.size() && chosen.size() < k; ++i) {
      const Pair& neighbor = index_->at(neighbors.neighbors[i].pair_id);
      check_neighbor(test, neighbor);
      if (!has_all_traces(neighbor.pair_id)) continue;
      replaced += i >= k ? 1 : 0;
      chosen.push_back(neighbor.pair_id);
      if (!contexts_.contains(neighbor.pair_id)) {
        CutContext context =
            cut_context(neighbor.context, static_cast<std::size_t>(config.generate.example_context_tokens));
        cut += context.cut ? 1 : 0;
        contexts_.emplace(neighbor.pair_id, std::move(context.turns));
      }
    }
    fewer += chosen.size() < std::min(k, neighbors.neighbors.size()) ? 1 : 0;
  }
  for (const Pair& pair : pairs_) {
    if (!pair.is_test() || !chosen_.contains(pair.pair_id)) continue;
    if (chosen_.at(pair.pair_id).empty()) {
      run.reject(pair.pair_id.str(), "no neighbour has a trace in every compared method");
    } else {
      tests_.push_back(&pair);
    }
  }
  run.count("examples_replaced", replaced);
  run.count("tests_with_fewer_examples", fewer);
  run.count("example_contexts_cut", cut);
  if (fewer > 0) {
    run.log.warning(fmt::format(
        "{}: {} test pairs have fewer than {} examples with a trace in every method; all methods get "
        "the same ones",
        run.stage(), fewer, k));
  }
}

const std::vector<PairId>& ExampleSet::neighbors_of(const Pair& test) const {
  return chosen_.at(test.pair_id);
}

std::vector<Example> ExampleSet::examples(const Pair& test, const std::string& method) const {
  std::vector<Example> examples;
  for (const PairId& id : neighbors_of(test)) {
    examples.push_back({&index_->at(id), contexts_.at(id), trace(method, id).reasoning});
  }
  return examples;
}

const Trace& ExampleSet::trace(const std::string& method, const PairId& id) const {
  return traces_.at(method).at(id);
}

std::vector<const Pair*> ExampleSet::used_pairs() const {
  std::vector<const Pair*> used;
  for (const Pair& pair : pairs_) {
    if (contexts_.contains(pair.pair_id)) used.push_back(&pair);
  }
  return used;
}

}  // namespace recon
