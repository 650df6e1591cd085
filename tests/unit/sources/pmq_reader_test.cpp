#include "recon/core/text.hpp"

#include <algorithm>

#include "pmq_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::api_debate;
using support::api_exchange;
using support::api_item;
using support::office;
using support::PmqFolder;
using support::PmqRead;
using support::read_pmq;
using support::said;
using support::xml_day;
using support::xml_heading;
using support::xml_speech;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Counts = std::map<std::string, std::size_t>;

TEST_F(PmqFolder, ADebateOfTheApiBecomesASession) {
  folder.add(
      "a.json",
      api_debate(
          "A", 4,
          {api_item(11, "Mrs Ruth Calder (Marlow Cross) (Ind)",
                    "<Question>Q1. <QuestionText>Why?</QuestionText></Question>", "Question"),
           api_item(9, "The Prime Minister (Dr. Ivo Lamb)", "Because.\r\n\r\nAnd so on."),
           api_item(0, nullptr, "<span class=\"column-number column-only\"></span>", "hs_ColumnNumber"),
           api_item(11, "Mrs Calder", "How?"), api_item(1, "Mr Speaker", "Order."),
           api_item(9, "The Prime Minister", "So."), api_item(0, "Several hon. Members rose—", "")})
          .dump());
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 1U);
  const Session& session = result.sessions.front();
  EXPECT_EQ(session.session_id.str(), "pmq-2041-03-06");
  EXPECT_EQ(session.group.str(), "pmq-2041-03-06");
  EXPECT_EQ(session.domain, "pmq");
  EXPECT_EQ(session.date, "2041-03-06");
  EXPECT_EQ(session.title, "Prime Minister's Questions, 6 March 2041");
  EXPECT_THAT(said(session), ElementsAre("Ruth Calder: Why?", "Ivo Lamb: Because.\n\nAnd so on.",
                                         "Ruth Calder: How?", "Ivo Lamb: So."));
  EXPECT_TRUE(result.rejects.empty());
  EXPECT_EQ(result.skips, (Counts{{"speech of the chair", 1}, {"speech without words", 1}}));
}

TEST_F(PmqFolder, ItemsAreReadInTheirOrder) {
  Json debate = api_debate("A", 4, api_exchange("Why?", "Because."));
  std::swap(debate["Items"][0], debate["Items"][1]);
  folder.add("a.json", debate.dump());
  EXPECT_THAT(said(read().sessions.at(0)), ElementsAre("Ruth Calder: Why?", "Ivo Lamb: Because."));
}

TEST_F(PmqFolder, TheDebatesOfADayStandInTheOrderOfTheDay) {
  folder.add("z.json", api_debate("Z", 4, api_exchange("First?", "One.")).dump());
  folder.add("a.json", api_debate("A", 5, api_exchange("Second?", "Two.")).dump());
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 1U);
  EXPECT_EQ(result.sessions[0].turns.front().text, "First?");
  EXPECT_EQ(result.sessions[0].turns.back().text, "Two.");
}

TEST_F(PmqFolder, AnInlinedDebateCountsOnce) {
  const Json child = api_debate("c", 5, api_exchange("Second?", "Two."));
  Json inlined = child;
  inlined["Navigator"] = nullptr;
  inlined["Overview"]["ExtId"] = "C";
  Json other = inlined;
  other["Overview"]["ExtId"] = "B";
  other["Overview"]["Id"] = 900;
  other["Items"] = api_exchange("Third?", "Three.");
  Json parent = api_debate("p", 4, {api_item(0, nullptr, "The Prime Minister was asked—")});
  parent["Overview"]["Id"] = 3;
  parent["ChildDebates"] = {inlined, other};
  folder.add("parent.json", parent.dump());
  folder.add("child.json", child.dump());
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 1U);
  std::vector<std::string> lines = said(result.sessions[0]);
  std::sort(lines.begin(), lines.end());
  EXPECT_THAT(lines, ElementsAre("Ivo Lamb: Three.", "Ivo Lamb: Two.", "Ruth Calder: Second?",
                                 "Ruth Calder: Third?"));
  EXPECT_EQ(result.skips, Counts({{"debate given twice", 1}}));
}

