#pragma once

#include "recon/prompts/prompts.hpp"
#include "recon/records/context.hpp"
#include "recon/records/indexed_records.hpp"
#include "recon/records/records.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace recon {

/// A test pair with its examples: the neighbours used and their contexts as they are shown.
struct TestPair {
  std::shared_ptr<const Pair> pair;
  std::vector<std::shared_ptr<const Pair>> neighbors;
  std::vector<CutContext> contexts;
};

/// The examples of every test pair, the same for all methods: the first k neighbours that have a trace in
/// every compared method, their contexts cut once. Only the traces differ between methods. Pairs and traces
/// stay in their files.
class ExampleSet {
 public:
  /// Reads pairs, neighbors and the traces of `generate.methods` (and the baseline) from the stage's inputs.
  /// Throws RunError when a neighbour is no train pair of the same user, or shares the test pair's session.
  ExampleSet(StageRun& run, PairsView& pairs);

  /// Rows of the test pairs with at least one example, in input order; the others are rejected.
  [[nodiscard]] const std::vector<PairsView::Row>& tests() const { return tests_; }
  /// One of these with all that its prompts need.
  [[nodiscard]] TestPair read(PairsView::Row test);
  /// The generation prompt's examples with one method's traces; they refer to `test`.
  [[nodiscard]] std::vector<Example> examples(const TestPair& test, const std::string& method);
  [[nodiscard]] std::shared_ptr<const Pair> pair(PairsView::Row row) { return pairs_.read(row); }
  /// The trace of a method for a pair that serves as an example.
  [[nodiscard]] Trace trace(const std::string& method, const PairId& id);
  /// Rows of the pairs that serve as an example, each once, in input order.
  [[nodiscard]] std::vector<PairsView::Row> used_pairs() const;

 private:
  /// Some neighbours next to each other in `chosen_`.
  struct Span {
    std::size_t begin = 0;
    std::size_t count = 0;
  };
  PairsView& pairs_;
  const RunConfig& config_;
  std::map<std::string, IndexedRecords<Trace>> traces_;  ///< by method
  std::vector<PairsView::Row> tests_;
  std::vector<PairsView::Row> chosen_;
  std::vector<Span> spans_;                 ///< in the order of neighbors.jsonl
  std::vector<std::uint32_t> span_of_row_;  ///< of a test pair: place in `spans_` + 1; 0 = none
  std::vector<bool> used_;                  ///< by row

  struct Counts {
    std::size_t replaced = 0, fewer = 0, cut = 0;
  };
  void choose(const Neighbors& neighbors, std::size_t k, Counts& counts);
  [[nodiscard]] CutContext shown_context(const Pair& pair) const;
  [[nodiscard]] bool has_all_traces(const PairId& id) const;
};

/// What decides how the examples' contexts are cut, for fingerprints.
[[nodiscard]] Json example_cut_json(const RunConfig& config);
/// The files an ExampleSet reads.
[[nodiscard]] std::vector<std::string> example_inputs(const RunConfig& config);
/// `generate.methods` and the baseline, each once.
[[nodiscard]] std::vector<std::string> compared_methods(const RunConfig& config);
/// Those of them that have traces.
[[nodiscard]] std::vector<std::string> traced_methods(const RunConfig& config);

}  // namespace recon
