#include "recon/core/text.hpp"

#include "recon/core/random.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

/// The UTF-8 form of a code point, written independently of the program.
std::string encoded(std::uint32_t code_point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xC0 | (code_point >> 6U)), byte(0x80 | (code_point & 0x3FU))};
  if (code_point < 0x10000) {
    return {byte(0xE0 | (code_point >> 12U)), byte(0x80 | ((code_point >> 6U) & 0x3FU)),
            byte(0x80 | (code_point & 0x3FU))};
  }
  return {byte(0xF0 | (code_point >> 18U)), byte(0x80 | ((code_point >> 12U) & 0x3FU)),
          byte(0x80 | ((code_point >> 6U) & 0x3FU)), byte(0x80 | (code_point & 0x3FU))};
}

std::string random_utf8(KeyedRandom& random, std::size_t most) {
  std::string text;
  const std::uint64_t count = random.below(most + 1);
  for (std::uint64_t i = 0; i < count; ++i) {
    switch (random.below(6)) {
      case 0:
        text += encoded(static_cast<std::uint32_t>(0x80 + random.below(0x780)));
        break;
      case 1:
        text += encoded(static_cast<std::uint32_t>(0x800 + random.below(0xD000)));
        break;
      case 2:
        text += encoded(static_cast<std::uint32_t>(0x10000 + random.below(0x100000)));
        break;
      case 3:
        text += ' ';
        break;
      default:
        text += static_cast<char>('a' + random.below(26));
    }
  }
  return text;
}

TEST(Utf8Test, EveryCodePointIsValidButSurrogates) {
  for (std::uint32_t code_point = 0; code_point <= 0x10FFFF; code_point += code_point < 0x11000 ? 1 : 97) {
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    ASSERT_EQ(invalid_utf8_at("x" + encoded(code_point)),
              surrogate ? std::optional<std::size_t>(1) : std::nullopt)
        << code_point;
  }
}

TEST(Utf8Test, FindsTheFirstInvalidByte) {
  EXPECT_EQ(invalid_utf8_at(""), std::nullopt);
  EXPECT_EQ(invalid_utf8_at(std::string_view("\0", 1)), std::nullopt);
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xFE", "\xC3", "\xE2\x82",
        "\xF0\x9F\x98", "\xC3(", "\xED\xA0\x80", "\xED\xBF\xBF"}) {
    EXPECT_THAT(invalid_utf8_at(std::string("caf\xC3\xA9 ") + bad), Optional(6U))
        << testing::PrintToString(bad);
  }
}

TEST(Utf8Test, CutOrBrokenTextIsFoundAndRepaired) {
  KeyedRandom random(1, "utf8", "");
  for (int trial = 0; trial < 2000; ++trial) {
    std::string text = random_utf8(random, 20);
    ASSERT_EQ(invalid_utf8_at(text), std::nullopt);
    EXPECT_EQ(replace_invalid_utf8(text), text);
    if (text.empty()) continue;
    text[random.below(text.size())] = static_cast<char>(random.below(256));
    text = text.substr(random.below(2));
    const auto at = invalid_utf8_at(text);
    const std::string repaired = replace_invalid_utf8(text);
    EXPECT_EQ(invalid_utf8_at(repaired), std::nullopt);
    EXPECT_EQ(repaired == text, !at.has_value());
    if (at) {
      EXPECT_EQ(repaired.substr(0, *at), text.substr(0, *at));
      EXPECT_EQ(repaired.substr(*at, 3), "\xEF\xBF\xBD");
    }
  }
}

TEST(TextTest, CollapsesEveryKindOfWhiteSpace) {
  EXPECT_EQ(collapse_white_space("  a\t\r\n b\v\fc  "), "a b c");
  EXPECT_EQ(collapse_white_space("a\xC2\xA0\xE2\x80\x89 b\xE3\x80\x80"), "a b");
  EXPECT_EQ(collapse_white_space(" \n "), "");
  EXPECT_EQ(collapse_white_space("a-b \xE2\x80\x94 c"), "a-b \xE2\x80\x94 c");
}

TEST(TextTest, CollapsingTwiceChangesNothing) {
  KeyedRandom random(2, "collapse", "");
  for (int trial = 0; trial < 1000; ++trial) {
    const std::string once = collapse_white_space(random_utf8(random, 30));
    EXPECT_EQ(collapse_white_space(once), once);
    EXPECT_EQ(invalid_utf8_at(once), std::nullopt);
  }
}

TEST(TextTest, Trims) {
  EXPECT_EQ(trim(" \t\na b\r\n "), "a b");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim("\xC2\xA0x"), "\xC2\xA0x");  // only ASCII
}

TEST(TextTest, CountsWords) {
  EXPECT_EQ(count_words(""), 0U);
  EXPECT_EQ(count_words("  "), 0U);
  EXPECT_EQ(count_words(" one  two\nthree\xC2\xA0"
                        "four "),
            4U);
  EXPECT_EQ(count_words("well-known, isn't it?"), 3U);
}