TEST_F(PmqFolder, OfADebateGivenTwiceTheLatestTextCounts) {
  Json later = api_debate("A", 4, api_exchange("Why?", "Corrected."));
  later["Overview"]["ContentLastUpdated"] = "2041-05-01T00:00:00";
  folder.add("a.json", later.dump());
  folder.add("b.json", api_debate("A", 4, api_exchange("Why?", "Wrong.")).dump());
  EXPECT_EQ(read().sessions.at(0).turns.back().text, "Corrected.");
}

TEST_F(PmqFolder, OtherHeadingsAreNoQuestionsToThePrimeMinister) {
  Json debate = api_debate("A", 4, api_exchange("Why?", "Because."));
  debate["Navigator"][1]["Title"] = "Written Answers";
  folder.add("a.json", debate.dump());
  debate = api_debate("B", 4, api_exchange("Why?", "Because."));
  debate["Navigator"][2]["Title"] = "Deputy Prime Minister";
  folder.add("b.json", debate.dump());
  debate = api_debate("C", 4, api_exchange("Why?", "Because."));
  debate["Overview"]["House"] = "Lords";
  folder.add("c.json", debate.dump());
  debate = api_debate("D", 4, api_exchange("Why?", "Because."));
  debate["Navigator"][2]["ParentId"] = 104;  // a ring
  folder.add("d.json", debate.dump());
  const PmqRead result = read();
  EXPECT_TRUE(result.sessions.empty());
  EXPECT_EQ(result.skips, Counts({{"no Prime Minister's questions", 4},
                                  {"speech of the Prime Minister in a debate outside the questions", 3}}));
}

TEST_F(PmqFolder, OtherBodiesOfTheApiAreSkipped) {
  folder.add("tree.json", R"([{"House": "Commons", "SectionTreeItems": []}])");
  folder.add("search.json", R"({"Results": [], "TotalResultCount": 0})");
  folder.add("sections.json", R"(["Debate", "WestHall"])");
  folder.add("calendar.json", R"([{"House": "Commons", "ItemDate": "2041-03-06T00:00:00"}])");
  folder.add("last.json", R"("2041-03-06T00:00:00")");
  folder.add("nothing.json", "null");
  folder.add("none.json", "[]");
  folder.add("notes.txt", "");
  folder.add("lords2041-03-06a.xml", "");
  const PmqRead result = read();
  EXPECT_TRUE(result.rejects.empty());
  EXPECT_EQ(result.skips, Counts({{"other API body", 6}, {"other file", 2}, {"section tree", 1}}));
}

TEST_F(PmqFolder, TextWithoutAttributionGoesOnWithTheSpeech) {
  std::vector<Json> items = api_exchange("Why?", "He said");
  items.push_back(api_item(0, nullptr, "“Nothing is lost.”", "hs_brev"));
  items.push_back(api_item(0, "", "That was all."));
  items.push_back(api_item(0, nullptr, "<em>A minute's silence was observed.</em>"));
  folder.add("a.json", api_debate("A", 4, items).dump());
  const PmqRead result = read();
  EXPECT_EQ(result.sessions.at(0).turns.at(1).text, "He said\n\n“Nothing is lost.”\n\nThat was all.");
  EXPECT_EQ(result.skips, Counts({{"text of nobody", 1}}));
}

TEST_F(PmqFolder, SpeechesOfOnePersonInARowAreOneTurn) {
  EXPECT_THAT(
      said_in(xml_speech("Ada Finch", "Why?") + xml_speech("Ivo Lamb", "Since—", office) +
              xml_speech("Mr. Speaker", "Order.") + xml_speech("Ivo Lamb", "Since it is so.", office)),
      ElementsAre("Ada Finch: Why?", "Ivo Lamb: Since—\n\nSince it is so."));
}

