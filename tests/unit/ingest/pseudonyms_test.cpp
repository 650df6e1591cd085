#include "recon/ingest/pseudonyms.hpp"

#include <set>

#include <gtest/gtest.h>

namespace recon {
namespace {

std::string renamed(std::string_view text, const std::vector<std::string>& authors) {
  return Mentions(authors, [](std::string_view name) { return "<" + std::string(name) + ">"; })
      .replaced_in(text);
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

TEST(Mentions, TypographicMarksAreNoPartOfAName) {
  const std::vector<std::string> authors = {"OldPine_9", "Ada Wren"};
  EXPECT_EQ(renamed("“OldPine_9” said; OldPine_9’s… OldPine_9—yes", authors),
            "“<OldPine_9>” said; <OldPine_9>’s… <OldPine_9>—yes");
  EXPECT_EQ(renamed("—u/Stranger_1, “u/Stranger_2’s dog”, -u/Stranger_3, _u/Stranger_4_", {}),
            "—u/<Stranger_1>, “u/<Stranger_2>’s dog”, -u/<Stranger_3>, _u/<Stranger_4>_");
  EXPECT_EQ(renamed("Ada Wren’s word, “Ada Wren”", authors), "<Ada Wren>’s word, “<Ada Wren>”");
}

TEST(Mentions, ForeignLettersArePartOfAWord) {
  EXPECT_EQ(renamed("José and Jos", {"Jos"}), "José and <Jos>");
  EXPECT_EQ(renamed("éJos", {"Jos"}), "éJos");
  EXPECT_EQ(renamed("Ana Núñez spoke", {"Ana Núñez"}), "<Ana Núñez> spoke");
  EXPECT_EQ(renamed("Jos😀", {"Jos"}), "<Jos>😀");
}

TEST(Mentions, TheLongestNameCounts) {
  EXPECT_EQ(renamed("Ada Wren Hill and Ada Wren", {"Ada Wren", "Ada Wren Hill"}),
            "<Ada Wren Hill> and <Ada Wren>");
}

TEST(Mentions, EveryWordThatIsNoOrdinaryOneMayBeAName) {
  const auto renamed_every = [](std::string_view text, const std::vector<std::string>& authors) {
    return Mentions(
               authors, [](std::string_view word) { return "<" + std::string(word) + ">"; },
               Mentions::Words::every)
        .replaced_in(text);
  };
  EXPECT_EQ(renamed_every("Nobody said that OldPine told oak_7 so", {}),
            "Nobody said that <OldPine> told <oak_7> so");
  EXPECT_EQ(renamed_every("nobody said that", {"nobody"}), "<nobody> said that");
}

TEST(Mentions, WhatIsNotRenamedStaysByteForByte) {
  const std::string text =
      "a\xC2\xA0"
      "b \xff \\_ -- u/ @ _x_ \n";
  const Mentions mentions({"Ann", "Ada Wren"}, [](std::string_view) { return std::nullopt; });
  EXPECT_EQ(mentions.replaced_in(text), text);
}

TEST(UsePseudonyms, ChangesLabelsTitleAndTexts) {
  Session session{
      SessionId("s"), GroupId("g"),
      "reddit",       "",
      "u/Ann99 asks", {{"Ann99", "Hello"}, {"Bob_7", "Ann99, why? u/Cy, Dora_8 too"}, {"[deleted]", "x"}}};
  use_pseudonyms(session, {"Dora_8"});
  EXPECT_EQ(session.title, "u/" + pseudonym_of("Ann99") + " asks");
  EXPECT_EQ(session.turns[0].author, pseudonym_of("ann99"));
  EXPECT_EQ(session.turns[1].text, pseudonym_of("Ann99") + ", why? u/" + pseudonym_of("Cy") + ", " +
                                       pseudonym_of("Dora_8") + " too");
  EXPECT_EQ(session.turns[2].author, "[deleted]");
  EXPECT_EQ(session.session_id.str(), "s");
}

TEST(UsePseudonyms, AnIdThatNamesAnAuthorIsReplaced) {
  Session session{
      SessionId("tim-jane-roe-on-bees"),        GroupId("tim-jane-roe-on-bees"), "podcast", "", "",
      {{"Jane Roe", "Bees."}, {"Tim", "Well."}}};
  use_pseudonyms(session, {});
  EXPECT_EQ(session.session_id.str().find("jane"), std::string::npos);
  EXPECT_EQ(session.session_id.str().substr(0, 8), "session_");
  EXPECT_EQ(session.group.str(), session.session_id.str());
}

}  // namespace
}  // namespace recon
