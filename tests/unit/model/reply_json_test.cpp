#include "reply_json.hpp"

#include <gtest/gtest.h>

namespace recon {
namespace {

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

TEST(ReplyJson, WhatIsNoJsonIsNothing) {
  for (const char* text : {"", "{", "{\"a\": 1} x", "<html>", "{\"a\": 1,}", "nul"})
    EXPECT_FALSE(parse_reply_json(text).has_value()) << text;
}

}  // namespace
}  // namespace recon