TEST(TokensTest, FollowTheRule) {
  EXPECT_EQ(count_tokens(""), 0U);
  EXPECT_EQ(count_tokens(" \n\t"), 0U);
  EXPECT_EQ(count_tokens("court"), 1U);
  EXPECT_EQ(count_tokens("courts"), 1U);
  EXPECT_EQ(count_tokens("justice"), 2U);
  EXPECT_EQ(count_tokens("abcdefghijklm"), 3U);
  EXPECT_EQ(count_tokens("a1b2c3"), 1U);
  EXPECT_EQ(count_tokens("well, no."), 4U);
  EXPECT_EQ(count_tokens("\xE2\x82\xAC\xE2\x82\xAC"), 2U);
  EXPECT_EQ(count_tokens("caf\xC3\xA9"), 2U);
  EXPECT_EQ(count_tokens("a\xC2\xA0"
                         "b"),
            2U);
}

TEST(TokensTest, JoiningByASpaceAdds) {
  KeyedRandom random(3, "tokens", "");
  for (int trial = 0; trial < 500; ++trial) {
    const std::string a = random_utf8(random, 30);
    const std::string b = random_utf8(random, 30);
    EXPECT_EQ(count_tokens(a + " " + b), count_tokens(a) + count_tokens(b));
    EXPECT_LE(count_tokens(a + b), count_tokens(a) + count_tokens(b));
  }
}

TEST(TokensTest, CutsKeepTheBudgetAndWholeCodePoints) {
  KeyedRandom random(4, "cut", "");
  for (int trial = 0; trial < 1000; ++trial) {
    const std::string text = random_utf8(random, 40);
    const std::size_t budget = random.below(20);
    const std::string_view first = first_tokens(text, budget);
    const std::string_view last = last_tokens(text, budget);
    EXPECT_LE(count_tokens(first), budget);
    EXPECT_LE(count_tokens(last), budget);
    EXPECT_TRUE(text.starts_with(first));
    EXPECT_TRUE(text.ends_with(last));
    EXPECT_EQ(invalid_utf8_at(first), std::nullopt);
    EXPECT_EQ(invalid_utf8_at(last), std::nullopt);
    if (count_tokens(text) <= budget) {
      EXPECT_EQ(first, text);
      EXPECT_EQ(last, text);
    }
  }
}

TEST(TokensTest, CutsAtWordBoundaries) {
  const std::string_view text = "alpha beta, gamma delta";
  EXPECT_EQ(trim(first_tokens(text, 2)), "alpha");  // the comma belongs to "beta"
  EXPECT_EQ(trim(first_tokens(text, 3)), "alpha beta,");
  EXPECT_EQ(trim(first_tokens(text, 4)), "alpha beta, gamma");
  EXPECT_EQ(trim(last_tokens(text, 2)), "gamma delta");
  EXPECT_EQ(trim(last_tokens(text, 3)), "gamma delta");
  EXPECT_EQ(first_tokens(text, 0), "");
  EXPECT_EQ(last_tokens(text, 0), "");
}

TEST(TokensTest, AWordTooLongForTheBudgetIsCutInside) {
  const std::string word(100, 'w');
  EXPECT_EQ(count_tokens(first_tokens(word, 3)), 3U);
  EXPECT_EQ(count_tokens(last_tokens(word, 3)), 3U);
}

TEST(ComparisonWordsTest, LowersAndSplits) {
  EXPECT_THAT(comparison_words("Well, the Court's 5-4 ruling."),
              ElementsAre("well", "the", "court's", "5", "4", "ruling"));
  EXPECT_THAT(comparison_words("it\xE2\x80\x99s"), ElementsAre("it's"));
  EXPECT_THAT(comparison_words("caf\xC3\xA9"), ElementsAre("caf\xC3\xA9"));
  EXPECT_THAT(comparison_words(" -- ..."), IsEmpty());
}

TEST(NearestWordTest, FindsTypingErrorsOnly) {
  const std::vector<std::string> known{"temperature", "top_p", "max_tokens", "model"};
  EXPECT_THAT(nearest_word("temprature", known), Optional(std::string("temperature")));
  EXPECT_THAT(nearest_word("modle", known), Optional(std::string("model")));
  EXPECT_THAT(nearest_word("max_token", known), Optional(std::string("max_tokens")));
  EXPECT_EQ(nearest_word("completely_different", known), std::nullopt);
  EXPECT_EQ(nearest_word("x", {}), std::nullopt);
}

TEST(ShortLine, IsOneLineThatEndsWithAWholeCharacter) {
  EXPECT_EQ(short_line(" one\n two ", 100), "one two");
  EXPECT_EQ(short_line("abcdef", 6), "abcdef");
  EXPECT_EQ(short_line("abcdefg", 6), "abcdef...");
  EXPECT_EQ(short_line("ab\u00e9", 3), "ab...") << "no half of a character";
  EXPECT_EQ(short_line("a\xff", 10), "a\uFFFD");
}

TEST(AppendUtf8, WritesEveryLength) {
  std::string text;
  for (const std::uint32_t code_point : {0x41U, 0xE9U, 0x20ACU, 0x1F600U}) append_utf8(text, code_point);
  EXPECT_EQ(text, "A\u00e9\u20ac\U0001F600");
  EXPECT_FALSE(invalid_utf8_at(text));
}

TEST(Counted, SaysOneAndMany) {
  EXPECT_EQ(counted(0, "record"), "0 records");
  EXPECT_EQ(counted(1, "record"), "1 record");
  EXPECT_EQ(counted(2, "record"), "2 records");
}

}  // namespace
}  // namespace recon
