#include "recon/core/error.hpp"
#include "recon/core/random.hpp"
#include "recon/core/text.hpp"
#include "recon/methods/selection.hpp"
#include "recon/records/candidate_groups.hpp"
#include "recon/stages/examples.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace recon {
namespace {

/// `recon-select` and `random` always; further random ones when they are compared.
std::vector<std::string> selected_methods(const RunConfig& config) {
  std::vector<std::string> methods = {"recon-select", "random"};
  for (const std::string& method : compared_methods(config)) {
    if (is_selected_method(method) && std::find(methods.begin(), methods.end(), method) == methods.end()) {
      methods.push_back(method);
    }
  }
  return methods;
}

std::vector<std::string> outputs(const RunConfig& config) {
  std::vector<std::string> result;
  for (const std::string& method : selected_methods(config)) result.push_back(traces_of(method));
  return result;
}

Json fingerprint(const RunConfig& config, const Prompts& /*prompts*/, Engine& /*engine*/) {
  return {{"methods", selected_methods(config)},
          {"max_copied", config.select.max_copied ? Json(*config.select.max_copied) : Json(nullptr)}};
}

struct Selection {
  int candidate = 0;
  bool copying = false;
  bool tied = false;  ///< others were as good, and one of them was drawn
};

/// The best of the candidates that may be chosen.
Selection select_best(const CandidateGroup& group, const std::vector<Score>& scores,
                      std::optional<double> max_copied, std::uint64_t seed) {
  const Eligible eligible = eligible_candidates(group, max_copied);
  std::vector<Score> compared;
  for (const Score& score : scores) {
    const auto& allowed = eligible.candidates;
    if (std::find(allowed.begin(), allowed.end(), score.candidate) != allowed.end())
      compared.push_back(score);
  }
  const BestScore best = best_score(compared, seed, group.pair_id.str());
  return {compared[best.place].candidate, eligible.copying, best.tied};
}

/// Throws where a judgment does not score each candidate of its group exactly once.
void check_judgment(const Judgment& judgment, const CandidateGroup& group) {
  std::vector<int> scored;
  for (const Score& score : judgment.scores) scored.push_back(score.candidate);
  std::sort(scored.begin(), scored.end());
  bool matches = scored.size() == group.candidates.size();
  for (std::size_t i = 0; matches && i < scored.size(); ++i) matches = scored[i] == static_cast<int>(i);
  if (!matches) {
    throw RunError(fmt::format(
        "judgments: pair '{}': the scores do not belong to its {} candidates; run the judge again",
        group.pair_id.str(), group.candidates.size()));
  }
}

void run(StageRun& run) {
  const RunConfig& config = run.config;
  const std::vector<std::string> methods = selected_methods(config);
  IndexedRecords<Judgment> judgments(run.input("judgments"));
  CandidateGroups groups(run.input("candidates"));
  for (const std::string& method : methods) run.start_output(traces_of(method));
  std::size_t ties_at_top = 0, copying = 0, unjudged = 0;
  for (std::size_t at = 0; at < groups.size(); ++at) {
    const CandidateGroup group = groups.read(at);
    const std::optional<Judgment> judgment = judgments.last(group.pair_id);
    if (judgment) check_judgment(*judgment, group);
    const auto score_of = [&](int candidate) -> std::optional<double> {
      if (!judgment) return std::nullopt;
      for (const Score& score : judgment->scores) {
        if (score.candidate == candidate) return score.overall;
      }
      return std::nullopt;
    };
    for (const std::string& method : methods) {
      Selection selection;
      if (method == "recon-select") {
        if (!judgment) {
          ++unjudged;
          continue;
        }
        selection = select_best(group, judgment->scores, config.select.max_copied, config.seed);
        copying += selection.copying ? 1 : 0;
        ties_at_top += selection.tied ? 1 : 0;
      } else {
        KeyedRandom random(config.seed, method, group.pair_id.str());
        selection.candidate = static_cast<int>(random.below(group.candidates.size()));
      }
      const Candidate& candidate = group.candidates.at(static_cast<std::size_t>(selection.candidate));
      run.write(traces_of(method), Trace{group.pair_id, method, candidate.candidate, candidate.reasoning,
                                         score_of(candidate.candidate), selection.copying});
    }
  }
  run.count("ties_at_top", ties_at_top);
  run.count("all_copying", copying);
  run.count("unjudged", unjudged);
  if (copying > 0) {
    run.log.warning(
        fmt::format("select: for {} every candidate copies more than {:.2f} of the action; the one that "
                    "copies least was taken and flagged",
                    counted(copying, "pair"), config.select.max_copied.value_or(1)));
  }
}

}  // namespace

Stage select_stage() {
  return {"select",    [](const RunConfig&) { return std::vector<std::string>{"candidates", "judgments"}; },
          outputs,     [](const RunConfig&) { return std::vector<StageModel>{}; },
          fingerprint, nullptr,
          run};
}

}  // namespace recon
