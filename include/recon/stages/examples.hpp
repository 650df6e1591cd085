#pragma once

#include "recon/core/records.hpp"
#include "recon/prompts/prompts.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace recon {

/// The examples of every test pair, the same for all methods: the first k neighbours that have a trace in
/// every compared method, their contexts cut once. Only the traces differ between methods.
class ExampleSet {
 public:
  /// Reads pairs, neighbors and the traces of `generate.methods` (and the baseline) from the stage's inputs.
  /// Throws RunError when a neighbour is no train pair of the same user, or shares the test pair's session.
  explicit ExampleSet(StageRun& run);

  /// Test pairs with at least one example, in input order; the others are rejected.
  [[nodiscard]] const std::vector<const Pair*>& tests() const { return tests_; }
  /// The neighbours used for one of these test pairs.
  [[nodiscard]] const std::vector<PairId>& neighbors_of(const Pair& test) const;
  /// The generation prompt's examples with one method's traces.
  [[nodiscard]] std::vector<Example> examples(const Pair& test, const std::string& method) const;
  [[nodiscard]] const Pair& pair(const PairId& id) const { return index_->at(id); }
  /// The trace of a method for a pair.
  [[nodiscard]] const Trace& trace(const std::string& method, const PairId& id) const;
  /// Every pair that serves as an example, once, in input order.
  [[nodiscard]] std::vector<const Pair*> used_pairs() const;

 private:
  std::vector<Pair> pairs_;
  std::unique_ptr<PairIndex> index_;
  std::vector<const Pair*> tests_;
  std::unordered_map<PairId, std::vector<PairId>> chosen_;
  std::unordered_map<PairId, std::vector<Turn>> contexts_;
  std::map<std::string, std::unordered_map<PairId, Trace>> traces_;
};

/// The files an ExampleSet reads.
[[nodiscard]] std::vector<std::string> example_inputs(const RunConfig& config);
/// `generate.methods` and the baseline, each once.
[[nodiscard]] std::vector<std::string> compared_methods(const RunConfig& config);

}  // namespace recon
