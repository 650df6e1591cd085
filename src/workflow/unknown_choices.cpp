#include "unknown_choices.hpp"

#include "recon/core/jsonl.hpp"
#include "recon/core/text.hpp"
#include "recon/methods/selection.hpp"
#include "recon/records/candidate_groups.hpp"
#include "recon/records/context.hpp"
#include "recon/records/indexed_records.hpp"
#include "recon/stages/artifacts.hpp"
#include "recon/stages/examples.hpp"
#include "recon/stages/pairs_view.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace recon {
namespace {

struct TrainPair {
  PairId id;
  SessionId session;
  std::int64_t tokens = 0;  ///< of the example that it makes
};

/// The first `k` of them that are of another session, counted around from `next`, which moves behind them.
Neighbors deal(const std::vector<TrainPair>& pairs, const Pair& test, std::size_t k, std::size_t& next) {
  Neighbors dealt{test.pair_id, {}};
  for (std::size_t seen = 0; seen < pairs.size() && dealt.neighbors.size() < k; ++seen) {
    const TrainPair& pair = pairs[next];
    next = (next + 1) % pairs.size();
    if (pair.session != test.session_id) dealt.neighbors.push_back({pair.id, 0});
  }
  return dealt;
}

using TracesByMethod = std::map<std::string, IndexedRecords<Trace>>;

/// The size of the prompt with this one example, summed over the methods; nullopt where one has no trace.
/// What else is in the prompt is the same for every example.
std::optional<std::int64_t> tokens_as_example(const Pair& pair, const Pair& test, TracesByMethod& traces,
                                              const Prompts& prompts, const CutContext& context) {
  std::int64_t tokens = 0;
  for (auto& [method, of_method] : traces) {
    const std::optional<Trace> trace = of_method.last(pair.pair_id);
    if (!trace) return std::nullopt;
    const Example example{&pair, context.turns, trace->reasoning, context.gap};
    for (const PromptMessage& message : prompts.generate(test, {example}))
      tokens += static_cast<std::int64_t>(count_tokens(message.content));
  }
  return tokens;
}

}  // namespace

ScopeBound UnknownNeighbors::bound() const {
  PairsView view(artifact_("pairs"), limit_, config_.seed);
  ScopeBound bound;
  std::vector<std::size_t> train(view.user_count()), test(view.user_count());
  for (const PairsView::Row row : view.rows()) {
    ++(view.is_test(row) ? test : train)[view.user_of(row)];
    if (view.is_test(row)) bound.tests.insert(view.read(row)->pair_id.str());
  }
  for (std::uint32_t user = 0; user < view.user_count(); ++user)
    bound.most[view.user(user).str()] = std::min<std::size_t>(train[user], config_.retrieve.k * test[user]);
  bound.examples_alone = config_.synthesize.scope != "retrieved";
  return bound;
}

std::size_t UnknownNeighbors::needed_for_all() const {
  const PairsView view(artifact_("pairs"), limit_, config_.seed);
  std::vector<std::size_t> train(view.user_count()), test(view.user_count());
  for (const PairsView::Row row : view.rows()) ++(view.is_test(row) ? test : train)[view.user_of(row)];
  std::size_t needed = config_.retrieve.k;
  for (std::size_t user = 0; user < train.size(); ++user) {
    if (test[user] > 0) needed = std::max(needed, (train[user] + test[user] - 1) / test[user]);
  }
  return needed;
}

