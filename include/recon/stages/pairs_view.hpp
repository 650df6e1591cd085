#pragma once

#include "recon/records/indexed_records.hpp"
#include "recon/records/records.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace recon {

/// The pairs that a run sees: all, or with `--limit` all train pairs and a seeded sample of that many test
/// pairs per user. The sample of a smaller limit is part of that of a larger one, and the pool of examples is
/// the same, so that a small look is a true part of a large one and answers already paid for are used again.
///
/// The pairs stay in the file; memory holds some 70 bytes for each.
class PairsView {
 public:
  /// A pair's number in the file, from 0.
  using Row = std::uint32_t;

  /// Throws RunError for a file that can't be read or holds no pairs, and when two pairs share an id.
  PairsView(const std::filesystem::path& path, std::optional<std::size_t> limit, std::uint64_t seed);

  /// The rows that the run sees, in file order.
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  /// Whether a row is among them: false for test pairs that the limit leaves out.
  [[nodiscard]] bool sees(Row row) const { return seen_.empty() || seen_[row]; }
  /// The row of any pair in the file.
  [[nodiscard]] std::optional<Row> find(const PairId& id) const;
  /// Throws RunError naming the id and the file it should be in.
  [[nodiscard]] Row row_of(const PairId& id) const;

  [[nodiscard]] bool is_test(Row row) const { return splits_[row] == Split::test; }
  /// Users are numbered from 0 in the order of their first pairs in the file.
  [[nodiscard]] std::uint32_t user_of(Row row) const { return users_[row]; }
  [[nodiscard]] const UserId& user(std::uint32_t number) const { return user_ids_[number]; }
  [[nodiscard]] std::size_t user_count() const { return user_ids_.size(); }
  /// One more than the highest row.
  [[nodiscard]] std::size_t row_count() const { return splits_.size(); }

  /// Reads a pair from the file; it lives as long as somebody holds it.
  [[nodiscard]] std::shared_ptr<const Pair> read(Row row);
  /// The pair of an id, as `row_of` and `read`.
  [[nodiscard]] std::shared_ptr<const Pair> read(const PairId& id) { return read(row_of(id)); }

 private:
  std::vector<Split> splits_;         ///< by row
  std::vector<std::uint32_t> users_;  ///< by row
  std::vector<UserId> user_ids_;
  std::unordered_map<UserId, std::uint32_t> user_numbers_;
  std::vector<std::uint64_t> ranks_;  ///< of test pairs by row, until the sample is taken
  IndexedRecords<Pair> pairs_;
  std::vector<Row> rows_;
  std::vector<bool> seen_;  ///< by row; empty = all

  void take_sample(std::size_t limit);
};

/// By row: whether the pair is among the first `k` neighbours of any test pair that the view sees. For these
/// traces are synthesized.
[[nodiscard]] std::vector<bool> retrieved_rows(const PairsView& pairs, const std::filesystem::path& neighbors,
                                               std::size_t k);

}  // namespace recon
