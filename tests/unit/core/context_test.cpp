#include "recon/core/context.hpp"

#include "recon/core/random.hpp"
#include "recon/core/text.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

std::size_t cost(const Turn& turn) { return count_tokens(turn.author) + count_tokens(turn.text) + 2; }

TEST(ContextTest, KeepsAllThatFits) {
  const std::vector<Turn> turns{{"A", "one two"}, {"B", "three"}};
  const std::size_t all = cost(turns[0]) + cost(turns[1]);
  EXPECT_EQ(cut_context(turns, all).turns, turns);
  EXPECT_FALSE(cut_context(turns, all).cut);
  EXPECT_TRUE(cut_context({}, 10).turns.empty());
  EXPECT_FALSE(cut_context({}, 0).cut);
}

TEST(ContextTest, DropsTheOldestWhole) {
  const std::vector<Turn> turns{{"A", "one two"}, {"B", "three"}};
  const CutContext cut = cut_context(turns, cost(turns[0]) + cost(turns[1]) - 1);
  EXPECT_THAT(cut.turns, testing::ElementsAre(turns[1]));
  EXPECT_TRUE(cut.cut);
}

TEST(ContextTest, CutsTheLastTurnAtItsBeginning) {
  const std::vector<Turn> turns{{"A", "before"}, {"B", "one two three four five six seven eight"}};
  const CutContext cut = cut_context(turns, 6);
  ASSERT_EQ(cut.turns.size(), 1U);
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(cut.turns[0].author, "B");
  EXPECT_EQ(trim(cut.turns[0].text), "six seven eight");
}

TEST(ContextTest, AnOlderTurnIsNotKeptAfterOneThatDoesNotFit) {
  const std::vector<Turn> turns{{"A", "x"}, {"B", "a far longer turn than there is room for"}, {"C", "y"}};
  EXPECT_THAT(cut_context(turns, 9).turns, testing::ElementsAre(turns[2]));
}

TEST(ContextTest, AnyBudgetIsKeptAndGivesASuffix) {
  KeyedRandom random(9, "context", "");
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Turn> turns(random.below(6));
    for (Turn& turn : turns) {
      turn.author = random.coin() ? "Justice Example" : "I";
      const std::uint64_t words = random.below(12);
      for (std::uint64_t i = 0; i < words; ++i)
        turn.text += std::string(1 + random.below(9), 'a') + (random.coin() ? " " : ", ");
    }
    const std::size_t budget = random.below(60);
    const CutContext cut = cut_context(turns, budget);
    std::size_t used = 0;
    for (const Turn& turn : cut.turns) used += cost(turn);
    EXPECT_LE(used, budget);
    ASSERT_LE(cut.turns.size(), turns.size());
    const std::size_t skipped = turns.size() - cut.turns.size();
    bool whole = true;
    for (std::size_t i = 0; i < cut.turns.size(); ++i) {
      EXPECT_EQ(cut.turns[i].author, turns[skipped + i].author);
      EXPECT_TRUE(turns[skipped + i].text.ends_with(cut.turns[i].text));
      whole = whole && cut.turns[i].text == turns[skipped + i].text;
    }
    EXPECT_EQ(cut.cut, skipped > 0 || !whole);
    if (cut.turns.size() > 1) {
      EXPECT_TRUE(whole);
    }
  }
}

}  // namespace
}  // namespace recon
