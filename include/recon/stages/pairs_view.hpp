#pragma once

#include "recon/core/records.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace recon {

/// The pairs that a run sees: all, or with `--limit N` a seeded sample of N per user and split. The sample of
/// a smaller N is part of that of a larger one, so that answers already paid for are used again.
[[nodiscard]] std::vector<Pair> read_pairs(const std::filesystem::path& path,
                                           std::optional<std::size_t> limit, std::uint64_t seed);

/// Pairs by id; the vector must outlive it. Throws RunError when two pairs share an id.
class PairIndex {
 public:
  explicit PairIndex(const std::vector<Pair>& pairs);
  [[nodiscard]] const Pair* find(const PairId& id) const;
  /// Throws RunError naming the id and the file it should be in.
  [[nodiscard]] const Pair& at(const PairId& id) const;

 private:
  std::unordered_map<PairId, const Pair*> pairs_;
};

/// The train pairs among the first `k` neighbours of any test pair: for these, traces are synthesized.
[[nodiscard]] std::unordered_set<PairId> retrieved_pairs(const std::vector<Neighbors>& neighbors,
                                                         std::size_t k);

}  // namespace recon
