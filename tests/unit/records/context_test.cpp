#include "recon/records/context.hpp"

#include "recon/core/random.hpp"
#include "recon/core/text.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

std::size_t cost(const Turn& turn) { return count_tokens(turn.author) + count_tokens(turn.text) + 2; }

CutContext recent(const std::vector<Turn>& turns, std::size_t tokens) {
  return cut_context(turns, ContextBudget{tokens, false});
}

CutContext with_first(const std::vector<Turn>& turns, std::size_t tokens) {
  return cut_context(turns, ContextBudget{tokens, true});
}

/// `count` words of one token each: "a0 a1 a2".
std::string words(const std::string& letter, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + letter + std::to_string(i);
  return text;
}

TEST(ContextTest, KeepsAllThatFits) {
  const std::vector<Turn> turns{{"A", "one two"}, {"B", "three"}};
  const std::size_t all = cost(turns[0]) + cost(turns[1]);
  const std::vector<Turn> none;
  for (const bool keep_first : {false, true}) {
    EXPECT_EQ(cut_context(turns, {all, keep_first}).turns, turns);
    EXPECT_EQ(cut_context(turns, {all, keep_first}).gap, ContextGap::none);
    EXPECT_TRUE(cut_context(none, ContextBudget{10, keep_first}).turns.empty());
    EXPECT_EQ(cut_context(none, ContextBudget{0, keep_first}).gap, ContextGap::none);
  }
}

TEST(ContextTest, CutsTheOldestTurnThatDoesNotFitAtItsBeginning) {
  const std::vector<Turn> turns{{"A", words("a", 40)}, {"B", words("b", 40)}, {"C", "three"}};
  const std::size_t room = 20;
  const CutContext cut = recent(turns, cost(turns[2]) + 3 + room);
  ASSERT_EQ(cut.turns.size(), 2U);
  EXPECT_EQ(cut.gap, ContextGap::at_beginning);
  EXPECT_EQ(cut.turns[1], turns[2]);
  EXPECT_EQ(cut.turns[0].author, "B");
  EXPECT_EQ(cut.turns[0].text,
            "b20 b21 b22 b23 b24 b25 b26 b27 b28 b29 b30 b31 b32 b33 b34 b35 b36 b37 b38 b39");
}

TEST(ContextTest, ARestOfAFewTokensIsDropped) {
  const std::vector<Turn> turns{{"A", words("a", 20)}, {"B", "three"}};
  EXPECT_THAT(recent(turns, cost(turns[1]) + 3 + 7).turns, testing::ElementsAre(turns[1]));
  EXPECT_EQ(recent(turns, cost(turns[1]) + 3 + 7).gap, ContextGap::at_beginning);
  EXPECT_EQ(recent(turns, cost(turns[1]) + 3 + 8).turns.at(0).text, "a12 a13 a14 a15 a16 a17 a18 a19");
}

TEST(ContextTest, TheLastTurnIsKeptHoweverLittleFitsOfIt) {
  const std::vector<Turn> turns{{"A", "before"}, {"B", "one two three four five six seven eight"}};
  const CutContext cut = recent(turns, 6);
  ASSERT_EQ(cut.turns.size(), 1U);
  EXPECT_EQ(cut.gap, ContextGap::at_beginning);
  EXPECT_EQ(cut.turns[0], (Turn{"B", "six seven eight"}));
}

TEST(ContextTest, AnOlderTurnIsNotKeptBehindOneThatDoesNotFit) {
  const std::vector<Turn> turns{{"A", "x"}, {"B", "a far longer turn than there is room for"}, {"C", "y"}};
  EXPECT_THAT(recent(turns, 9).turns, testing::ElementsAre(turns[2]));
}

TEST(ContextTest, NoCodePointIsCutInTwo) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\u8a9e\u00e9\U0001F600";  // no word boundary to cut at
  for (std::size_t tokens = 12; tokens < 100; ++tokens) {
    const CutContext end = recent({{"A", text}, {"B", "x"}}, tokens);
    const CutContext beginning = with_first({{"A", text}, {"B", text}}, tokens);
    for (const CutContext& cut : {end, beginning}) {
      for (const Turn& turn : cut.turns) EXPECT_FALSE(invalid_utf8_at(turn.text)) << tokens;
    }
  }
}

TEST(ContextTest, TheFirstTurnIsKeptToHalfOfTheBudget) {
  const std::vector<Turn> turns{
      {"P", words("p", 100)}, {"A", words("a", 30)}, {"B", words("b", 30)}, {"C", words("c", 20)}};
  const CutContext cut = with_first(turns, 80);
  EXPECT_EQ(cut.gap, ContextGap::after_first);
  ASSERT_EQ(cut.turns.size(), 3U);
  EXPECT_EQ(cut.turns[0], (Turn{"P", words("p", 37)}));  // 40 with its label, cut at its end
  EXPECT_EQ(cut.turns[1].author, "B");
  EXPECT_TRUE(turns[2].text.ends_with(cut.turns[1].text));
  EXPECT_EQ(count_tokens(cut.turns[1].text), 14U);
  EXPECT_EQ(cut.turns[2], turns[3]);
}