TEST_F(PmqFolder, AStandInsSittingIsSkipped) {
  folder.add("a.json", api_debate("A", 4,
                                  {api_item(11, "Ruth Calder (Marlow Cross) (Ind)", "Why?"),
                                   api_item(12, "The Deputy Prime Minister (Ena Stroud)", "Because.")})
                           .dump());
  std::string other = xml_day(xml_speech("Ada Finch", "Why?") +
                              xml_speech("Ena Stroud", "So.", "speakeroffice=\"The First Secretary\""));
  for (std::size_t at = other.find("03-06"); at != std::string::npos; at = other.find("03-06")) {
    other.replace(at, 5, "03-13");
  }
  folder.add("debates2041-03-13a.xml", other);
  const PmqRead result = read();
  EXPECT_TRUE(result.sessions.empty());
  EXPECT_TRUE(result.rejects.empty());
  EXPECT_EQ(result.skips.at("the Prime Minister did not answer"), 2U);
}

TEST_F(PmqFolder, AFollowingStatementIsCutOff) {
  const std::string questions = xml_heading("minor", "Engagements") +
                                xml_speech("Ada Finch", "Why?", "oral-qnum=\"Q1\"") +
                                xml_speech("Ivo Lamb", "Because.", office);
  const std::string reply = xml_speech("Ada Finch", "I thank him for the statement.");
  const auto turns = ElementsAre("Ada Finch: Why?", "Ivo Lamb: Because.");
  EXPECT_THAT(said_in(questions + xml_heading("minor", "Summit") +
                      xml_speech("Ivo Lamb", "I return from it.", office) + reply +
                      xml_heading("minor", "More of it") + reply),
              turns)
      << "the Prime Minister begins";
  EXPECT_THAT(
      said_in(questions +
              xml_speech("Ivo Lamb", "With permission, Mr Speaker, I shall make a statement.", office) +
              reply),
      turns)
      << "announced without a heading";
  EXPECT_THAT(said_in(questions + xml_heading("minor", "Points  of Order") + reply), turns);
  EXPECT_THAT(said_in(questions + xml_heading("minor", "Trains") +
                      xml_speech("Bo Reed", "(Urgent Question): Trains?")),
              turns);
}

TEST_F(PmqFolder, TopicsOfTheQuestionsAreNotCutOff) {
  EXPECT_THAT(
      said_in(xml_heading("minor", "Engagements") + xml_speech("Ada Finch", "Why?", "oral-qnum=\"Q1\"") +
              xml_speech("Ivo Lamb", "With permission, I shall answer with a statement of fact.", office) +
              xml_heading("minor", "Summit") + xml_speech("Bo Reed", "How?") +
              xml_speech("Ivo Lamb", "So.", office)),
      ElementsAre("Ada Finch: Why?", "Ivo Lamb: With permission, I shall answer with a statement of fact.",
                  "Bo Reed: How?", "Ivo Lamb: So."));
}

TEST_F(PmqFolder, AStatementOfTheApiIsCutOff) {
  folder.add("a.json", api_debate("A", 4, api_exchange("Why?", "Because.")).dump());
  Json statement = api_debate("S", 5, api_exchange("May I speak?", "I shall make a statement."));
  statement["Overview"]["HRSTag"] = "hs_2cStatement";
  folder.add("s.json", statement.dump());
  EXPECT_EQ(read().sessions.at(0).turns.size(), 2U);
}

TEST_F(PmqFolder, ADebateOfTheApiThatThePrimeMinisterOpensEndsNoOther) {
  const Json tribute = api_item(9, "The Prime Minister (Dr. Ivo Lamb)", "We remember Bo Reed.");
  const Json reply = api_item(11, "Ruth Calder (Marlow Cross) (Ind)", "I join in that.");
  const auto questions =
      ElementsAre("Ruth Calder: Why?", "Ivo Lamb: Because.", "Ruth Calder: How?", "Ivo Lamb: So.");
  folder.add("b.json", api_debate("B", 4, api_exchange("Why?", "Because.")).dump());
  folder.add("d.json", api_debate("D", 6, api_exchange("How?", "So.")).dump());
  for (const int place : {3, 5, 7}) {
    folder.add("a.json", api_debate("A", place, {tribute, reply}).dump());
    const PmqRead result = read();
    ASSERT_EQ(result.sessions.size(), 1U);
    EXPECT_THAT(said(result.sessions[0]), questions) << "before, between, after";
    EXPECT_EQ(result.skips, Counts({{"speech of other business after the questions", 2}}));
  }
}

