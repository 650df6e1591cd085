#include "recon/records/candidate_groups.hpp"

#include "recon/core/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace recon {

CandidateGroups::CandidateGroups(const std::filesystem::path& path)
    : candidates_(path, [this](const Candidate& candidate) { return note(candidate); }) {
  // Files as the stages write them were checked while they were read; others are before anything is asked.
  if (!out_of_order_ && runs_in_order_ == size()) return;
  for (std::size_t group = 0; group < size(); ++group) (void)read(group);
}

bool CandidateGroups::note(const Candidate& candidate) {
  if (runs_in_order_ == 0 || candidate.pair_id != previous_) {
    previous_ = candidate.pair_id;
    expected_ = 0;
    ++runs_in_order_;
  }
  out_of_order_ = out_of_order_ || candidate.candidate != expected_;
  ++expected_;
  return true;
}

CandidateGroup CandidateGroups::read(std::size_t group) {
  CandidateGroup result;
  result.candidates = candidates_.at(static_cast<LineIndex::Place>(group));
  result.pair_id = result.candidates.front().pair_id;
  std::sort(result.candidates.begin(), result.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.candidate < b.candidate; });
  for (std::size_t i = 0; i < result.candidates.size(); ++i) {
    if (result.candidates[i].candidate != static_cast<int>(i)) {
      throw RunError(fmt::format("{}: pair '{}': its candidates are not numbered 0..{}", candidates_.name(),
                                 result.pair_id.str(), result.candidates.size() - 1));
    }
  }
  return result;
}

}  // namespace recon
