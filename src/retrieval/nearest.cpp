#include "recon/retrieval/nearest.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <faiss/IndexFlat.h>
#include <fmt/format.h>

namespace recon {
namespace {

/// Queries that faiss answers at once: bounds the memory for its results.
constexpr std::size_t block_size = 256;
constexpr double steps = 1e6;  ///< similarities are multiples of 1/steps

using FaissRow = decltype(faiss::Index::ntotal);  // its name differs between versions of faiss

/// Norms of all rows in double.
std::vector<double> norms_of(const Matrix& matrix, const char* name) {
  std::vector<double> norms(matrix.rows());
  for (std::size_t i = 0; i < norms.size(); ++i) {
    double sum = 0;
    for (const float value : matrix.row(i)) sum += static_cast<double>(value) * static_cast<double>(value);
    if (!std::isfinite(sum)) {
      throw RunError(fmt::format("embedding {} of the {} holds a value that is no finite number", i, name));
    }
    norms[i] = std::sqrt(sum);
  }
  return norms;
}

void append_normalised(std::vector<float>& out, std::span<const float> row, double norm) {
  for (const float value : row) {
    out.push_back(norm > 0 ? static_cast<float>(static_cast<double>(value) / norm) : 0.0F);
  }
}

/// The search for one pair of matrices.
class Search {
 public:
  Search(const Matrix& keys, const std::vector<std::string>& key_ids, const Matrix& queries,
         std::size_t count)
      : keys_(keys),
        key_ids_(key_ids),
        queries_(queries),
        count_(std::min(count, keys.rows())),
        key_norms_(norms_of(keys, "keys")),
        query_norms_(norms_of(queries, "queries")),
        index_(static_cast<FaissRow>(keys.columns)) {
    std::vector<float> normalised;
    normalised.reserve(keys.values.size());
    for (std::size_t i = 0; i < keys.rows(); ++i) append_normalised(normalised, keys.row(i), key_norms_[i]);
    index_.add(static_cast<FaissRow>(keys.rows()), normalised.data());
  }

  [[nodiscard]] std::vector<std::vector<Hit>> run() const {
    std::vector<std::vector<Hit>> found(queries_.rows());
    for (std::size_t begin = 0; begin < queries_.rows(); begin += block_size) {
      std::vector<std::size_t> open;
      for (std::size_t i = begin; i < std::min(begin + block_size, queries_.rows()); ++i) open.push_back(i);
      std::size_t depth = std::min(keys_.rows(), count_ + std::max<std::size_t>(count_, 16));
      while (!open.empty()) {
        open = search(open, depth, found);
        depth = depth > keys_.rows() / 4 ? keys_.rows() : depth * 4;
      }
    }
    return found;
  }

 private:
  /// Answers what `depth` neighbours can answer for certain; returns the queries that need more.
  [[nodiscard]] std::vector<std::size_t> search(const std::vector<std::size_t>& open, std::size_t depth,
                                                std::vector<std::vector<Hit>>& found) const {
    std::vector<float> block;
    block.reserve(open.size() * queries_.columns);
    for (const std::size_t query : open) append_normalised(block, queries_.row(query), query_norms_[query]);
    std::vector<float> similarities(open.size() * depth);
    std::vector<FaissRow> labels(open.size() * depth);
    index_.search(static_cast<FaissRow>(open.size()), block.data(), static_cast<FaissRow>(depth),
                  similarities.data(), labels.data());
    std::vector<std::size_t> unanswered;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const auto row = std::span<const FaissRow>(labels).subspan(i * depth, depth);
      std::vector<Hit> hits = exact_hits(open[i], row);
      const double last = static_cast<double>(similarities[(i + 1) * depth - 1]);
      // Whatever faiss left out is at most `last` by its own arithmetic.
      if (depth < keys_.rows() && last + tolerance() >= hits[count_ - 1].similarity) {
        unanswered.push_back(open[i]);
        continue;
      }
      hits.resize(count_);
      found[open[i]] = std::move(hits);
    }
    return unanswered;
  }

