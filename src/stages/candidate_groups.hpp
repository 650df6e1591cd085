#pragma once

#include "recon/core/records.hpp"

#include <filesystem>
#include <vector>

namespace recon {

/// All candidates of one pair, by number.
struct CandidateGroup {
  PairId pair_id;
  std::vector<Candidate> candidates;
};

/// Reads candidates.jsonl, grouped by pair in file order. Throws RunError when a pair's candidates are not
/// 0..N-1.
[[nodiscard]] std::vector<CandidateGroup> read_candidate_groups(const std::filesystem::path& path);

}  // namespace recon
