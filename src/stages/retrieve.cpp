#include "recon/core/error.hpp"
#include "recon/core/visit.hpp"
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
  std::vector<PairsView::Row> train;
  std::vector<PairsView::Row> test;
};

/// What is held of every pair, by row.
struct Embedded {
  PairId id;
  std::optional<std::vector<float>> vector;  ///< absent where it could not be had
};
using Embeddings = std::vector<Embedded>;

/// A neighbour in terms of rows.
struct FoundNeighbor {
  PairsView::Row row = 0;
  double similarity = 0;
};
/// By row of a test pair; absent where nothing was searched for it.
using Found = std::unordered_map<PairsView::Row, std::vector<FoundNeighbor>>;

Json fingerprint(const RunConfig& config, const Prompts& /*prompts*/, Engine& engine) {
  return {{"model", model_fingerprint(config, engine, config.retrieve.model, "retrieve.model")},
          {"dimensions", config.model(config.retrieve.model, "retrieve.model").dimensions},
          {"k", config.retrieve.k}};
}

Embeddings embed(StageRun& run, PairsView& pairs) {
  const std::string& model = run.config.retrieve.model;
  Embeddings embeddings(pairs.row_count());
  std::size_t at = 0;
  run.engine.run("retrieve", pairs.rows().size(), [&]() -> std::optional<Task> {
    if (at == pairs.rows().size()) return std::nullopt;
    const PairsView::Row row = pairs.rows()[at++];
    const std::shared_ptr<const Pair> pair = pairs.read(row);
    embeddings[row].id = pair->pair_id;
    Question question{model, "embed", EmbedRequest{Prompts::retrieval_text(*pair)}, 1, nullptr};
    return Task{Subject::of_pair(pair->pair_id),
                {std::move(question)},
                [&, row](std::vector<QuestionResult> results) {
                  if (const auto* failure = std::get_if<Failure>(&results[0])) {
                    run.reject(Subject::of_pair(embeddings[row].id), *failure);
                    return;
                  }
                  auto& answer = std::get<std::vector<Answer>>(results[0])[0];
                  match(
                      answer, [](ChatAnswer&) {}, [](ScoreAnswer&) {},
                      [&](EmbedAnswer& found) { embeddings[row].vector = std::move(found.vector); });
                }};
  });
  return embeddings;
}

/// The rows that have an embedding; these move into the matrix.
std::vector<PairsView::Row> move_into(Matrix& matrix, const std::vector<PairsView::Row>& rows,
                                      Embeddings& embeddings) {
  std::vector<PairsView::Row> present;
  for (const PairsView::Row row : rows) {
    if (!embeddings[row].vector) continue;
    matrix.append(*embeddings[row].vector);
    embeddings[row].vector.reset();
    present.push_back(row);
  }
  return present;
}

void retrieve_user(StageRun& run, const UserId& user, const UserPairs& pairs, Embeddings& embeddings,
                   bool counts, Found& found) {
  Matrix keys, queries;
  const std::vector<PairsView::Row> train = move_into(keys, pairs.train, embeddings);
  const std::vector<PairsView::Row> test = move_into(queries, pairs.test, embeddings);
  if (test.empty()) return;
  if (train.empty())
    throw RunError(fmt::format("user '{}' has test pairs but no train pairs to retrieve", user.str()));
  std::vector<std::string> key_ids;
  key_ids.reserve(train.size());
  for (const PairsView::Row row : train) key_ids.push_back(embeddings[row].id.str());
  if (counts) weight_by_inverse_document_frequency(keys, queries);
  const auto hits =
      nearest(keys, key_ids, queries, spare_factor * static_cast<std::size_t>(run.config.retrieve.k));
  for (std::size_t query = 0; query < test.size(); ++query) {
    std::vector<FoundNeighbor>& neighbors = found[test[query]];
    for (const Hit& hit : hits[query]) neighbors.push_back({train[hit.key], hit.similarity});
  }
}

void run(StageRun& run) {
  PairsView pairs(run.input("pairs"), run.limit, run.config.seed);
  Embeddings embeddings = embed(run, pairs);
  std::map<UserId, UserPairs> users;
  for (const PairsView::Row row : pairs.rows()) {
    UserPairs& of_user = users[pairs.user(pairs.user_of(row))];
    (pairs.is_test(row) ? of_user.test : of_user.train).push_back(row);
  }
  Found found;
  const bool counts = run.engine.capabilities(run.config.retrieve.model).counts;
  for (const auto& [user, user_pairs] : users)
    retrieve_user(run, user, user_pairs, embeddings, counts, found);
  run.start_output("neighbors");
  for (const PairsView::Row row : pairs.rows()) {
    const auto neighbors = found.find(row);
    if (neighbors == found.end()) continue;
    Neighbors record{embeddings[row].id, {}};
    for (const FoundNeighbor& neighbor : neighbors->second)
      record.neighbors.push_back({embeddings[neighbor.row].id, neighbor.similarity});
    run.write("neighbors", record);
  }
  run.count("test_pairs", found.size());
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
