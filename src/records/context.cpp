#include "recon/records/context.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <optional>

namespace recon {
namespace {

/// What the labels and the markup around a turn are counted as.
constexpr std::size_t tokens_per_turn = 2;
/// A shorter rest of a turn says nothing; it would only look as if somebody had said it.
constexpr std::size_t least_rest_tokens = 8;

using Turns = std::vector<Turn>;

std::size_t label_cost(const Turn& turn) { return count_tokens(turn.author) + tokens_per_turn; }
std::size_t cost_of(const Turn& turn) { return label_cost(turn) + count_tokens(turn.text); }

std::size_t cost_of(Turns::const_iterator begin, Turns::const_iterator end) {
  std::size_t cost = 0;
  for (auto turn = begin; turn != end; ++turn) cost += cost_of(*turn);
  return cost;
}

enum class Side { beginning, end };

/// What fits of a turn that does not fit whole, without one side of it; nullopt where that is less than
/// `least` tokens.
std::optional<Turn> cut_turn(const Turn& turn, Side without, std::size_t tokens, std::size_t least) {
  const std::size_t label = label_cost(turn);
  if (tokens <= label) return std::nullopt;
  const std::size_t room = tokens - label;
  const std::string_view rest =
      trim(without == Side::beginning ? last_tokens(turn.text, room) : first_tokens(turn.text, room));
  if (count_tokens(rest) < least) return std::nullopt;
  return Turn{turn.author, std::string(rest), turn.id};
}

/// The most recent of the turns that fit. Even a short rest of the last one is kept where `needed`.
CutContext most_recent(Turns::const_iterator begin, Turns::const_iterator end, std::size_t tokens,
                       bool needed) {
  CutContext result;
  std::size_t used = 0;
  for (auto turn = end; turn != begin;) {
    --turn;
    const std::size_t cost = cost_of(*turn);
    if (used + cost > tokens) {
      result.gap = ContextGap::at_beginning;
      const std::size_t least = result.turns.empty() && needed ? 1 : least_rest_tokens;
      if (auto rest = cut_turn(*turn, Side::beginning, tokens - used, least))
        result.turns.push_back(std::move(*rest));
      break;
    }
    used += cost;
    result.turns.push_back(*turn);
  }
  std::reverse(result.turns.begin(), result.turns.end());
  return result;
}

/// The first turn and the most recent ones; nullopt where the budget is too small for both.
std::optional<CutContext> around_gap(const Turns& turns, std::size_t tokens) {
  const Turn& first = turns.front();
  const auto later = turns.begin() + 1;
  const std::size_t later_cost = cost_of(later, turns.end());
  const std::size_t room = std::max(tokens / 2, tokens - std::min(tokens, later_cost));
  std::optional<Turn> kept = first;
  if (cost_of(first) > room) kept = cut_turn(first, Side::end, room, least_rest_tokens);
  if (!kept) return std::nullopt;
  CutContext result = most_recent(later, turns.end(), tokens - cost_of(*kept), false);
  // What was just said matters more than the post.
  if (result.turns.empty() && later != turns.end()) return std::nullopt;
  result.turns.insert(result.turns.begin(), std::move(*kept));
  result.gap = ContextGap::after_first;
  return result;
}

}  // namespace

CutContext cut_context(const std::vector<Turn>& turns, const ContextBudget& budget) {
  if (cost_of(turns.begin(), turns.end()) <= budget.tokens) return {turns, ContextGap::none};
  if (budget.keep_first) {
    if (auto result = around_gap(turns, budget.tokens)) return std::move(*result);
  }
  return most_recent(turns.begin(), turns.end(), budget.tokens, true);
}

CutContext cut_context(const Pair& pair, const ContextBudget& budget) {
  ContextBudget of_pair = budget;
  if (pair.context_gap() != ContextGap::none)
    of_pair.keep_first = pair.context_gap() == ContextGap::after_first;
  CutContext result = cut_context(pair.context, of_pair);
  if (!result.cut()) result.gap = pair.context_gap();
  return result;
}

}  // namespace recon
