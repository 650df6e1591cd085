#include "recon/core/invisible_text.hpp"

#include <string>

#include "reddit/text.hpp"
#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(RemovalNotices, AreTold) {
  for (const char* notice :
       {"[deleted]", "[removed]", " [removed] ", "[ Removed by Reddit ]", "[removed by reddit]",
        "[deleted by user]", "[ Removed by moderator ]", "[removed by moderators]", "[Deleted By The Author]",
        "[ Removed by Reddit on account of violating the [content policy](/help/contentpolicy). ]"}) {
    EXPECT_TRUE(is_removal_notice(notice)) << notice;
    EXPECT_TRUE(has_removal_notice(notice)) << notice;
  }
  for (const char* text : {"", "[", "[]", "deleted", "[deleted] my account", "[removed] why?", "[delete]",
                           "[removed by the cat, sorry]", "Was it [removed]?", "[deletedby user]"}) {
    EXPECT_FALSE(is_removal_notice(text)) << text;
  }
  for (const char* notice : {"[deleted]", " [ Deleted ] ", "[deleted by user]", "[Deleted By The Author]"}) {
    EXPECT_TRUE(is_deletion_notice(notice)) << notice;
  }
  for (const char* text : {"[removed]", "[ Removed by Reddit ]", "[deleted by moderators]", "deleted", ""}) {
    EXPECT_FALSE(is_deletion_notice(text)) << text;
  }
  EXPECT_TRUE(has_removal_notice("AITA for this? [ Removed by moderator ]"));
  EXPECT_TRUE(has_removal_notice("[[removed by moderator] update"));
  EXPECT_FALSE(has_removal_notice("Why was my comment [removed]?"));
  EXPECT_FALSE(has_removal_notice("My neighbour removed by moderator notices [UPDATE]"));
  EXPECT_FALSE(has_removal_notice(std::string(100000, '[')));
}

TEST(OriginalText, EntitiesAreDecodedOnceAndTheRestStays) {
  EXPECT_EQ(original_text("a &gt; b &lt;c&gt; &amp; d"), "a > b <c> & d");
  EXPECT_EQ(original_text("&amp;gt; &amp;#x200B;"), "&gt;");
  EXPECT_EQ(original_text("R&D & co &#39;&quot; &amp"), "R&D & co &#39;&quot; &amp");
  EXPECT_EQ(original_text(" \n one\n\n two  three\n"), "one\n\n two  three");
  EXPECT_EQ(original_text("\xC2\xA0“x”"), "“x”");
  EXPECT_EQ(original_text(""), "");
}

TEST(RemovalNotices, AreToldInEveryFormOfThem) {
  for (const char* notice : {"[unavailable]",
                             "[Unavailable]",
                             "[ unavailable ]",
                             "\\[removed\\]",
                             "\\[deleted\\]",
                             "\\[unavailable\\]",
                             "**[deleted]**",
                             "*\\[removed\\]*",
                             "[\xC2\xA0removed ]",
                             "&#x200B;[removed]",
                             "[removed]&amp;#x200B;",
                             "[REMOVED]",
                             "[ Removed by Reddit in response to a copyright notice. ]",
                             "[removed by AutoModerator]",
                             "[deleted by OP]",
                             "[removed by reddit.]",
                             "[comment removed]",
                             "[This comment has been removed]",
                             "[this post is unavailable]",
                             "[message was deleted by user]"}) {
    EXPECT_TRUE(is_removal_notice(notice)) << notice;
  }
  for (const char* text :
       {"[unavailable until Monday]", "[the removed]", "[my comment was removed]", "I am [unavailable]",
        "[comment]", "[this]", "[has been]", "removed", "[removed](https://example.org)"}) {
    EXPECT_FALSE(is_removal_notice(text)) << text;
  }
  EXPECT_FALSE(is_deletion_notice("[unavailable]"));
  EXPECT_TRUE(is_deletion_notice("\\[deleted\\]"));
}

TEST(RemovalNotices, AreShownWithoutMarkdown) {
  EXPECT_EQ(shown_notice("[ Removed by Reddit ]"), "[ Removed by Reddit ]");
  EXPECT_EQ(shown_notice("**\\[deleted\\]**"), "[deleted]");
  EXPECT_EQ(shown_notice("[Unavailable]"), "[Unavailable]");
  EXPECT_EQ(shown_notice("[this comment was removed]"), "[removed]");
}

