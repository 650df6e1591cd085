#include "recon/retrieval/nearest.hpp"

#include "recon/core/error.hpp"
#include "recon/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Matrix matrix_of(const std::vector<std::vector<float>>& rows) {
  Matrix matrix;
  for (const auto& row : rows) matrix.append(row);
  return matrix;
}

std::vector<std::size_t> keys_of(const std::vector<Hit>& hits) {
  std::vector<std::size_t> keys;
  for (const Hit& hit : hits) keys.push_back(hit.key);
  return keys;
}

/// Rows of small whole numbers: many duplicates, many equal cosines, some zero vectors.
Matrix coarse_matrix(std::size_t rows, std::size_t columns, std::uint64_t levels, const std::string& name) {
  KeyedRandom random(5, "matrix", name);
  Matrix matrix;
  for (std::size_t i = 0; i < rows; ++i) {
    std::vector<float> row;
    for (std::size_t j = 0; j < columns; ++j) {
      row.push_back(static_cast<float>(random.below(2 * levels + 1)) - static_cast<float>(levels));
    }
    matrix.append(row);
  }
  return matrix;
}

/// Ids in another order than the rows.
std::vector<std::string> shuffled_ids(std::size_t count) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(fmt::format("key-{:05}", i));
  KeyedRandom(5, "ids", "").shuffle(ids);
  return ids;
}

double rounded_cosine(std::span<const float> left, std::span<const float> right) {
  double dot = 0, left_norm = 0, right_norm = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    dot += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    left_norm += static_cast<double>(left[i]) * static_cast<double>(left[i]);
    right_norm += static_cast<double>(right[i]) * static_cast<double>(right[i]);
  }
  if (left_norm <= 0 || right_norm <= 0) return 0;
  return std::round(dot / (std::sqrt(left_norm) * std::sqrt(right_norm)) * 1e6) / 1e6;
}

std::vector<Hit> by_brute_force(const Matrix& keys, const std::vector<std::string>& ids,
                                std::span<const float> query, std::size_t count) {
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < keys.rows(); ++i) hits.push_back({i, rounded_cosine(query, keys.row(i))});
  std::sort(hits.begin(), hits.end(), [&](const Hit& left, const Hit& right) {
    return left.similarity != right.similarity ? left.similarity > right.similarity
                                               : ids[left.key] < ids[right.key];
  });
  hits.resize(std::min(count, hits.size()));
  return hits;
}

void expect_equal(const std::vector<Hit>& found, const std::vector<Hit>& expected) {
  ASSERT_EQ(keys_of(found), keys_of(expected));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].similarity, expected[i].similarity);
}

struct World {
  std::size_t keys, queries, columns;
  std::uint64_t levels;
  std::size_t count;
};

class NearestMatchesBruteForce : public testing::TestWithParam<World> {};

TEST_P(NearestMatchesBruteForce, InOrderAndSimilarity) {
  const World world = GetParam();
  const Matrix keys = coarse_matrix(world.keys, world.columns, world.levels, "keys");
  const Matrix queries = coarse_matrix(world.queries, world.columns, world.levels, "queries");
  const auto ids = shuffled_ids(world.keys);
  const auto found = nearest(keys, ids, queries, world.count);
  ASSERT_THAT(found, SizeIs(world.queries));
  for (std::size_t i = 0; i < world.queries; ++i) {
    SCOPED_TRACE(i);
    expect_equal(found[i], by_brute_force(keys, ids, queries.row(i), world.count));
  }
}

INSTANTIATE_TEST_SUITE_P(Worlds, NearestMatchesBruteForce,
                         testing::Values(World{1, 1, 1, 1, 1},
                                         World{300, 40, 2, 1, 5},    // nearly everything ties
                                         World{500, 300, 3, 1, 16},  // more than one block
                                         World{200, 30, 64, 3, 8}, World{150, 20, 768, 1000, 16},
                                         World{7, 30, 16, 2, 16}));  // more wanted than there are

TEST(Nearest, ComparesDirectionsNotLengths) {
  const auto found =
      nearest(matrix_of({{100, 0}, {0.6F, 0.8F}, {-3, 0}}), {"a", "b", "c"}, matrix_of({{0, 5}, {1, 0}}), 3);
  EXPECT_THAT(keys_of(found[0]), ElementsAre(1, 0, 2));
  EXPECT_EQ(found[0][0].similarity, 0.8);
  EXPECT_EQ(found[0][1].similarity, 0.0);
  EXPECT_FALSE(std::signbit(found[0][2].similarity)) << "no -0 in a file";
  EXPECT_THAT(keys_of(found[1]), ElementsAre(0, 1, 2));
  EXPECT_EQ(found[1][2].similarity, -1.0);
}

TEST(Nearest, OrdersTiesByIdNotByRow) {
  const auto found =
      nearest(matrix_of({{1, 1}, {2, 2}, {3, 3}, {1, 0}}), {"z", "a", "m", "b"}, matrix_of({{4, 4}}), 2);
  EXPECT_THAT(keys_of(found[0]), ElementsAre(1, 2));
}

