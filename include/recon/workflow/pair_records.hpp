#pragma once

#include "recon/core/json.hpp"
#include "recon/records/records.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// Everything that a run's files say of one pair.
struct PairRecords {
  Pair pair;
  std::vector<Candidate> candidates;
  std::vector<Reconstruction> reconstructions;
  std::optional<Judgment> judgment;
  std::vector<Trace> traces;        ///< what each method kept
  std::vector<Neighbor> neighbors;  ///< of a test pair
  /// Test pairs that list this train pair, with its place among their neighbours (from 1) and the similarity.
  struct UsedBy {
    PairId test;
    std::size_t place = 0;
    double similarity = 0;
  };
  std::vector<UsedBy> used_by;
  std::vector<Action> actions;
  std::vector<Verdict> verdicts;
  std::vector<Reject> rejects;
  std::vector<std::string> missing;  ///< files that are not there
  [[nodiscard]] Json to_json() const;
};

/// Reads the lines of one pair from the files of a run directory, which need not be complete. Throws RunError
/// where there are no pairs yet, and for an unknown pair, naming the nearest ids.
[[nodiscard]] PairRecords read_pair_records(const std::filesystem::path& run_dir, const std::string& pair);

}  // namespace recon
