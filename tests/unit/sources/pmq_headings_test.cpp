// Headings in the middle of the questions: what was read out in an answer may stand as a heading of the
// House.
#include <string>
#include <vector>

#include "pmq_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::api_debate;
using support::api_exchange;
using support::api_item;
using support::office;
using support::PmqRead;
using support::xml_heading;
using support::xml_speech;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

using Counts = std::map<std::string, std::size_t>;

const char* const left = "speech of the Prime Minister after the questions were left";
const char* const middle = "heading in the middle of the questions";

std::string answer(std::string_view text) { return xml_speech("Ivo Lamb", text, office); }

/// The first exchange of every day here.
std::string opening() {
  return xml_heading("minor", "Engagements") + xml_speech("Ada Finch", "Why?", "oral-qnum=\"Q1\"") +
         answer("There are three parts.");
}

class PmqHeadings : public support::PmqFolder {
 protected:
  /// Reads a day of the opening exchange and what follows it.
  PmqRead read_day(const std::string& rest) {
    folder.add(day, "<publicwhip>" + xml_heading("oral", "Oral Answers to Questions") +
                        xml_heading("major", "Prime Minister") + opening() + rest + "</publicwhip>");
    PmqRead result = read();
    EXPECT_EQ(result.rejects.size(), 0U);
    EXPECT_EQ(result.sessions.size(), 1U);
    return result;
  }
};

TEST_F(PmqHeadings, OneReadOutInAnAnswerLeavesTheRestOfTheQuestions) {
  for (const char* kind : {"major", "minor", "oral"}) {
    const PmqRead result =
        read_day(xml_heading(kind, "Bread, Milk and Rent") + answer("The second is milk.") +
                 xml_speech("Bo Reed", "Will she visit the school?") + answer("I should be delighted.") +
                 xml_heading("major", "Harbour Dues") +
                 xml_speech("Cy Holt", "I beg to move that the dues be lowered."));
    ASSERT_EQ(result.sessions.size(), 1U) << kind;
    EXPECT_THAT(support::said(result.sessions[0]),
                ElementsAre("Ada Finch: Why?", "Ivo Lamb: There are three parts.\n\nThe second is milk.",
                            "Bo Reed: Will she visit the school?", "Ivo Lamb: I should be delighted."))
        << kind;
    EXPECT_THAT(result.skips, Not(Contains(Key(left)))) << kind;
    if (std::string_view(kind) != "minor") {
      EXPECT_THAT(result.skips, Contains(Pair(middle, 1))) << kind;
    }
  }
}

TEST_F(PmqHeadings, OneBetweenAQuestionAndItsAnswerIsInTheMiddle) {
  const PmqRead result = read_day(xml_speech("Bo Reed", "Has she read the report?") +
                                  xml_heading("major", "A Better Harbour") + answer("I have."));
  EXPECT_THAT(support::said(result.sessions.at(0)), Contains("Ivo Lamb: I have."));
  EXPECT_THAT(result.skips, Contains(Pair(middle, 1)));
}

TEST_F(PmqHeadings, OneInTheMiddleOfAQuestionIsInTheMiddle) {
  const PmqRead result =
      read_day(xml_speech("Bo Reed", "She calls it") + xml_heading("major", "A Better Harbour") +
               xml_speech("Bo Reed", "Is it better?") + answer("It is."));
  EXPECT_THAT(support::said(result.sessions.at(0)),
              ElementsAre("Ada Finch: Why?", "Ivo Lamb: There are three parts.",
                          "Bo Reed: She calls it\n\nIs it better?", "Ivo Lamb: It is."));
}

TEST_F(PmqHeadings, NumberedQuestionsToThePrimeMinisterAreHis) {
  for (const char* kind : {"major", "oral", "minor"}) {
    const PmqRead result =
        read_day(xml_heading(kind, "Topical matters") +
                 xml_speech("Bo Reed", "If he will visit Tarn.", "oral-qnum=\"Q2\"") + answer("I will."));
    EXPECT_THAT(support::said(result.sessions.at(0)), Contains("Ivo Lamb: I will.")) << kind;
  }
}