void UnknownNeighbors::write_dearest(const std::filesystem::path& neighbors, const Prompts& prompts,
                                     std::size_t k) const {
  PairsView view(artifact_("pairs"), limit_, config_.seed);
  TracesByMethod traces;
  for (const std::string& method : traced_methods(config_)) {
    traces.try_emplace(method, artifact_(traces_of(method)),
                       [&](const Trace& trace) { return trace.method == method; });
  }
  std::vector<std::shared_ptr<const Pair>> any_test(view.user_count());
  for (const PairsView::Row row : view.rows()) {
    auto& test = any_test[view.user_of(row)];
    if (view.is_test(row) && test == nullptr) test = view.read(row);
  }
  std::vector<std::vector<TrainPair>> of_user(view.user_count());
  for (const PairsView::Row row : view.rows()) {
    const auto& test = any_test[view.user_of(row)];
    if (view.is_test(row) || test == nullptr) continue;
    const auto pair = view.read(row);
    if (const auto tokens = tokens_as_example(*pair, *test, traces, prompts,
                                              cut_context(*pair, example_budget(config_, pair->domain))))
      of_user[view.user_of(row)].push_back({pair->pair_id, pair->session_id, *tokens});
  }
  for (std::vector<TrainPair>& pairs : of_user) {
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const TrainPair& a, const TrainPair& b) { return a.tokens > b.tokens; });
  }
  JsonlWriter writer(neighbors);
  for (const PairsView::Row row : view.rows()) {
    if (!view.is_test(row)) continue;
    std::size_t first = 0;
    writer.write(deal(of_user[view.user_of(row)], *view.read(row), k, first));
  }
  writer.commit();
}

void UnknownNeighbors::write_spread(const std::filesystem::path& neighbors, std::size_t k) const {
  PairsView view(artifact_("pairs"), limit_, config_.seed);
  std::vector<std::vector<TrainPair>> of_user(view.user_count());
  for (const PairsView::Row row : view.rows()) {
    if (view.is_test(row)) continue;
    const auto pair = view.read(row);
    of_user[view.user_of(row)].push_back({pair->pair_id, pair->session_id});
  }
  JsonlWriter writer(neighbors);
  std::vector<std::size_t> next(view.user_count());
  for (const PairsView::Row row : view.rows()) {
    const std::uint32_t user = view.user_of(row);
    if (view.is_test(row)) writer.write(deal(of_user[user], *view.read(row), k, next[user]));
  }
  writer.commit();
}

void replace_actions(const std::filesystem::path& actions, const TextsByPair& texts) {
  std::vector<Action> records = read_records<Action>(actions);
  JsonlWriter writer(actions);
  for (Action& action : records) {
    const auto found = texts.find(action.pair_id.str());
    if (found != texts.end()) action.action = found->second;
    writer.write(action);
  }
  writer.commit();
}

void mark_actions_of(const std::filesystem::path& actions, const std::string& method) {
  std::vector<Action> records = read_records<Action>(actions);
  JsonlWriter writer(actions);
  for (Action& action : records) {
    action.action += " " + method;
    writer.write(action);
  }
  writer.commit();
}

void write_longest_choices(const std::filesystem::path& candidates, const std::filesystem::path& traces,
                           const UnknownJudgments& unknown, std::optional<double> max_copied) {
  CandidateGroups groups(candidates);
  IndexedRecords<Trace> chosen(traces);
  JsonlWriter writer(traces);
  for (std::size_t at = 0; at < groups.size(); ++at) {
    const CandidateGroup group = groups.read(at);
    std::optional<Trace> trace = chosen.last(group.pair_id);
    if (!trace) continue;
    if (unknown.pairs.contains(group.pair_id.str())) {
      const bool any = unknown.of_made_up.contains(group.pair_id.str());
      const Eligible eligible = eligible_candidates(group, any ? std::nullopt : max_copied);
      std::size_t longest = 0;
      for (const int number : eligible.candidates) {
        const Candidate& candidate = group.candidates.at(static_cast<std::size_t>(number));
        const std::size_t tokens = count_tokens(candidate.reasoning);
        if (tokens < longest) continue;
        longest = tokens;
        *trace = {group.pair_id, trace->method, number, candidate.reasoning, std::nullopt, eligible.copying};
      }
    }
    writer.write(*trace);
  }
  writer.commit();
}

}  // namespace recon
