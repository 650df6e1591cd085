#include "openai/reply_json.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace recon {
namespace {

using namespace std::string_literals;

/// The same value, or refused by both.
void expect_read_alike(const std::string& body) {
  const std::string shown = body.size() > 80 ? body.substr(0, 80) + "..." : body;
  const Json expected = Json::parse(body, nullptr, false);
  const auto read = parse_reply_json(body);
  ASSERT_EQ(read.has_value(), !expected.is_discarded()) << shown;
  if (!read) return;
  EXPECT_EQ(*read, expected) << shown;
  EXPECT_EQ(read->is_number_float(), expected.is_number_float()) << shown;
  // Zero counts as one without a sign even where it is written -0.
  EXPECT_GE(read->is_number_unsigned(), expected.is_number_unsigned()) << shown;
  EXPECT_EQ(read->dump(), expected.dump()) << shown;
}

std::string nested(std::size_t depth, std::string_view innermost) {
  return std::string(depth, '[') + std::string(innermost) + std::string(depth, ']');
}

TEST(ReplyJson, ReadsWhatTheSlowerParserReads) {
  for (const char* text : {
           R"({"choices": [{"message": {"role": "assistant", "content": "Caf\u00e9 \"x\"\n"}, "index": 0}]})",
           R"([-1, 0, 18446744073709551615, 0.25, -1e-3, true, false, null, "", [], {}])",
           R"({"twice": 1, "between": 2, "twice": 3})",
           R"(123456789012345678901234567890)",  // beyond 64 bits
           R"("text")",
       }) {
    const auto read = parse_reply_json(text);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(*read, Json::parse(text)) << text;
    EXPECT_EQ(read->dump(), Json::parse(text).dump()) << text;
  }
}

TEST(ReplyJson, WhatIsNestedDeeplyIsReadAsWell) {
  const std::string deep = std::string(3000, '[') + std::string(3000, ']');
  EXPECT_EQ(parse_reply_json(deep), Json::parse(deep));
}

TEST(ReplyJson, StringsAreReadAsTheSlowerParserReadsThem) {
  for (const char* text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\u0041")", R"("\ud800\n")",
        R"("\ude00\ud83d")", R"({"\ud800": 1})", R"("\ud83d\ude00")", R"("\u0000")", R"("\u00g0")", R"("\x")",
        "\"a\tb\"", "\"\xff\"", "\"\xc3\xa9\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"", "'a'"})
    expect_read_alike(text);
  expect_read_alike("\"a\0b\""s);
}

TEST(ReplyJson, NumbersAreReadAsTheSlowerParserReadsThem) {
  for (const char* text : {"1e400",
                           "-1e400",
                           "[1e400]",
                           "1e-400",
                           "5e-324",
                           "2.2250738585072011e-308",
                           "1.7976931348623157e308",
                           "0.1",
                           "123456789.123456789",
                           "1E5",
                           "-0",
                           "-0.0",
                           "0",
                           "1",
                           "-1",
                           "9223372036854775807",
                           "9223372036854775808",
                           "18446744073709551615",
                           "18446744073709551616",
                           "-9223372036854775808",
                           "-9223372036854775809",
                           "[1, -18446744073709551616]",
                           "01",
                           "-",
                           "+1",
                           "1.",
                           ".5",
                           "1e",
                           "0x10",
                           "NaN",
                           "Infinity",
                           "-Infinity",
                           "1_000"})
    expect_read_alike(text);
}

TEST(ReplyJson, WhatStandsAroundAValueIsReadAsTheSlowerParserReadsIt) {
  for (const char* text : {"",
                           " ",
                           "\n",
                           "\xef\xbb\xbf",
                           "\xef\xbb\xbf{\"a\": 1}",
                           "\xef\xbb{}",
                           "\xef\xbb\xbf\xef\xbb\xbf{}",
                           " \xef\xbb\xbf{}",
                           "{} {}",
                           "{}x",
                           "[] ]",
                           "1 2",
                           "\"a\" \"b\"",
                           "{}\n\t\r ",
                           "\f{}",
                           "{} // so",
                           "[,]",
                           "[1 2]",
                           "{\"a\" 1}",
                           "{\"a\": }",
                           "{1: 2}"})
    expect_read_alike(text);
  expect_read_alike("{}\0"s);
  expect_read_alike("\0"s);
}

TEST(ReplyJson, OfAKeyThatStandsTwiceTheLastValueCounts) {
  for (const char* text :
       {R"({"a": {"x": 1}, "b": 2, "a": {"y": 3}})", R"({"a": {"x": 1}, "a": 4})",
        R"({"a": 4, "a": {"x": 1}})", R"({"a": [{"x": 1, "x": {}}], "a": [{"x": {"x": 2}, "x": []}]})",
        R"({"a": 1, "\u0061": 2})"})
    expect_read_alike(text);
}

TEST(ReplyJson, NestingIsReadOnBothSidesOfWhatTheFastParserTakes) {
  for (const std::size_t depth : {1022U, 1023U, 1024U, 1025U, 1026U}) {
    expect_read_alike(nested(depth, ""));
    expect_read_alike(nested(depth, "{\"a\": 1e-5}"));
    expect_read_alike(nested(depth, "1 2"));
    expect_read_alike(nested(depth, "") + "]");
  }
}

TEST(ReplyJson, WhatIsNoJsonIsNothing) {
  for (const char* text : {"", "{", "{\"a\": 1} x", "<html>", "{\"a\": 1,}", "nul"})
    EXPECT_FALSE(parse_reply_json(text).has_value()) << text;
}

}  // namespace
}  // namespace recon
