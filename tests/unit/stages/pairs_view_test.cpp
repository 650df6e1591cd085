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

class PairsView : public testing::Test {
 protected:
  void SetUp() override {
    JsonlWriter writer(path_);
    for (const char* user : {"u", "v"}) {
      for (int i = 0; i < 60; ++i)
        writer.write(pair_of(user, i,
                             i % 3 == 0   ? Split::test
                             : i % 3 == 1 ? Split::train_0
                                          : Split::train_1));
    }
    writer.commit();
  }
  std::vector<std::string> ids(std::optional<std::size_t> limit, std::uint64_t seed = 1) {
    std::vector<std::string> result;
    for (const Pair& pair : read_pairs(path_, limit, seed)) result.push_back(pair.pair_id.str());
    return result;
  }
  support::TestFolder folder_;
  std::filesystem::path path_ = folder_ / "pairs.jsonl";
};

TEST_F(PairsView, WithoutALimitEverythingInOrder) { EXPECT_EQ(ids(std::nullopt).size(), 120U); }

TEST_F(PairsView, SamplesAreNestedPerUserAndSplit) {
  std::vector<std::string> smaller;
  for (const std::size_t limit : {1U, 2U, 5U, 19U, 20U, 100U}) {
    const auto sample = ids(limit);
    EXPECT_EQ(sample.size(), 6 * std::min<std::size_t>(limit, 20));
    for (const std::string& id : smaller)
      EXPECT_NE(std::find(sample.begin(), sample.end(), id), sample.end());
    smaller = sample;
  }
  EXPECT_NE(ids(5, 1), ids(5, 2));
}

TEST(PairIndex, RefusesAnIdTwiceAndNamesAMissingOne) {
  const std::vector<Pair> twice = {pair_of("u", 1, Split::test), pair_of("u", 1, Split::test)};
  EXPECT_THROW(PairIndex index(twice), RunError);
  const std::vector<Pair> one = {pair_of("u", 1, Split::test)};
  const PairIndex index(one);
  EXPECT_EQ(index.at(PairId("u/s/1")).turn, 1U);
  EXPECT_THROW((void)index.at(PairId("u/s/2")), RunError);
}

TEST(RetrievedPairs, TheFirstKOfEveryList) {
  const std::vector<Neighbors> neighbors = {
      {PairId("t1"), {{PairId("a"), 0.9}, {PairId("b"), 0.8}, {PairId("c"), 0.7}}},
      {PairId("t2"), {{PairId("b"), 0.9}}}};
  EXPECT_THAT(retrieved_pairs(neighbors, 2), testing::UnorderedElementsAre(PairId("a"), PairId("b")));
}

}  // namespace
}  // namespace recon
