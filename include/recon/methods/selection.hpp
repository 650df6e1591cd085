#pragma once

#include "recon/records/candidate_groups.hpp"
#include "recon/records/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// Which of a pair's candidates may be chosen.
struct Eligible {
  std::vector<int> candidates;
  bool copying = false;  ///< all copy too much; these are the ones that copy least
};

/// Candidates that copy more than `max_copied` are left out; where all do, those that copy least are taken.
[[nodiscard]] Eligible eligible_candidates(const CandidateGroup& group, std::optional<double> max_copied);

struct BestScore {
  std::size_t place = 0;
  bool tied = false;  ///< others were as good, and one of them was drawn
};

/// Highest overall, then highest mean of the dimensions, then a draw by seed and pair; never "the first".
/// `scores` must not be empty.
[[nodiscard]] BestScore best_score(const std::vector<Score>& scores, std::uint64_t seed,
                                   const std::string& pair);

}  // namespace recon
