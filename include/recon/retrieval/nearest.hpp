#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace recon {

/// Row-major matrix of float vectors.
struct Matrix {
  std::size_t columns = 0;
  std::vector<float> values;
  [[nodiscard]] std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  [[nodiscard]] std::span<const float> row(std::size_t index) const {
    return std::span<const float>(values).subspan(index * columns, columns);
  }
  /// Appends a row; throws RunError when its length differs from the others'.
  void append(std::span<const float> row);
};

struct Hit {
  std::size_t key = 0;  ///< row of the key matrix
  double similarity = 0;
};

/// For every query the `count` keys of highest cosine similarity, nearest first. faiss finds the neighbours;
/// their similarities are recomputed in double, rounded to 1e-6, and ties go by `key_ids` (ascending), so
/// that the result does not depend on batch size, thread count or blas. Zero vectors have similarity 0 to
/// everything.
[[nodiscard]] std::vector<std::vector<Hit>> nearest(const Matrix& keys,
                                                    const std::vector<std::string>& key_ids,
                                                    const Matrix& queries, std::size_t count);

/// Multiplies each column of both matrices by its inverse document frequency, ln((1 + rows) / (1 + rows where
/// non-zero)) + 1, counted over `keys`.
void weight_by_inverse_document_frequency(Matrix& keys, Matrix& queries);

}  // namespace recon
