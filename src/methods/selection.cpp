#include "recon/methods/selection.hpp"

#include "recon/core/random.hpp"

#include <algorithm>
#include <utility>

namespace recon {
namespace {

double mean_of_dimensions(const Score& score) {
  if (!score.style || !score.intent || !score.values) return 0;
  return (*score.style + *score.intent + *score.values) / 3;
}

}  // namespace

Eligible eligible_candidates(const CandidateGroup& group, std::optional<double> max_copied) {
  Eligible eligible;
  double least = 1;
  for (const Candidate& candidate : group.candidates) {
    least = std::min(least, candidate.copied);
    if (!max_copied || candidate.copied <= *max_copied) eligible.candidates.push_back(candidate.candidate);
  }
  if (!eligible.candidates.empty()) return eligible;
  eligible.copying = true;
  for (const Candidate& candidate : group.candidates) {
    if (candidate.copied <= least) eligible.candidates.push_back(candidate.candidate);
  }
  return eligible;
}

BestScore best_score(const std::vector<Score>& scores, std::uint64_t seed, const std::string& pair) {
  const auto better = [](const Score& a, const Score& b) {
    return std::pair(a.overall, mean_of_dimensions(a)) > std::pair(b.overall, mean_of_dimensions(b));
  };
  const Score best = *std::min_element(scores.begin(), scores.end(), better);
  std::vector<std::size_t> ties;
  for (std::size_t place = 0; place < scores.size(); ++place) {
    if (!better(best, scores[place])) ties.push_back(place);
  }
  KeyedRandom random(seed, "select tie", pair);
  return {ties[random.below(ties.size())], ties.size() > 1};
}

}  // namespace recon
