#include "recon/statistics/near_duplicates.hpp"

#include "recon/core/random.hpp"
#include "recon/core/text.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::ElementsAre;

const std::string standing =
    "This morning I had meetings with ministerial colleagues and others, and I shall have further such "
    "meetings later today.";
const std::string varied =
    "This morning, I had meetings with ministerial colleagues and others and I shall have further such "
    "meetings later on today!";
const std::string other =
    "The hon. Lady asks about the railway in her town, and I will gladly look into it with her.";

TEST(NearDuplicates, AStandingPhraseIsFoundAndOthersAreNot) {
  const std::vector<std::string> texts = {standing, other, varied};
  EXPECT_THAT(have_near_duplicate(texts), ElementsAre(true, false, true));
}

TEST(NearDuplicates, ATextIsNotItsOwnDuplicateButItsCopyIs) {
  EXPECT_THAT(have_near_duplicate(std::vector<std::string>{standing, other}), ElementsAre(false, false));
  EXPECT_THAT(have_near_duplicate(std::vector<std::string>{other, other}), ElementsAre(true, true));
}

TEST(NearDuplicates, AmongOthersAnEqualTextCounts) {
  const std::vector<std::string> texts = {standing, other};
  EXPECT_THAT(
      have_near_duplicate(
          texts, std::vector<std::string>{varied, "Something else altogether was said here, I think."}),
      ElementsAre(true, false));
  EXPECT_THAT(have_near_duplicate(texts, std::vector<std::string>{other}), ElementsAre(false, true));
  EXPECT_THAT(have_near_duplicate(texts, std::vector<std::string>{}), ElementsAre(false, false));
}

TEST(NearDuplicates, ShortTextsAreNobodysCopies) {
  EXPECT_THAT(have_near_duplicate(std::vector<std::string>{"Thank you very much.", "Thank you very much."}),
              ElementsAre(false, false));
  NearDuplicateRule rule;
  rule.least_words = 1;
  EXPECT_THAT(
      have_near_duplicate(std::vector<std::string>{"Thank you very much.", "Thank you very much."}, rule),
      ElementsAre(true, true));
}

std::set<std::string> triples(const std::string& text) {
  const auto words = comparison_words(text);
  std::set<std::string> found;
  for (std::size_t i = 0; i + 3 <= words.size(); ++i)
    found.insert(words[i] + " " + words[i + 1] + " " + words[i + 2]);
  return found;
}

TEST(NearDuplicates, NothingThatComparingAllWithAllFindsIsMissed) {
  KeyedRandom random(7, "near duplicates", "");
  std::vector<std::string> texts;
  for (int i = 0; i < 120; ++i) {
    if (i % 3 != 0) {  // a copy of an earlier one with some words changed
      std::string text;
      for (const std::string& word : comparison_words(texts[random.below(texts.size())])) {
        text += random.below(12) == 0 ? "w" + std::to_string(random.below(30)) : word;
        text += ' ';
      }
      texts.push_back(text);
      continue;
    }
    std::string text;
    const std::uint64_t words = 8 + random.below(40);
    for (std::uint64_t word = 0; word < words; ++word) text += "w" + std::to_string(random.below(30)) + " ";
    texts.push_back(text);
  }
  const std::vector<bool> found = have_near_duplicate(texts);
  std::size_t any = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    bool expected = false;
    const auto a = triples(texts[i]);
    for (std::size_t j = 0; j < texts.size() && !expected; ++j) {
      if (i == j) continue;
      const auto b = triples(texts[j]);
      std::size_t shared = 0;
      for (const auto& triple : a) shared += b.count(triple);
      expected = static_cast<double>(shared) >= 0.8 * static_cast<double>(a.size() + b.size() - shared);
    }
    EXPECT_EQ(found[i], expected) << i;
    any += expected ? 1 : 0;
  }
  EXPECT_GT(any, 5U);
  EXPECT_LT(any, texts.size());
}

}  // namespace
}  // namespace recon