TEST(Nearest, FindsTheLowestIdsAmongManyDuplicates) {
  Matrix keys;
  for (int i = 0; i < 1000; ++i) keys.append(std::vector<float>{1, 2, 3});
  const auto ids = shuffled_ids(1000);
  const auto found = nearest(keys, ids, matrix_of({{3, 2, 1}}), 4);
  std::vector<std::string> names;
  for (const Hit& hit : found[0]) names.push_back(ids[hit.key]);
  EXPECT_THAT(names, ElementsAre("key-00000", "key-00001", "key-00002", "key-00003"));
}

TEST(Nearest, GivesZeroVectorsSimilarityZero) {
  const auto found =
      nearest(matrix_of({{0, 0}, {1, 0}, {-1, 0}}), {"a", "b", "c"}, matrix_of({{0, 0}, {1, 0}}), 3);
  EXPECT_THAT(keys_of(found[0]), ElementsAre(0, 1, 2));
  for (const Hit& hit : found[0]) EXPECT_EQ(hit.similarity, 0.0);
  EXPECT_THAT(keys_of(found[1]), ElementsAre(1, 0, 2));
}

TEST(Nearest, DoesNotDependOnHowQueriesAreBatched) {
  const Matrix keys = coarse_matrix(400, 48, 2, "keys");
  const Matrix queries = coarse_matrix(60, 48, 2, "queries");
  const auto ids = shuffled_ids(400);
  const auto together = nearest(keys, ids, queries, 8);
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    SCOPED_TRACE(i);
    Matrix single;
    single.append(queries.row(i));
    expect_equal(nearest(keys, ids, single, 8)[0], together[i]);
  }
}

TEST(Nearest, DoesNotDependOnTheOrderOfKeys) {
  const Matrix keys = coarse_matrix(200, 12, 1, "keys");
  const Matrix queries = coarse_matrix(10, 12, 1, "queries");
  const auto ids = shuffled_ids(200);
  std::vector<std::size_t> order(200);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  KeyedRandom(9, "order", "").shuffle(order);
  Matrix moved;
  std::vector<std::string> moved_ids;
  for (const std::size_t row : order) {
    moved.append(keys.row(row));
    moved_ids.push_back(ids[row]);
  }
  const auto one = nearest(keys, ids, queries, 8);
  const auto other = nearest(moved, moved_ids, queries, 8);
  for (std::size_t i = 0; i < one.size(); ++i) {
    for (std::size_t j = 0; j < 8; ++j) EXPECT_EQ(ids[one[i][j].key], moved_ids[other[i][j].key]);
  }
}

TEST(Nearest, AcceptsEmptyInput) {
  const Matrix some = matrix_of({{1, 0}});
  EXPECT_TRUE(nearest(some, {"a"}, Matrix{}, 3).empty());
  EXPECT_THAT(nearest(Matrix{}, {}, some, 3), ElementsAre(testing::IsEmpty()));
  EXPECT_THAT(nearest(some, {"a"}, some, 0), ElementsAre(testing::IsEmpty()));
}

TEST(Nearest, RefusesWhatDoesNotFitTogether) {
  const Matrix two = matrix_of({{1, 0}});
  EXPECT_THROW(static_cast<void>(nearest(two, {}, two, 1)), RunError);
  EXPECT_THROW(static_cast<void>(nearest(two, {"a"}, matrix_of({{1, 0, 0}}), 1)), RunError);
  EXPECT_THROW(
      static_cast<void>(nearest(matrix_of({{std::numeric_limits<float>::quiet_NaN(), 0}}), {"a"}, two, 1)),
      RunError);
}

TEST(MatrixAppend, RefusesRowsOfAnotherLength) {
  Matrix matrix = matrix_of({{1, 0}});
  EXPECT_THROW(matrix.append(std::vector<float>{1, 2, 3}), RunError);
  EXPECT_THROW(matrix.append(std::vector<float>{}), RunError);
  EXPECT_EQ(matrix.rows(), 1U);
}

TEST(InverseDocumentFrequency, WeighsRareColumnsMoreInBothMatrices) {
  Matrix keys = matrix_of({{1, 0, 2}, {1, 0, 0}, {-1, 0, 0}});
  Matrix queries = matrix_of({{1, 1, 1}});
  weight_by_inverse_document_frequency(keys, queries);
  EXPECT_FLOAT_EQ(queries.values[0], 1.0F);                                   // in all three of three
  EXPECT_FLOAT_EQ(queries.values[1], static_cast<float>(std::log(4.0) + 1));  // in none
  EXPECT_FLOAT_EQ(queries.values[2], static_cast<float>(std::log(2.0) + 1));  // in one
  EXPECT_FLOAT_EQ(keys.values[2], 2 * static_cast<float>(std::log(2.0) + 1));
  EXPECT_FLOAT_EQ(keys.values[6], -1.0F);
}

TEST(InverseDocumentFrequency, CountsKeysAlone) {
  Matrix keys = matrix_of({{1, 0}});
  Matrix few = matrix_of({{0, 1}});
  Matrix many = matrix_of({{0, 1}, {0, 1}, {0, 1}});
  Matrix same_keys = keys;
  weight_by_inverse_document_frequency(keys, few);
  weight_by_inverse_document_frequency(same_keys, many);
  EXPECT_EQ(few.values[1], many.values[1]);
  EXPECT_EQ(keys.values, same_keys.values);
}

}  // namespace
}  // namespace recon
