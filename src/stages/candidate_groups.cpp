#include "candidate_groups.hpp"

#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace recon {

std::vector<CandidateGroup> read_candidate_groups(const std::filesystem::path& path) {
  std::vector<CandidateGroup> groups;
  std::unordered_map<PairId, std::size_t> places;
  for_each_record<Candidate>(path, [&](Candidate&& candidate) {
    const auto [place, is_new] = places.emplace(candidate.pair_id, groups.size());
    if (is_new) groups.push_back({candidate.pair_id, {}});
    groups[place->second].candidates.push_back(std::move(candidate));
  });
  for (CandidateGroup& group : groups) {
    std::sort(group.candidates.begin(), group.candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.candidate < b.candidate; });
    for (std::size_t i = 0; i < group.candidates.size(); ++i) {
      if (group.candidates[i].candidate != static_cast<int>(i)) {
        throw RunError(fmt::format("{}: pair '{}': its candidates are not numbered 0..{}", path.string(),
                                   group.pair_id.str(), group.candidates.size() - 1));
      }
    }
  }
  return groups;
}

}  // namespace recon