TEST_F(PmqHeadings, EngagementsMayStandInAHeadingOfAnyKind) {
  for (const char* kind : {"major", "oral", "minor"}) {
    folder.add(day, "<publicwhip>" + xml_heading("oral", "Oral Answers to Questions") +
                        xml_heading("major", "Prime Minister") + xml_heading(kind, "Engagements") +
                        xml_speech("Ada Finch", "Why?") + answer("Because.") + "</publicwhip>");
    const PmqRead result = read();
    ASSERT_EQ(result.sessions.size(), 1U) << kind;
    EXPECT_EQ(result.sessions[0].turns.size(), 2U) << kind;
  }
}

TEST_F(PmqHeadings, ThePrimeMinistersOwnMayBeOfAnyKindAndWording) {
  const std::string exchange = xml_speech("Ada Finch", "Why?") + answer("Because.");
  for (const std::string& headings :
       {xml_heading("oral", "Oral Answers to Questions") + xml_heading("minor", "Prime Minister"),
        xml_heading("major", "Oral Answers to Questions") + xml_heading("minor", "PRIME MINISTER"),
        xml_heading("oral", "Prime Minister"), xml_heading("major", "Prime Minister's Questions"),
        xml_heading("major", "Questions to the Prime Minister"),
        xml_heading("oral", "Oral Answers to Questions — Prime Minister")}) {
    folder.add(day, "<publicwhip>" + headings + exchange + "</publicwhip>");
    const PmqRead result = read();
    ASSERT_EQ(result.sessions.size(), 1U) << headings;
    EXPECT_EQ(result.sessions[0].turns.size(), 2U) << headings;
  }
  folder.add(day, "<publicwhip>" + xml_heading("major", "The Constitution") +
                      xml_heading("minor", "Prime Minister") + exchange + "</publicwhip>");
  EXPECT_EQ(read().sessions.size(), 0U) << "a topic of another debate";
}

// None of these goes on with the questions; what the Prime Minister says there is counted.
TEST_F(PmqHeadings, OtherBusinessEndsTheQuestions) {
  const std::string asked = xml_speech("Bo Reed", "Is it so?");
  struct Business {
    std::string title, speeches;
    std::size_t of_prime_minister;
  };
  std::string long_speech = "I return from the summit.";
  for (int i = 0; i < 100; ++i) long_speech += " It went well.";
  const std::vector<Business> table = {
      {"Points of Order", answer("It is so.") + asked + answer("Yes."), 2},
      {"Business of the House", answer("It is so.") + asked, 1},
      {"Harbour Statement", answer("It is so.") + asked, 1},
      {"Harbours Bill", answer("It is so.") + asked, 1},
      {"Harbours Bill: Programme", answer("It is so.") + asked, 1},
      {"Summit", answer("With permission, I shall make a statement on the summit.") + asked, 1},
      {"Summit", answer("Mr Speaker, I went to the summit.") + asked, 1},
      {"Summit", answer(long_speech) + asked + answer("Yes."), 2},
      {"Bo Reed", answer("We remember a friend.") + xml_speech("Ada Finch", "I join in that."), 1},
      {"Summit", answer("I went there.") + xml_speech("Ada Finch", "I thank him for the statement. Why?"), 1},
      {"Harbours", xml_speech("Bo Reed", "(Urgent Question): To ask about harbours?") + answer("Well."), 1},
      {"Harbours", xml_speech("Bo Reed", "I beg to move.") + answer("I oppose it."), 1},
      {"Harbours", xml_speech("Bo Reed", "How are the harbours?") + xml_speech("Cy Holt", "Well."), 0},
  };
  for (const Business& business : table) {
    const PmqRead result = read_day(xml_heading("major", business.title) + business.speeches);
    ASSERT_EQ(result.sessions.size(), 1U);
    EXPECT_EQ(result.sessions[0].turns.size(), 2U) << business.title << business.speeches;
    const Counts expected =
        business.of_prime_minister > 0 ? Counts{{left, business.of_prime_minister}} : Counts{};
    EXPECT_EQ(result.skips, expected) << business.title << business.speeches;
  }
}

