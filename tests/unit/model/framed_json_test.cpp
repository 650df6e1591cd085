#include "openai/framed_json.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace recon {
namespace {

using namespace std::string_literals;

/// The text of a document that is one string, mended, or what is wrong.
std::string text_of(const std::string& json) {
  const auto read = read_loosely("[" + json + "]");
  if (!read || read->documents.size() != 1) return "unreadable";
  auto text = read->documents.front().at(0).get<std::string>();
  static_cast<void>(mend_text(text));
  return text;
}

TEST(MendText, LeavesTextAlone) {
  for (std::string text : {"", "plain", "\u00e9 \u65e5 \U0001F600", "a\n\tb\x1b[0m", "\uFFFD"}) {
    const std::string before = text;
    EXPECT_EQ(mend_text(text), 0);
    EXPECT_EQ(text, before);
  }
}

TEST(MendText, EveryPlaceThatIsNoTextIsMendedAndCounted) {
  struct Case {
    std::string text;
    std::string mended;
    std::int64_t places;
  };
  const std::vector<Case> cases = {
      {"a\xFF"
       "b",
       "a\uFFFD"
       "b",
       1},
      {"a\xF0\x9F\x98", "a\uFFFD", 1},  // cut in its last byte
      {"a\xC3", "a\uFFFD", 1},
      {"\xE6\x97"
       "x",
       "\uFFFD"
       "x",
       1},
      {"\x80\x80", "\uFFFD\uFFFD", 2},  // ends without a beginning
      {"\xC0\xAF", "\uFFFD\uFFFD", 2},  // overlong
      {"\xED\xA0\xBD", "\uFFFD", 1},    // half a pair
      {"\xED\xB8\x80 x", "\uFFFD x", 1},
      {"\xED\xA0\xBD\xED\xB8\x80", "\U0001F600", 1},  // both halves
      {"\xED\xB8\x80\xED\xA0\xBD", "\uFFFD\uFFFD", 2},
      {"\xED\xA0\xBD\xED\xA0\xBD\xED\xB8\x80", "\uFFFD\U0001F600", 2},
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD", 4},  // beyond Unicode
      {"a\0b"s, "ab", 1},
      {"\0\0"s, "", 2},
      {"\xFF\0\xFF"s, "\uFFFD\uFFFD", 3},
  };
  for (const Case& one : cases) {
    std::string text = one.text;
    EXPECT_EQ(mend_text(text), one.places) << one.mended;
    EXPECT_EQ(text, one.mended);
  }
}

TEST(MendText, ManyBadBytesTakeNoTimeWorthMentioning) {
  std::string text(400000, '\xFF');
  for (std::size_t i = 0; i < text.size(); i += 2) text[i] = 'a';
  EXPECT_EQ(mend_text(text), 200000);
}

TEST(LooseJson, StringsKeepWhatTheyMean) {
  EXPECT_EQ(text_of(R"("\ud83d")"), "\uFFFD");
  EXPECT_EQ(text_of(R"("\ude00 x")"), "\uFFFD x");
  EXPECT_EQ(text_of(R"("\ud83d\ude00")"), "\U0001F600");
  EXPECT_EQ(text_of(R"("\ud83d\u0041")"), "\uFFFDA");
  EXPECT_EQ(text_of(R"("\ud83d\n\ude00")"), "\uFFFD\n\uFFFD");
  EXPECT_EQ(text_of(R"("\u00e9\u65e5")"), "\u00e9\u65e5");
  EXPECT_EQ(text_of("\"a\0b\\u0000c\""s), "abc");
  EXPECT_EQ(text_of("\"a\nb\tc\""), "a\nb\tc");
  EXPECT_EQ(text_of("\"\xF0\x9F\x98\""), "\uFFFD");
  EXPECT_EQ(text_of(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text_of(R"("it\'s")"), "it's");
  EXPECT_EQ(text_of(R"("\alpha \u12")"), R"(\alpha \u12)");
}

TEST(LooseJson, NumbersThatJsonDoesNotHaveAreRead) {
  const auto read = read_loosely("[NaN, Infinity, -Infinity, nan, -inf, 1e400, -1e400, 1e-400, .5, 1.5, -3]");
  ASSERT_TRUE(read.has_value());
  const Json& list = read->documents.at(0);
  EXPECT_TRUE(std::isnan(list.at(0).get<double>()));
  EXPECT_EQ(list.at(1).get<double>(), INFINITY);
  EXPECT_EQ(list.at(2).get<double>(), -INFINITY);
  EXPECT_TRUE(std::isnan(list.at(3).get<double>()));
  EXPECT_EQ(list.at(4).get<double>(), -INFINITY);
  EXPECT_EQ(list.at(5).get<double>(), INFINITY);
  EXPECT_EQ(list.at(6).get<double>(), -INFINITY);
  EXPECT_EQ(list.at(7).get<double>(), 0.0);
  EXPECT_EQ(list.at(8).get<double>(), 0.5);
  EXPECT_EQ(list.at(9).get<double>(), 1.5);
  EXPECT_EQ(list.at(10).get<int>(), -3);
  EXPECT_EQ(read->repaired, 8);
}

TEST(LooseJson, WhatIsCutOrIsNoneOfThisIsRefused) {
  for (const std::string& text :
       {R"({"a": "b)"s, R"({"a": "b")"s, R"({"a": )"s, "[1, 2"s, "{\"a\" 1}"s, "{1: 2}"s, "[1 2]"s, "[,]"s,
        "[abc]"s, "<html>busy</html>"s, "{} </html>"s, "Error: {}"s, "{} \u65e5"s, "[True]"s, "[1..2]"s,
        "[--1]"s, std::string(5000, '['), R"({"a": "\)"s, "[\"a\" \"b\"]"s})
    EXPECT_FALSE(read_loosely(text).has_value()) << text.substr(0, 40);
}

}  // namespace
}  // namespace recon