TEST_F(PmqFolder, TheChairIsKnownByWhatItDoes) {
  EXPECT_THAT(
      said_in(xml_speech("Una Pike", "Order. Let us begin.") + xml_speech("Ada Finch", "Why?") +
              xml_speech("Ivo Lamb", "Because.", office) + xml_speech("Una Pike", "I call Bo Reed.") +
              xml_speech("Bo Reed", "I call on him to go.") + xml_speech("Ivo Lamb", "No.", office)),
      ElementsAre("Ada Finch: Why?", "Ivo Lamb: Because.", "Bo Reed: I call on him to go.", "Ivo Lamb: No."));
}

TEST_F(PmqFolder, WhatNobodySaysIsDropped) {
  EXPECT_THAT(
      said_in("<speech nospeaker=\"true\"><p class=\"italic\">The Prime Minister was asked—</p></speech>" +
              xml_speech("Ada Finch", "Why?") + xml_speech("Bo Reed", "rose—") +
              xml_speech("Ivo Lamb",
                         "One<i> two</i> <phrase>three</phrase>.</p> <p>[Interruption.]</p><p>Four.",
                         office)),
      ElementsAre("Ada Finch: Why?", "Ivo Lamb: One two three.\n\nFour."));
}

TEST_F(PmqFolder, TheLatestEditionOfADayCounts) {
  const auto text = [](const char* answer) {
    return xml_day(xml_speech("Ada Finch", "Why?") + xml_speech("Ivo Lamb", answer, office));
  };
  folder.add("x/debates2041-03-06b.xml", text("New."));
  folder.add("debates2041-03-06.xml", "not read at all");
  folder.add("z/debates2041-03-06a.xml", text("Old."));
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 1U);
  EXPECT_EQ(result.sessions[0].turns.back().text, "New.");
  EXPECT_TRUE(result.rejects.empty());
  EXPECT_EQ(result.skips, Counts({{"older edition of a day", 2}}));
}

TEST_F(PmqFolder, TheApiCountsForADayInBothFormats) {
  folder.add("a.json", api_debate("A", 4, api_exchange("Why?", "By the API.")).dump());
  folder.add(day, xml_day(xml_speech("Ada Finch", "Why?") + xml_speech("Ivo Lamb", "By XML.", office)));
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 1U);
  EXPECT_EQ(result.sessions[0].turns.back().text, "By the API.");
  EXPECT_EQ(result.skips, Counts({{"day also given by the Hansard API", 1}}));
}

TEST_F(PmqFolder, SessionsComeByDate) {
  folder.add("a.json", api_debate("A", 4, api_exchange("Why?", "Late."), "2041-03-20").dump());
  folder.add("b.json", api_debate("B", 4, api_exchange("Why?", "Early."), "2041-02-20").dump());
  folder.add(day, xml_day(xml_speech("Ada Finch", "Why?") + xml_speech("Ivo Lamb", "Between.", office)));
  std::vector<std::string> dates;
  for (const Session& session : read().sessions) dates.push_back(session.date);
  EXPECT_THAT(dates, ElementsAre("2041-02-20", "2041-03-06", "2041-03-20"));
}

TEST_F(PmqFolder, ThePrimeMinisterIsKnownByTheMemberElsewhere) {
  folder.add("a.json", api_debate("A", 4,
                                  {api_item(11, "Ruth Calder (Marlow Cross) (Ind)", "Why?"),
                                   api_item(9, "The Prime Minister", "Because.")})
                           .dump());
  folder.add("b.json", api_debate("B", 4, api_exchange("Why?", "Because."), "2041-02-20").dump());
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 2U);
  EXPECT_EQ(result.sessions[1].turns.back().author, "Ivo Lamb");
}

TEST_F(PmqFolder, ThePrimeMinisterIsKnownByTheDate) {
  folder.add("a.json", api_debate("A", 4,
                                  {api_item(0, "Ruth Calder (Marlow Cross) (Ind)", "Why?"),
                                   api_item(0, "The Prime Minister", "Because.")},
                                  "2007-06-27")
                           .dump());
  EXPECT_EQ(read().sessions.at(0).turns.back().author, "Tony Blair");
}