TEST(ContextTest, AShortFirstTurnStaysWholeAndWhatOthersLeaveGoesToALongOne) {
  const std::vector<Turn> short_first{{"P", "the post"}, {"A", words("a", 40)}, {"B", words("b", 40)}};
  const CutContext cut = with_first(short_first, 60);
  EXPECT_EQ(cut.turns.front(), short_first.front());
  EXPECT_EQ(cut.turns.size(), 3U);
  EXPECT_EQ(cut.gap, ContextGap::after_first);
  const std::vector<Turn> long_first{{"P", words("p", 100)}, {"A", words("a", 10)}};
  const CutContext whole_rest = with_first(long_first, 80);
  EXPECT_EQ(whole_rest.turns.back(), long_first.back());
  EXPECT_EQ(whole_rest.turns.front().text, words("p", 64));
  EXPECT_EQ(with_first({{"P", words("p", 100)}}, 53).turns.at(0).text, words("p", 50)) << "a post alone";
}

TEST(ContextTest, WhereBothDoNotFitTheMostRecentWordsAreKept) {
  const std::vector<Turn> turns{{"P", words("p", 100)}, {"A", words("a", 100)}};
  const CutContext cut = with_first(turns, 12);
  EXPECT_EQ(cut.gap, ContextGap::at_beginning);
  ASSERT_EQ(cut.turns.size(), 1U);
  EXPECT_EQ(cut.turns[0].author, "A");
}

TEST(ContextTest, ACutPairKeepsItsGapAndItsKindOfCut) {
  Pair pair;
  pair.context = {{"A", words("a", 20)}, {"B", words("b", 20)}};
  const auto gap = [&](ContextGap had, std::size_t tokens, bool keep_first) {
    pair.set_context_gap(had);
    return cut_context(pair, ContextBudget{tokens, keep_first}).gap;
  };
  for (const bool keep_first : {false, true}) {
    EXPECT_EQ(gap(ContextGap::none, 100, keep_first), ContextGap::none);
    EXPECT_EQ(gap(ContextGap::at_beginning, 100, keep_first), ContextGap::at_beginning);
    EXPECT_EQ(gap(ContextGap::after_first, 100, keep_first), ContextGap::after_first);
    // What stands first is no post where the beginning is missing, and a post stays one.
    EXPECT_EQ(gap(ContextGap::at_beginning, 30, keep_first), ContextGap::at_beginning);
    EXPECT_EQ(gap(ContextGap::after_first, 30, keep_first), ContextGap::after_first);
  }
  EXPECT_EQ(gap(ContextGap::none, 30, false), ContextGap::at_beginning);
  EXPECT_EQ(gap(ContextGap::none, 30, true), ContextGap::after_first);
}

TEST(ContextTest, AnyBudgetIsKeptAndOnlyTheEdgesOfTheGapAreCut) {
  KeyedRandom random(9, "context", "");
  for (int trial = 0; trial < 600; ++trial) {
    std::vector<Turn> turns(random.below(6));
    for (Turn& turn : turns) {
      turn.author = random.coin() ? "Justice Example" : "I";
      const std::uint64_t count = random.below(25);
      for (std::uint64_t i = 0; i < count; ++i)
        turn.text += std::string(1 + random.below(9), 'a') + (i + 1 == count  ? "."
                                                              : random.coin() ? " "
                                                                              : ", ");
    }
    const std::size_t budget = random.below(90);
    const CutContext cut = cut_context(turns, {budget, random.coin()});
    std::size_t used = 0;
    for (const Turn& turn : cut.turns) used += cost(turn);
    EXPECT_LE(used, budget);
    ASSERT_LE(cut.turns.size(), turns.size());
    const std::size_t skipped = turns.size() - cut.turns.size();
    const std::size_t kept_first = cut.gap == ContextGap::after_first ? 1 : 0;
    bool whole = true;
    for (std::size_t i = 0; i < cut.turns.size(); ++i) {
      const Turn& source = i < kept_first ? turns[0] : turns[skipped + i];
      EXPECT_EQ(cut.turns[i].author, source.author);
      const bool is_whole = cut.turns[i].text == source.text;
      EXPECT_TRUE(is_whole || (i < kept_first ? source.text.starts_with(cut.turns[i].text)
                                              : source.text.ends_with(cut.turns[i].text)));
      EXPECT_TRUE(is_whole || i <= kept_first);
      whole = whole && is_whole;
    }
    EXPECT_EQ(cut.cut(), skipped > 0 || !whole);
  }
}

}  // namespace
}  // namespace recon
