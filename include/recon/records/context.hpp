#pragma once

#include "recon/records/records.hpp"

#include <cstddef>
#include <vector>

namespace recon {

/// What a context may hold.
struct ContextBudget {
  std::size_t tokens = 4096;  ///< count_tokens of every author and text, plus two a turn
  /// The first turn stays, cut at its end where it must be; see cut_context.
  bool keep_first = false;
};

struct CutContext {
  std::vector<Turn> turns;
  ContextGap gap = ContextGap::none;  ///< where something was left out
  [[nodiscard]] bool cut() const { return gap != ContextGap::none; }
};

/// The most recent turns that fit. The oldest of them is cut at its beginning, at a word boundary; what would
/// be left of it has to be worth keeping (8 tokens), unless there is nothing else to keep.
///
/// With `keep_first` the first turn (a post, under which the others comment) takes up to half of the budget,
/// and what the later ones leave of the other half; it is cut at its end.
[[nodiscard]] CutContext cut_context(const std::vector<Turn>& turns, const ContextBudget& budget);

/// The context of a pair for a smaller budget. Its gap is one even where nothing more is cut; where its first
/// turn was kept, that is kept again.
[[nodiscard]] CutContext cut_context(const Pair& pair, const ContextBudget& budget);

}  // namespace recon