TEST_F(PmqFolder, ThePrimeMinisterIsKnownByTheUsers) {
  folder.add(day, xml_day(xml_speech("Ada Finch", "Why?") + xml_speech("Ivo Lamb", "Because.")));
  UserConfig before, user;
  before.name = "Ada Finch";
  before.from = "2040-01-01";
  before.to = "2041-03-06";
  user.name = "Ivo Lamb";
  user.from = "2041-03-06";
  EXPECT_EQ(read({before, user}).sessions.at(0).turns.back().author, "Ivo Lamb");
  const PmqRead unknown = read();
  ASSERT_EQ(unknown.rejects.size(), 1U);
  EXPECT_THAT(unknown.rejects[0].causes.at(0).message,
              HasSubstr("does not name the Prime Minister of 2041-03-06"));
  EXPECT_EQ(unknown.rejects[0].subject.text(), day);
}

TEST_F(PmqFolder, EncodingsAndEntitiesOfAFileAreRead) {
  const char* declaration =
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!DOCTYPE publicwhip [\n<!ENTITY mdash \"&#8212;\">\n"
      "<!ENTITY pound \"&#163;\" >\n]>\n";
  folder.add(day, xml_day(xml_speech("Ada Finch", "Caf\xE9&mdash;&pound;3 &amp;amp; &#8217;") +
                              xml_speech("Ivo Lamb", "So.", office),
                          declaration));
  EXPECT_EQ(read().sessions.at(0).turns.at(0).text, "Café—£3 &amp; ’");
}

TEST_F(PmqFolder, LoneSurrogatesAreReplacedAndMojibakeKept) {
  std::string body = api_debate("A", 4, api_exchange("Why?", "MARK")).dump();
  body.replace(body.find("MARK"), 4, R"(a\ud83d b\udc00\ud83d\ude00 c\\ud800 \u0092 â€™)");
  folder.add("a.json", body);
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 1U);
  EXPECT_EQ(result.sessions[0].turns.back().text, "a\uFFFD b\uFFFD😀 c\\ud800 \u0092 â€™");
  EXPECT_NO_THROW((void)result.sessions[0].to_json().dump());
  EXPECT_EQ(result.skips, Counts({{"half of a character replaced", 2}}));
}

TEST_F(PmqFolder, ADebateIsReadAgainFromTheBodyThatHoldsIt) {
  // Two days in one body, and a debate whose latest text lies in the second of two.
  Json parent = api_debate("p", 3, {api_item(0, nullptr, "The Prime Minister was asked—")});
  const Json other_day = api_debate("x", 5, api_exchange("Next?", "Another day."), "2041-03-13");
  parent["ChildDebates"] = {api_debate("a", 4, api_exchange("Why?", "Wrong.")), other_day,
                            api_debate("b", 6, api_exchange("How?", "So."))};
  Json later = api_debate("a", 4, api_exchange("Why?", "Corrected."));
  later["Overview"]["ContentLastUpdated"] = "2041-05-01T00:00:00";
  folder.add("a.json", parent.dump());
  folder.add("b.json", later.dump());
  const PmqRead result = read();
  ASSERT_EQ(result.sessions.size(), 2U);
  EXPECT_THAT(said(result.sessions[0]),
              ElementsAre("Ruth Calder: Why?", "Ivo Lamb: Corrected.", "Ruth Calder: How?", "Ivo Lamb: So."));
  EXPECT_THAT(said(result.sessions[1]), ElementsAre("Ruth Calder: Next?", "Ivo Lamb: Another day."));
  EXPECT_EQ(result.skips, Counts({{"debate given twice", 1}}));
}

TEST_F(PmqFolder, TheResultDoesNotDependOnTheNamesOfFiles) {
  const std::string first = api_debate("A", 4, api_exchange("First?", "One.")).dump();
  const std::string second = api_debate("B", 5, api_exchange("Second?", "Two.")).dump();
  folder.add("one/a.json", first);
  folder.add("one/b.json", second);
  folder.add("two/z.json", first);
  folder.add("two/y.json", second);
  EXPECT_EQ(said(read_pmq(folder.path() / "one").sessions.at(0)),
            said(read_pmq(folder.path() / "two").sessions.at(0)));
}

}  // namespace
}  // namespace recon