  /// How far a similarity in float may lie from the rounded one in double: the bound for a dot product of
  /// unit vectors in any order of summation, and the rounding.
  [[nodiscard]] double tolerance() const {
    return static_cast<double>(keys_.columns + 4) *
               static_cast<double>(std::numeric_limits<float>::epsilon()) / 2 +
           1 / steps;
  }

  [[nodiscard]] std::vector<Hit> exact_hits(std::size_t query, std::span<const FaissRow> labels) const {
    std::vector<Hit> hits;
    hits.reserve(labels.size());
    for (const FaissRow label : labels) {
      const auto key = static_cast<std::size_t>(label);
      hits.push_back({key, similarity(query, key)});
    }
    std::sort(hits.begin(), hits.end(), [&](const Hit& left, const Hit& right) {
      if (left.similarity != right.similarity) return left.similarity > right.similarity;
      if (key_ids_[left.key] != key_ids_[right.key]) return key_ids_[left.key] < key_ids_[right.key];
      return left.key < right.key;
    });
    return hits;
  }

  [[nodiscard]] double similarity(std::size_t query, std::size_t key) const {
    const double norms = query_norms_[query] * key_norms_[key];
    if (norms <= 0) return 0;
    const auto left = queries_.row(query);
    const auto right = keys_.row(key);
    double sum = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
      sum += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    return std::round(sum / norms * steps) / steps + 0.0;  // + 0.0 makes -0 a plain zero
  }

  const Matrix& keys_;
  const std::vector<std::string>& key_ids_;
  const Matrix& queries_;
  std::size_t count_;
  std::vector<double> key_norms_, query_norms_;
  faiss::IndexFlatIP index_;
};

}  // namespace

void Matrix::append(std::span<const float> row) {
  if (row.empty()) throw RunError("an embedding has no dimensions");
  if (columns == 0) columns = row.size();
  if (row.size() != columns) {
    throw RunError(fmt::format(
        "an embedding has {} dimensions where the others have {}; embed everything with one model",
        row.size(), columns));
  }
  values.insert(values.end(), row.begin(), row.end());
}

std::vector<std::vector<Hit>> nearest(const Matrix& keys, const std::vector<std::string>& key_ids,
                                      const Matrix& queries, std::size_t count) {
  if (key_ids.size() != keys.rows()) {
    throw RunError(fmt::format("{} key ids for {} key embeddings", key_ids.size(), keys.rows()));
  }
  if (keys.rows() == 0 || queries.rows() == 0 || count == 0)
    return std::vector<std::vector<Hit>>(queries.rows());
  if (keys.columns != queries.columns) {
    throw RunError(fmt::format("keys have {} dimensions and queries {}; embed both with one model",
                               keys.columns, queries.columns));
  }
  return Search(keys, key_ids, queries, count).run();
}

void weight_by_inverse_document_frequency(Matrix& keys, Matrix& queries) {
  if (keys.rows() == 0) return;
  if (queries.rows() > 0 && keys.columns != queries.columns) {
    throw RunError(fmt::format("keys have {} dimensions and queries {}; embed both with one model",
                               keys.columns, queries.columns));
  }
  std::vector<std::size_t> frequencies(keys.columns, 0);
  for (std::size_t i = 0; i < keys.values.size(); ++i) {
    if (keys.values[i] != 0.0F) ++frequencies[i % keys.columns];
  }
  std::vector<float> weights(keys.columns);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double ratio = static_cast<double>(1 + keys.rows()) / static_cast<double>(1 + frequencies[i]);
    weights[i] = static_cast<float>(std::log(ratio) + 1.0);
  }
  for (Matrix* matrix : {&keys, &queries}) {
    for (std::size_t i = 0; i < matrix->values.size(); ++i) matrix->values[i] *= weights[i % weights.size()];
  }
}

}  // namespace recon
