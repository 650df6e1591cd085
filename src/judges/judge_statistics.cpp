#include "recon/judges/judge_statistics.hpp"

#include "recon/engine/answer_limits.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

namespace limits = answer_limits;

bool is_above(std::size_t part, std::size_t whole, double limit) {
  return static_cast<double>(part) > limit * static_cast<double>(whole);
}

/// None, or one.
std::vector<Warning> ambiguous_warning(const std::string& stage, const std::string& model,
                                       std::size_t ambiguous, std::size_t replies) {
  if (replies < limits::fewest_answers || !is_above(ambiguous, replies, limits::ambiguous_replies)) return {};
  return {{WarningKind::ambiguous_replies,
           stage,
           model,
           {{"replies", replies}, {"ambiguous", ambiguous}},
           fmt::format("model '{}': {} of {} replies hold several judgments that differ, of which the last "
                       "one counts. Look at some of them (`recon explain PAIR`); a server that honours the "
                       "reply schema leaves no room for drafts",
                       model, ambiguous, replies)}};
}

}  // namespace

void JudgmentStatistics::add(const std::vector<Score>& scores, bool ambiguous) {
  ++replies_;
  ambiguous_ += ambiguous ? 1 : 0;
  if (scores.size() < 2) return;  // nothing to choose from
  ++pairs_;
  scores_ += scores.size();
  const double first = scores.front().overall;
  flat_ +=
      std::all_of(scores.begin(), scores.end(), [&](const Score& score) { return score.overall == first; })
          ? 1
          : 0;
  first_best_ +=
      std::all_of(scores.begin() + 1, scores.end(), [&](const Score& score) { return score.overall < first; })
          ? 1
          : 0;
}

std::vector<Warning> JudgmentStatistics::warnings(const std::string& stage, const std::string& model) const {
  std::vector<Warning> found = ambiguous_warning(stage, model, ambiguous_, replies_);
  if (scores_ < limits::fewest_answers) return found;
  if (is_above(flat_, pairs_, limits::flat_scores)) {
    found.push_back(
        {WarningKind::flat_scores,
         stage,
         model,
         {{"pairs", pairs_}, {"flat", flat_}},
         fmt::format("model '{}': all candidates of a pair got one score for {} of {} pairs: which "
                     "trace is kept is drawn by lot there, not selected. Look whether the "
                     "candidates differ (`recon explain PAIR`), and take another judge where they do",
                     model, flat_, pairs_)});
  }
  if (pairs_ >= limits::fewest_answers && is_above(first_best_, pairs_, limits::first_shown)) {
    found.push_back(
        {WarningKind::first_shown,
         stage,
         model,
         {{"pairs", pairs_}, {"first_best", first_best_}},
         fmt::format("model '{}': the candidate shown first got the best score for {} of {} pairs, "
                     "though the order is drawn: this judge goes by the place, not by the text. "
                     "Take another judge",
                     model, first_best_, pairs_)});
  }
  return found;
}

void VerdictStatistics::add(Outcome shown, bool ambiguous) {
  ambiguous_ += ambiguous ? 1 : 0;
  ++verdicts_;
  first_ += shown == Outcome::a ? 1 : 0;
  second_ += shown == Outcome::b ? 1 : 0;
}

std::vector<Warning> VerdictStatistics::warnings(const std::string& stage, const std::string& model) const {
  std::vector<Warning> found = ambiguous_warning(stage, model, ambiguous_, verdicts_);
  const std::size_t decided = first_ + second_;
  const std::size_t most = std::max(first_, second_);
  if (decided >= limits::fewest_answers && is_above(most, decided, limits::first_shown)) {
    found.push_back(
        {WarningKind::first_shown,
         stage,
         model,
         {{"decided", decided}, {"first", first_}, {"second", second_}},
         fmt::format("model '{}': the answer shown {} won {} of {} decided verdicts, though the "
                     "order is drawn: this judge goes by the place, not by the text. Take another "
                     "judge",
                     model, first_ > second_ ? "first" : "second", most, decided)});
  }
  if (verdicts_ >= limits::fewest_answers && is_above(verdicts_ - decided, verdicts_, limits::undecided)) {
    found.push_back({WarningKind::undecided,
                     stage,
                     model,
                     {{"verdicts", verdicts_}, {"decided", decided}},
                     fmt::format("model '{}': {} of {} verdicts are ties: this judge tells next to nothing "
                                 "apart. Look at the actions (`recon explain PAIR`), or take another judge",
                                 model, verdicts_ - decided, verdicts_)});
  }
  return found;
}

}  // namespace recon
