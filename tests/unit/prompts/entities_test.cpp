// Replies in which a model copied the escaping of its prompt.
#include "recon/core/text.hpp"

#include <string>
#include <utility>
#include <vector>

#include "prompt_fixtures.hpp"
#include "xml.hpp"
#include <gtest/gtest.h>

namespace recon::prompt_test {
namespace {

TEST(Entities, BecomeCharactersOnce) {
  const std::vector<std::pair<std::string, std::string>> forms{
      {"Smith &amp; Sons", "Smith & Sons"},
      {"if a &lt; b, then b &gt; a", "if a < b, then b > a"},
      {"he said &quot;no&quot;, it&apos;s late", "he said \"no\", it's late"},
      {"it&#39;s, it&#x27;s, it&#X27;s, it&#0039;s", "it's, it's, it's, it's"},
      {"an en dash &#8211; and a quote &#x2019;", "an en dash \u2013 and a quote \u2019"},
      {"caf&#233; &#x65E5;&#26412; &#128512;", "caf\u00e9 \u65e5\u672c \U0001F600"},
      {"one&nbsp;two", "one\u00a0two"},
      {"AT&AMP;T &LT;tag&GT;", "AT&T <tag>"},
      {"one&#10;two&#9;three", "one\ntwo\tthree"},
      {"&amp;lt; &amp;amp; &amp;#39;", "&lt; &amp; &#39;"},
      {"&&amp;&", "&&&"},
      {"&amp;", "&"},
      {"&lt;&lt;", "<<"},
      {"  &amp; trimmed \n", "& trimmed"},
  };
  for (const auto& [reply, text] : forms) EXPECT_EQ(Prompts::plain_reply(reply), text) << reply;
}

TEST(Entities, WhatNamesNoCharacterStays) {
  for (const std::string reply : {"R&D",
                                  "a & b",
                                  "a && b;",
                                  "&;",
                                  "&#;",
                                  "&#x;",
                                  "&#xZZ;",
                                  "&#12a;",
                                  "&#-5;",
                                  "&# 39;",
                                  "&amp",
                                  "&#39",
                                  "&lt b;",
                                  "&#0;",
                                  "&#x0;",
                                  "&#1;",
                                  "&#8;",
                                  "&#11;",
                                  "&#13;",
                                  "&#27;",
                                  "&#127;",
                                  "&#128;",
                                  "&#x9F;",
                                  "&#xD800;",
                                  "&#55357;&#56832;",
                                  "&#xDFFF;",
                                  "&#xFFFE;",
                                  "&#xFFFF;",
                                  "&#x110000;",
                                  "&#99999999999999;",
                                  "&Amp;",
                                  "&foo;",
                                  "&copy;",
                                  "&amp amp;",
                                  "see ?a=1&b=2;",
                                  "&#x00000000000000000026;"}) {
    EXPECT_EQ(Prompts::plain_reply(reply), reply);
  }
}

TEST(Entities, UndoTheEscapingOfEveryText) {
  for (const std::string text : {"plain", "a < b & c > d \"e\" 'f'", "&lt;already&gt;", "&amp;amp;",
                                 "\u00e9 & \U0001F600", "&#39;", "&"}) {
    EXPECT_EQ(without_entities(xml_body(text)), text);
    EXPECT_EQ(without_entities(xml_attribute(text)), text);
  }
}

}  // namespace
}  // namespace recon::prompt_test
