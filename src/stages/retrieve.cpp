#include "recon/core/error.hpp"
#include "recon/retrieval/nearest.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage_list.hpp"

#include <fmt/format.h>

namespace recon {
namespace {

/// As many neighbours as are used, and as many again to fall back on when a trace could not be made.
constexpr std::size_t spare_factor = 2;

/// One user's pairs, split into those searched (train) and those searched for (test).
struct UserPairs {
  std::vector<const Pair*> train;
  std::vector<const Pair*> test;
};

using Embeddings = std::unordered_map<PairId, std::vector<float>>;

Json fingerprint(const RunConfig& config, const Prompts& /*prompts*/, Engine& engine) {
  return {{"model", model_fingerprint(config, engine, config.retrieve.model, "retrieve.model")},
          {"dimensions", config.model(config.retrieve.model, "retrieve.model").dimensions},
          {"k", config.retrieve.k}};
}

Embeddings embed(StageRun& run, const std::vector<Pair>& pairs) {
  const std::string& model = run.config.retrieve.model;
  Embeddings embeddings;
  std::size_t at = 0;
  run.engine.run("retrieve", pairs.size(), [&]() -> std::optional<Task> {
    if (at == pairs.size()) return std::nullopt;
    const Pair& pair = pairs[at++];
    Question question{model, "embed", EmbedRequest{Prompts::retrieval_text(pair)}, 1, nullptr};
    return Task{pair.pair_id.str(), {std::move(question)}, [&](std::vector<QuestionResult> results) {
                  if (const auto* failure = std::get_if<Failure>(&results[0])) {
                    run.reject(pair.pair_id.str(), *failure);
                    return;
                  }
                  auto& answer = std::get<std::vector<Answer>>(results[0])[0];
                  if (auto* vector = std::get_if<EmbedAnswer>(&answer))
                    embeddings[pair.pair_id] = std::move(vector->vector);
                }};
  });
  return embeddings;
}

void retrieve_user(StageRun& run, const UserPairs& pairs, const Embeddings& embeddings, bool counts,
                   std::unordered_map<PairId, Neighbors>& found) {
  Matrix keys, queries;
  std::vector<std::string> key_ids;
  std::vector<const Pair*> train, test;
  for (const Pair* pair : pairs.train) {
    const auto vector = embeddings.find(pair->pair_id);
    if (vector == embeddings.end()) continue;
    keys.append(vector->second);
    key_ids.push_back(pair->pair_id.str());
    train.push_back(pair);
  }
  for (const Pair* pair : pairs.test) {
    const auto vector = embeddings.find(pair->pair_id);
    if (vector == embeddings.end()) continue;
    queries.append(vector->second);
    test.push_back(pair);
  }
  if (test.empty()) return;
  if (train.empty())
    throw RunError(
        fmt::format("user '{}' has test pairs but no train pairs to retrieve", test[0]->user.str()));
  if (counts) weight_by_inverse_document_frequency(keys, queries);
  const auto hits =
      nearest(keys, key_ids, queries, spare_factor * static_cast<std::size_t>(run.config.retrieve.k));
  for (std::size_t query = 0; query < test.size(); ++query) {
    Neighbors& neighbors = found[test[query]->pair_id];
    neighbors.pair_id = test[query]->pair_id;
    for (const Hit& hit : hits[query])
      neighbors.neighbors.push_back({train[hit.key]->pair_id, hit.similarity});
  }
}

void run(StageRun& run) {
  const std::vector<Pair> pairs = read_pairs(run.input("pairs"), run.limit, run.config.seed);
  const Embeddings embeddings = embed(run, pairs);
  std::map<UserId, UserPairs> users;
  for (const Pair& pair : pairs)
    (pair.is_test() ? users[pair.user].test : users[pair.user].train).push_back(&pair);
  std::unordered_map<PairId, Neighbors> found;
  const bool counts = run.engine.capabilities(run.config.retrieve.model).counts;
  for (const auto& [user, user_pairs] : users) retrieve_user(run, user_pairs, embeddings, counts, found);
  run.start_output("neighbors");
  std::size_t written = 0;
  for (const Pair& pair : pairs) {
    if (const auto neighbors = found.find(pair.pair_id); neighbors != found.end()) {
      run.write("neighbors", neighbors->second);
      ++written;
    }
  }
  run.count("test_pairs", written);
}

}  // namespace

Stage retrieve_stage() {
  return {"retrieve",
          [](const RunConfig&) { return std::vector<std::string>{"pairs"}; },
          [](const RunConfig&) { return std::vector<std::string>{"neighbors"}; },
          [](const RunConfig& config) {
            return std::vector<StageModel>{{config.retrieve.model, "retrieve.model", ModelUse::embed}};
          },
          fingerprint,
          nullptr,
          run};
}

}  // namespace recon
