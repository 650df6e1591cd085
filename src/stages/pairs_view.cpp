#include "recon/stages/pairs_view.hpp"

#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/core/random.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace recon {

std::vector<Pair> read_pairs(const std::filesystem::path& path, std::optional<std::size_t> limit,
                             std::uint64_t seed) {
  std::vector<Pair> pairs = read_records<Pair>(path);
  if (pairs.empty()) {
    throw RunError(fmt::format(
        "{}: the file holds no pairs; expected one JSON object a line, as `recon ingest` writes them",
        path.string()));
  }
  if (!limit) return pairs;
  // Every pair has a rank of its own; the N lowest are the sample, whatever else is in the file.
  std::map<std::pair<UserId, Split>, std::vector<std::pair<std::uint64_t, PairId>>> ranked;
  for (const Pair& pair : pairs) {
    ranked[{pair.user, pair.split}].emplace_back(KeyedRandom(seed, "limit", pair.pair_id.str()).next(),
                                                 pair.pair_id);
  }
  std::unordered_set<PairId> kept;
  for (auto& [group, ranks] : ranked) {
    std::sort(ranks.begin(), ranks.end());
    for (std::size_t i = 0; i < std::min(*limit, ranks.size()); ++i) kept.insert(ranks[i].second);
  }
  std::erase_if(pairs, [&](const Pair& pair) { return !kept.contains(pair.pair_id); });
  return pairs;
}

PairIndex::PairIndex(const std::vector<Pair>& pairs) {
  pairs_.reserve(pairs.size());
  for (const Pair& pair : pairs) {
    if (!pairs_.emplace(pair.pair_id, &pair).second) {
      throw RunError(fmt::format("pairs: the pair_id '{}' stands twice", pair.pair_id.str()));
    }
  }
}

const Pair* PairIndex::find(const PairId& id) const {
  const auto found = pairs_.find(id);
  return found == pairs_.end() ? nullptr : found->second;
}

const Pair& PairIndex::at(const PairId& id) const {
  if (const Pair* pair = find(id)) return *pair;
  throw RunError(
      fmt::format("no pair '{}' among the pairs of this run; the files do not belong together (or --limit "
                  "leaves it out): run again without --only",
                  id.str()));
}

std::unordered_set<PairId> retrieved_pairs(const std::vector<Neighbors>& neighbors, std::size_t k) {
  std::unordered_set<PairId> retrieved;
  for (const Neighbors& test : neighbors) {
    for (std::size_t i = 0; i < std::min(k, test.neighbors.size()); ++i)
      retrieved.insert(test.neighbors[i].pair_id);
  }
  return retrieved;
}

}  // namespace recon
