#pragma once

#include "recon/core/records.hpp"

#include <cstddef>
#include <vector>

namespace recon {

struct CutContext {
  std::vector<Turn> turns;
  bool cut = false;  ///< something was left out
};

/// The most recent turns that fit into `tokens` (count_tokens of author and text, plus two a turn). The
/// oldest turn kept whole or not at all, except that the last turn alone is cut at its beginning where it
/// exceeds the budget by itself.
[[nodiscard]] CutContext cut_context(const std::vector<Turn>& turns, std::size_t tokens);

}  // namespace recon
