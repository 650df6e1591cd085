#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/methods/method.hpp"
#include "recon/records/candidate_groups.hpp"
#include "recon/stages/examples.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace recon {
namespace {

/// Those that are always made, then what else is picked and compared.
std::vector<std::string> selected_methods(const RunConfig& config) {
  std::vector<std::string> selected;
  for (const Method& method : methods()) {
    if (method.always_made) selected.emplace_back(method.name);
  }
  for (const std::string& name : compared_methods(config)) {
    const bool is_new = std::find(selected.begin(), selected.end(), name) == selected.end();
    if (is_new && find_method(name)->source == TraceSource::picked) selected.push_back(name);
  }
  return selected;
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
      const std::optional<Pick> pick = find_method(method)->pick(
          {method, group, judgment ? &judgment->scores : nullptr, config.select.max_copied, config.seed});
      if (!pick) {
        ++unjudged;
        continue;
      }
      copying += pick->copying ? 1 : 0;
      ties_at_top += pick->tied ? 1 : 0;
      const Candidate& candidate = group.candidates.at(static_cast<std::size_t>(pick->candidate));
      run.write(traces_of(method), Trace{group.pair_id, method, candidate.candidate, candidate.reasoning,
                                         score_of(candidate.candidate), pick->copying});
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
