#include "recon/ingest/pseudonyms.hpp"

#include <set>

#include <gtest/gtest.h>

namespace recon {
namespace {

std::string renamed(std::string_view text, const std::vector<std::string>& authors) {
  return rename_mentions(text, authors, [](std::string_view name) { return "<" + std::string(name) + ">"; });
}

TEST(Pseudonyms, AreStableAndTellPeopleApart) {
  const std::string one = pseudonym_of("quiet_heron77");
  EXPECT_EQ(one, pseudonym_of("quiet_heron77"));
  EXPECT_EQ(one, pseudonym_of("Quiet_Heron77")) << "names on Reddit ignore case";
  EXPECT_NE(one, pseudonym_of("quiet_heron78"));
  EXPECT_TRUE(is_pseudonym(one));
  EXPECT_FALSE(is_pseudonym("quiet_heron77"));
  EXPECT_EQ(one.find("heron"), std::string::npos);
  std::set<std::string> all;
  for (int i = 0; i < 20'000; ++i) all.insert(pseudonym_of("name" + std::to_string(i)));
  EXPECT_EQ(all.size(), 20'000U);
}

TEST(Pseudonyms, APseudonymAndNobodyStay) {
  EXPECT_EQ(pseudonym_of(pseudonym_of("x")), pseudonym_of("x"));
  EXPECT_EQ(pseudonym_of("[deleted]"), "[deleted]");
}

TEST(Mentions, AfterAMarkAnyNameCounts) {
  EXPECT_EQ(renamed("ask u/Old_Pine and /u/elm-tree, @ash99!", {}),
            "ask u/<Old_Pine> and /u/<elm-tree>, @<ash99>!");
  EXPECT_EQ(renamed("https://www.reddit.com/user/Old_Pine/", {}), "https://www.reddit.com/user/<Old_Pine>/");
  EXPECT_EQ(renamed("you/me, mail bob@example.org", {}), "you/me, mail bob@example.org");
}

TEST(Mentions, AnAuthorsNameCountsWhereverItIsAWord) {
  EXPECT_EQ(renamed("As OldPine said, oldpine's right; OldPineTree is not.", {"OldPine"}),
            "As <OldPine> said, <OldPine>'s right; OldPineTree is not.");
  EXPECT_EQ(renamed("(elm-tree) _elm-tree_ elm", {"elm-tree"}), "(<elm-tree>) _<elm-tree>_ elm");
  EXPECT_EQ(renamed("markdown: quiet\\_heron77", {"quiet_heron77"}), "markdown: <quiet_heron77>");
}

TEST(Mentions, ANameThatCouldBeAWordCountsInItsOwnSpellingOnly) {
  EXPECT_EQ(renamed("warranty Warranty WARRANTY", {"warranty"}), "<warranty> Warranty WARRANTY");
}

TEST(Mentions, NamesOfSeveralWordsAreFound) {
  EXPECT_EQ(renamed("Dame Ada Wren spoke; Ada Wrenfield did not.", {"Ada Wren"}),
            "Dame <Ada Wren> spoke; Ada Wrenfield did not.");
}

TEST(Mentions, WhatIsNotRenamedStaysByteForByte) {
  const std::string text =
      "a\xC2\xA0"
      "b \xff \\_ -- u/ @ _x_ \n";
  EXPECT_EQ(rename_mentions(text, {"Ann"}, [](std::string_view) { return std::nullopt; }), text);
}

TEST(RenameAuthors, ChangesLabelsTitleAndTexts) {
  Session session{SessionId("s"), GroupId("g"),
                  "reddit",       "",
                  "u/Ann99 asks", {{"Ann99", "Hello"}, {"Bob_7", "Ann99, why? u/Cy"}, {"[deleted]", "x"}}};
  rename_authors(session, [](std::string_view name) { return pseudonym_of(name); });
  EXPECT_EQ(session.title, "u/" + pseudonym_of("Ann99") + " asks");
  EXPECT_EQ(session.turns[0].author, pseudonym_of("ann99"));
  EXPECT_EQ(session.turns[1].text, pseudonym_of("Ann99") + ", why? u/" + pseudonym_of("Cy"));
  EXPECT_EQ(session.turns[2].author, "[deleted]");
}

}  // namespace
}  // namespace recon
