#include "spread_neighbors.hpp"

#include "recon/core/jsonl.hpp"
#include "recon/stages/pairs_view.hpp"

#include <utility>
#include <vector>

namespace recon {
namespace {

/// As many neighbours as retrieve lists.
constexpr std::size_t listed_per_used = 2;

struct TrainPair {
  PairId id;
  SessionId session;
};

/// One user's train pairs, dealt out in turn.
struct Pool {
  std::vector<TrainPair> pairs;
  std::size_t next = 0;

  Neighbors deal(const Pair& test, std::size_t k) {
    Neighbors dealt{test.pair_id, {}};
    std::size_t at = next;
    for (std::size_t seen = 0; seen < pairs.size() && dealt.neighbors.size() < listed_per_used * k; ++seen) {
      const TrainPair& pair = pairs[at];
      at = (at + 1) % pairs.size();
      if (pair.session == test.session_id) continue;
      dealt.neighbors.push_back({pair.id, 0});
      if (dealt.neighbors.size() == k) next = at;
    }
    return dealt;
  }
};

}  // namespace

void write_spread_neighbors(const std::filesystem::path& pairs, const std::filesystem::path& neighbors,
                            std::size_t k, std::optional<std::size_t> limit, std::uint64_t seed) {
  PairsView view(pairs, limit, seed);
  std::vector<Pool> pools(view.user_count());
  for (const PairsView::Row row : view.rows()) {
    if (view.is_test(row)) continue;
    const auto pair = view.read(row);
    pools[view.user_of(row)].pairs.push_back({pair->pair_id, pair->session_id});
  }
  JsonlWriter writer(neighbors);
  for (const PairsView::Row row : view.rows()) {
    if (view.is_test(row)) writer.write(pools[view.user_of(row)].deal(*view.read(row), k));
  }
  writer.commit();
}

}  // namespace recon
