#pragma once

#include "recon/records/indexed_records.hpp"
#include "recon/records/records.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace recon {

/// All candidates of one pair, by number.
struct CandidateGroup {
  PairId pair_id;
  std::vector<Candidate> candidates;
};

/// candidates.jsonl grouped by pair, in the order of the pairs' first candidates. The texts stay in the file.
class CandidateGroups {
 public:
  /// Throws RunError when a pair's candidates are not 0..N-1.
  explicit CandidateGroups(const std::filesystem::path& path);

  [[nodiscard]] std::size_t size() const { return candidates_.size(); }
  [[nodiscard]] CandidateGroup read(std::size_t group);

 private:
  std::size_t runs_in_order_ = 0;  ///< candidates of one pair next to each other and numbered 0..N-1
  bool out_of_order_ = false;
  PairId previous_;
  int expected_ = 0;
  IndexedRecords<Candidate> candidates_;

  bool note(const Candidate& candidate);
};

}  // namespace recon
