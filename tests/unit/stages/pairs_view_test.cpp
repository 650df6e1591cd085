#include "recon/stages/pairs_view.hpp"

#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"

#include <algorithm>

#include "test_folder.hpp"
#include <gmock/gmock.h>

namespace recon {
namespace {

Pair pair_of(const std::string& user, int number, Split split) {
  Pair pair;
  pair.pair_id = PairId(user + "/s/" + std::to_string(number));
  pair.user = UserId(user);
  pair.session_id = SessionId("s");
  pair.group = GroupId("s");
  pair.turn = static_cast<std::size_t>(number);
  pair.split = split;
  pair.context = {{"A", "x"}};
  pair.action = "y";
  return pair;
}

class PairsViewTest : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<Pair> pairs;
    for (const char* user : {"u", "v"}) {
      for (int i = 0; i < 60; ++i)
        pairs.push_back(pair_of(user, i,
                                i % 3 == 0   ? Split::test
                                : i % 3 == 1 ? Split::train_0
                                             : Split::train_1));
    }
    write(path_, pairs);
  }
  static void write(const std::filesystem::path& path, const std::vector<Pair>& pairs) {
    JsonlWriter writer(path);
    for (const Pair& pair : pairs) writer.write(pair);
    writer.commit();
  }
  std::vector<std::string> ids(std::optional<std::size_t> limit, std::uint64_t seed = 1) {
    std::vector<std::string> result;
    PairsView pairs(path_, limit, seed);
    for (const PairsView::Row row : pairs.rows()) result.push_back(pairs.read(row)->pair_id.str());
    return result;
  }
  support::TestFolder folder_;
  std::filesystem::path path_ = folder_ / "pairs.jsonl";
};

TEST_F(PairsViewTest, WithoutALimitEverythingInOrder) { EXPECT_EQ(ids(std::nullopt).size(), 120U); }

TEST_F(PairsViewTest, SamplesOfTestPairsAreNestedPerUserAndTheTrainPairsStayAll) {
  std::vector<std::string> smaller;
  for (const std::size_t limit : {1U, 2U, 5U, 19U, 20U, 100U}) {
    const auto sample = ids(limit);
    EXPECT_EQ(sample.size(), 80 + 2 * std::min<std::size_t>(limit, 20));
    PairsView pairs(path_, limit, 1);
    EXPECT_EQ(std::count_if(pairs.rows().begin(), pairs.rows().end(),
                            [&](PairsView::Row row) { return !pairs.is_test(row); }),
              80);
    for (const std::string& id : smaller)
      EXPECT_NE(std::find(sample.begin(), sample.end(), id), sample.end());
    smaller = sample;
  }
  EXPECT_NE(ids(5, 1), ids(5, 2));
}

TEST_F(PairsViewTest, TheSampleIsTheOneOfTheLowestRanks) {
  // Files made by earlier versions must go on fitting: the choice is part of what `--limit` means.
  std::vector<std::string> tests;
  PairsView pairs(path_, 1, 1);
  for (const PairsView::Row row : pairs.rows()) {
    if (pairs.is_test(row)) tests.push_back(pairs.read(row)->pair_id.str());
  }
  EXPECT_THAT(tests, testing::ElementsAre("u/s/3", "v/s/6"));
}

TEST_F(PairsViewTest, KnowsUsersAndSplitsByRow) {
  PairsView pairs(path_, std::nullopt, 1);
  ASSERT_EQ(pairs.user_count(), 2U);
  EXPECT_EQ(pairs.user(1), UserId("v"));
  for (const PairsView::Row row : pairs.rows()) {
    EXPECT_EQ(pairs.is_test(row), pairs.read(row)->is_test());
    EXPECT_EQ(pairs.user(pairs.user_of(row)), pairs.read(row)->user);
    EXPECT_EQ(pairs.find(pairs.read(row)->pair_id), row);
  }
}

TEST_F(PairsViewTest, WhatALimitLeavesOutIsKnownButNotSeen) {
  PairsView all(path_, std::nullopt, 1), few(path_, 1, 1);
  std::size_t seen = 0;
  for (const PairsView::Row row : all.rows()) {
    EXPECT_EQ(few.find(all.read(row)->pair_id), row);
    seen += few.sees(row) ? 1 : 0;
  }
  EXPECT_EQ(seen, few.rows().size());
  EXPECT_EQ(few.rows().size(), 82U);
}

TEST_F(PairsViewTest, OnlyWhatSeenTestPairsRetrieveCounts) {
  const auto path = folder_ / "neighbors.jsonl";
  JsonlWriter writer(path);
  writer.write(Neighbors{PairId("u/s/0"), {{PairId("u/s/1"), 0.9}}});
  writer.write(Neighbors{PairId("u/s/3"), {{PairId("u/s/2"), 0.9}}});
  writer.commit();
  const PairsView pairs(path_, 1, 1);  // sees u/s/3
  const std::vector<bool> retrieved = retrieved_rows(pairs, path, 2);
  EXPECT_EQ(std::count(retrieved.begin(), retrieved.end(), true), 1);
  EXPECT_TRUE(retrieved[2]);
}

TEST_F(PairsViewTest, APairOutlivesTheReadingOfOthers) {
  PairsView pairs(path_, std::nullopt, 1);
  const auto first = pairs.read(0);
  for (const PairsView::Row row : pairs.rows()) (void)pairs.read(row);
  EXPECT_EQ(first->pair_id, PairId("u/s/0"));
}

TEST_F(PairsViewTest, RefusesAnIdTwiceAndNamesAMissingOne) {
  const auto twice = folder_ / "twice.jsonl";
  write(twice, {pair_of("u", 1, Split::test), pair_of("u", 2, Split::test), pair_of("u", 1, Split::test)});
  EXPECT_THROW(PairsView(twice, std::nullopt, 1), RunError);
  const auto adjacent = folder_ / "adjacent.jsonl";
  write(adjacent, {pair_of("u", 1, Split::test), pair_of("u", 1, Split::test)});
  EXPECT_THROW(PairsView(adjacent, std::nullopt, 1), RunError);
  const auto one = folder_ / "one.jsonl";
  write(one, {pair_of("u", 1, Split::test)});
  PairsView pairs(one, std::nullopt, 1);
  EXPECT_EQ(pairs.read(PairId("u/s/1"))->turn, 1U);
  EXPECT_THROW((void)pairs.row_of(PairId("u/s/2")), RunError);
  write(one, {});
  EXPECT_THROW(PairsView(one, std::nullopt, 1), RunError);
}

TEST_F(PairsViewTest, RetrievedAreTheFirstKOfEveryList) {
  const auto path = folder_ / "neighbors.jsonl";
  JsonlWriter writer(path);
  writer.write(
      Neighbors{PairId("u/s/0"), {{PairId("u/s/1"), 0.9}, {PairId("u/s/2"), 0.8}, {PairId("u/s/4"), 0.7}}});
  writer.write(Neighbors{PairId("u/s/3"), {{PairId("u/s/2"), 0.9}, {PairId("unknown"), 0.8}}});
  writer.commit();
  const PairsView pairs(path_, std::nullopt, 1);
  const std::vector<bool> retrieved = retrieved_rows(pairs, path, 2);
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < retrieved.size(); ++row) {
    if (retrieved[row]) rows.push_back(row);
  }
  EXPECT_THAT(rows, testing::ElementsAre(1U, 2U));
}

}  // namespace
}  // namespace recon