// Where it can't be known, nothing is guessed, and the loss is told.
TEST_F(PmqHeadings, WhatCanNotBeKnownIsCounted) {
  const PmqRead result = read_day(
      xml_heading("major", "Harbours") + xml_speech("Bo Reed", "How are the harbours?") + answer("Well.") +
      xml_heading("minor", "Piers") + xml_speech("Ada Finch", "And the piers?") + answer("Well, too.") +
      xml_heading("major", "Trains") + answer("They run.") + xml_speech("Bo Reed", "Do they?"));
  EXPECT_EQ(result.sessions.at(0).turns.size(), 2U);
  EXPECT_EQ(result.skips, Counts({{left, 3}}));
}

TEST_F(PmqHeadings, ThePrimeMinisterIsKnownByNameToo) {
  UserConfig lamb;
  lamb.id = UserId("lamb");
  lamb.name = "Ivo Lamb";
  lamb.from = "2041-01-01";
  lamb.to = "2042-01-01";
  folder.add(day, "<publicwhip>" + xml_heading("major", "Prime Minister") + xml_speech("Ada Finch", "Why?") +
                      xml_speech("Ivo Lamb", "Because.") + xml_heading("major", "Of bread") +
                      xml_speech("Ivo Lamb", "And milk.") + xml_speech("Bo Reed", "And rent?") +
                      xml_speech("Ivo Lamb", "And rent.") + "</publicwhip>");
  const PmqRead result = read({lamb});
  ASSERT_EQ(result.sessions.size(), 1U);
  EXPECT_THAT(support::said(result.sessions[0]),
              ElementsAre("Ada Finch: Why?", "Ivo Lamb: Because.\n\nAnd milk.", "Bo Reed: And rent?",
                          "Ivo Lamb: And rent."));
}

// The same in the API: the heading is then a debate of its own beside the Prime Minister's.
TEST_F(PmqHeadings, ADebateOfTheApiThatWasAHeadingInAnAnswerIsKept) {
  folder.add("a.json", api_debate("A", 4, api_exchange("Why?", "There are three parts.")).dump());
  const std::vector<Json> rest = {api_item(9, "The Prime Minister", "The second is milk."),
                                  api_item(12, "Bo Reed (Tarn) (Ind)", "Will he visit?"),
                                  api_item(9, "The Prime Minister", "I will.")};
  for (const int parent : {2, 3}) {  // the oral answers, the Prime Minister
    Json promoted = api_debate("B", 5, rest);
    promoted["Navigator"].back()["ParentId"] = parent;
    folder.add("b.json", promoted.dump());
    const PmqRead result = read();
    ASSERT_EQ(result.sessions.size(), 1U);
    EXPECT_THAT(support::said(result.sessions[0]),
                ElementsAre("Ruth Calder: Why?", "Ivo Lamb: There are three parts.\n\nThe second is milk.",
                            "Bo Reed: Will he visit?", "Ivo Lamb: I will."))
        << parent;
    EXPECT_EQ(result.skips, Counts()) << parent;
  }
}

TEST_F(PmqHeadings, SpeechesOfThePrimeMinisterInOtherDebatesOfTheApiAreCounted) {
  folder.add("a.json", api_debate("A", 4, api_exchange("Why?", "Because.")).dump());
  Json other = api_debate("B", 5, api_exchange("How?", "So."));
  other["Navigator"].back()["ParentId"] = 1;  // the Chamber
  folder.add("b.json", other.dump());
  folder.add("c.json", other.dump());
  const PmqRead result = read();
  EXPECT_EQ(result.sessions.at(0).turns.size(), 2U);
  EXPECT_EQ(result.skips, Counts({{"no Prime Minister's questions", 2},
                                  {"speech of the Prime Minister in a debate outside the questions", 1}}));
}

}  // namespace
}  // namespace recon
