#include "recon/stages/pairs_view.hpp"

#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/core/random.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace recon {

PairsView::PairsView(const std::filesystem::path& path, std::optional<std::size_t> limit, std::uint64_t seed)
    : pairs_(path, [this, limit, seed](const Pair& pair) {
        const auto number = static_cast<std::uint32_t>(user_ids_.size());
        const auto [user, is_new] = user_numbers_.try_emplace(pair.user, number);
        if (is_new) user_ids_.push_back(pair.user);
        users_.push_back(user->second);
        splits_.push_back(pair.split);
        if (limit)
          ranks_.push_back(pair.is_test() ? KeyedRandom(seed, "limit", pair.pair_id.str()).next() : 0);
        return true;
      }) {
  if (splits_.empty()) {
    throw RunError(fmt::format(
        "{}: the file holds no pairs; expected one JSON object a line, as `recon ingest` writes them",
        path.string()));
  }
  if (pairs_.size() != splits_.size()) {
    for (Row row = 0;; ++row) {
      if (pairs_.count(row) > 1) {
        throw RunError(
            fmt::format("pairs: the pair_id '{}' stands twice", pairs_.at(row).front().pair_id.str()));
      }
    }
  }
  if (limit) {
    take_sample(*limit);
  } else {
    rows_.resize(splits_.size());
    std::iota(rows_.begin(), rows_.end(), Row{0});
  }
}

void PairsView::take_sample(std::size_t limit) {
  // Every test pair has a rank of its own; the lowest ones are the sample, whatever else is in the file.
  std::vector<std::vector<Row>> tests(user_count());
  seen_.assign(row_count(), false);
  for (Row row = 0; row < row_count(); ++row) {
    if (is_test(row)) {
      tests[users_[row]].push_back(row);
    } else {
      seen_[row] = true;
    }
  }
  for (std::vector<Row>& rows : tests) {
    std::sort(rows.begin(), rows.end(), [&](Row a, Row b) {
      if (ranks_[a] != ranks_[b]) return ranks_[a] < ranks_[b];
      return a != b && read(a)->pair_id < read(b)->pair_id;
    });
    for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i) seen_[rows[i]] = true;
  }
  ranks_ = {};
  for (Row row = 0; row < row_count(); ++row) {
    if (seen_[row]) rows_.push_back(row);
  }
}

std::optional<PairsView::Row> PairsView::find(const PairId& id) const { return pairs_.find(id); }

PairsView::Row PairsView::row_of(const PairId& id) const {
  if (const auto row = find(id)) return *row;
  throw RunError(
      fmt::format("no pair '{}' among the pairs of this run; the files do not belong together: run again "
                  "without --only",
                  id.str()));
}

std::shared_ptr<const Pair> PairsView::read(Row row) {
  return std::make_shared<const Pair>(std::move(pairs_.at(row).front()));
}

std::vector<bool> retrieved_rows(const PairsView& pairs, const std::filesystem::path& neighbors,
                                 std::size_t k) {
  std::vector<bool> retrieved(pairs.row_count(), false);
  for_each_record<Neighbors>(neighbors, [&](const Neighbors& test) {
    const auto test_row = pairs.find(test.pair_id);
    if (test_row && !pairs.sees(*test_row)) return;
    for (std::size_t i = 0; i < std::min(k, test.neighbors.size()); ++i) {
      if (const auto row = pairs.find(test.neighbors[i].pair_id)) retrieved[*row] = true;
    }
  });
  return retrieved;
}

}  // namespace recon
