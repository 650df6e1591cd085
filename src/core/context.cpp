#include "recon/core/context.hpp"

#include "recon/core/text.hpp"

#include <algorithm>

namespace recon {
namespace {

/// What the labels and the markup around a turn are counted as.
constexpr std::size_t tokens_per_turn = 2;

}  // namespace

CutContext cut_context(const std::vector<Turn>& turns, std::size_t tokens) {
  CutContext result;
  std::size_t used = 0;
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    const std::size_t label = count_tokens(turn->author) + tokens_per_turn;
    const std::size_t cost = label + count_tokens(turn->text);
    if (used + cost > tokens) {
      result.cut = true;
      if (result.turns.empty() && tokens > label) {
        result.turns.push_back({turn->author, std::string(last_tokens(turn->text, tokens - label))});
      }
      break;
    }
    used += cost;
    result.turns.push_back(*turn);
  }
  std::reverse(result.turns.begin(), result.turns.end());
  return result;
}

}  // namespace recon