TEST(OriginalText, HoldsNothingThatIsNotSeen) {
  for (const char* nothing : {"&#x200B;",
                              "&amp;#x200B;",
                              "&#X200b;",
                              "&#8203;",
                              "&amp;amp;#x200B;",
                              "&#x0200B;",
                              "&#x200B",
                              "&ZeroWidthSpace;",
                              "&amp;ZeroWidthSpace;",
                              "&zwj;",
                              "&zwnj;",
                              "&#x200D;",
                              "&#8204;",
                              "&shy;",
                              "&amp;shy;",
                              "&nbsp;",
                              "&amp;nbsp;",
                              "&#160;",
                              "&#xA0;",
                              "&lrm;",
                              "&rlm;",
                              "&#x200E;",
                              "&NoBreak;",
                              "&#xFEFF;",
                              "&#65279;",
                              "&#x2060;",
                              "&emsp;",
                              "&thinsp;",
                              "\u200B",
                              "\u200C",
                              "\u200D",
                              "\uFEFF",
                              "\u2060",
                              "\u00AD",
                              "\u00A0",
                              "\u200E",
                              "\u200F",
                              "\u202A\u202C",
                              "\u2066\u2069",
                              "\u061C",
                              " \u200B\n\n&#x200B; ",
                              "&amp;nbsp;&amp;nbsp;\n&nbsp;"}) {
    EXPECT_EQ(original_text(nothing), "") << nothing;
    EXPECT_EQ(original_text(std::string("one ") + nothing + " two").find_first_not_of("one tw\n"),
              std::string::npos)
        << nothing;
    EXPECT_EQ(original_text(std::string("mail") + nothing), "mail") << nothing;
  }
  EXPECT_EQ(original_text("one\n\n&amp;#x200B;\n\ntwo"), "one\n\ntwo");
  EXPECT_EQ(original_text("one\n\n\u200B\n\n&#x200B;\n\ntwo\nthree"), "one\n\ntwo\nthree");
  EXPECT_EQ(original_text("un\u00ADbe\u200Blie\uFEFFvable"), "unbelievable");
  EXPECT_EQ(original_text("100&nbsp;km, 5\u00A0kg"), "100 km, 5 kg");
  EXPECT_EQ(original_text("one\n\n\n\ntwo"), "one\n\n\n\ntwo") << "the author's own gap";
}

TEST(OriginalText, KeepsEntitiesThatAreSeen) {
  for (const char* text : {"&#39;", "&quot;", "&#x41;", "&euro;", "&#; &#x; &#xZZ; &;", "AT&T; R&D",
                           "&nbspace", "&#8230;", "&#99999999999;"}) {
    EXPECT_EQ(original_text(text), text);
  }
}

TEST(InvisibleText, JoinersStayWhereTheyAreSeen) {
  for (const char* text : {"\U0001F468\u200D\U0001F469\u200D\U0001F467",  // a family
                           "\U0001F3F3\uFE0F\u200D\U0001F308",            // a flag: behind a selector
                           "\U0001F469\U0001F3FD\u200D\U0001F4BB",        // a skin tone before the joiner
                           "\u2764\uFE0F\u200D\U0001F525", "\u26F9\uFE0F\u200D\u2640\uFE0F",
                           "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",      // Persian
                           "\u0915\u094D\u200D\u0937", "\u0915\u094D\u200C\u0937",  // Devanagari
                           "\u0D28\u0D4D\u200D",  // a word of Malayalam ends so
                           "\u0627\u200D"}) {
    EXPECT_EQ(without_invisible(text), text);
    EXPECT_EQ(original_text(text), text);
  }
  EXPECT_EQ(original_text("\U0001F468&amp;zwj;\U0001F469"), "\U0001F468\u200D\U0001F469");
  EXPECT_EQ(original_text("\u0645\u06CC&zwnj;\u062E"), "\u0645\u06CC\u200C\u062E");
  EXPECT_EQ(without_invisible("Auf\u200Clage, a\u200Db \u200D\U0001F525 end\u200D"),
            "Auflage, ab \U0001F525 end");
  EXPECT_EQ(without_invisible("\u0633\u200C "), "\u0633 ") << "at the end of a Persian word";
}

TEST(InvisibleText, BytesThatAreNoUtf8Survive) {
  for (const char* text : {"\xE2\x80", "\xFF\xFE", "a\xC2", "\xEF\xBB", "\xF0\x9F\x91"}) {
    EXPECT_EQ(without_invisible(text), text);
  }
}

}  // namespace
}  // namespace recon
