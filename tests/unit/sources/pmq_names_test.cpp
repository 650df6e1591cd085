#include "pmq/commons_offices.hpp"
#include "pmq/names.hpp"
#include <gtest/gtest.h>

namespace recon {
namespace {

PmqSpeech speech(const std::string& speaker, const std::string& attribution) {
  PmqSpeech result;
  result.speaker = speaker;
  result.attribution = attribution;
  result.text = "Words.";
  return result;
}

/// The authors of speeches by these people, in order.
std::vector<std::string> authors(const std::vector<PmqSpeech>& speeches) {
  PmqSection section;
  section.speeches = speeches;
  const std::vector<PmqSection> sections = {section};
  const PmqNames names("Ivo Lamb", sections);
  std::vector<std::string> result;
  for (const PmqSpeech& one : speeches) result.push_back(names.author(one));
  return result;
}

using List = std::vector<std::string>;

TEST(PlainName, HasNoHonorifics) {
  EXPECT_EQ(plain_name("Mr. Tony Vale"), "Tony Vale");
  EXPECT_EQ(plain_name("The Rt Hon. Dame  Ann\u00a0Lowe"), "Ann Lowe");
  EXPECT_EQ(plain_name("Sir"), "Sir");
  EXPECT_EQ(plain_name("Hon. Members"), "Hon. Members");
  EXPECT_EQ(plain_name("Theodora Vale"), "Theodora Vale");
}

TEST(Attribution, TellsOffices) {
  EXPECT_EQ(parse_attribution("The Prime Minister (Dr. Ivo Lamb)").role, PmqRole::prime_minister);
  EXPECT_EQ(parse_attribution("The Prime Minister (Dr. Ivo Lamb)").name, "Ivo Lamb");
  EXPECT_EQ(parse_attribution(" the  PRIME MINISTER").role, PmqRole::prime_minister);
  EXPECT_EQ(parse_attribution("The Deputy Prime Minister (Mrs Ena Stroud)").role, PmqRole::office);
  EXPECT_EQ(parse_attribution("The Deputy Prime Minister (Mrs Ena Stroud)").name, "Ena Stroud");
  for (const char* chair :
       {"Mr Speaker", "Mr. Speaker", "Madam Speaker", "Madam Deputy Speaker (Ms Una Pike)"}) {
    EXPECT_EQ(parse_attribution(chair).role, PmqRole::chair) << chair;
  }
  EXPECT_EQ(parse_attribution("Una Speaker (Hythe Moor) (Ind)").role, PmqRole::member);
  EXPECT_EQ(parse_attribution("  ").role, PmqRole::nobody);
}

TEST(PmqNames, FollowTheMember) {
  EXPECT_EQ(authors({speech("4", "Mrs Badger"), speech("4", "Mrs Olive Badger (Upper Wick (North)) (Con)"),
                     speech("4", "Mrs Badger")}),
            List({"Olive Badger", "Olive Badger", "Olive Badger"}));
}

TEST(PmqNames, FollowTheSurnameWhereThereIsNoMember) {
  EXPECT_EQ(authors({speech("", "Mr. Iain Duncan Wood (Chase) (Con)"), speech("", "Mr. Duncan Wood"),
                     speech("", "Mr. Wood"), speech("", "Mr. Nobody")}),
            List({"Iain Duncan Wood", "Iain Duncan Wood", "Iain Duncan Wood", "Mr. Nobody"}));
}

TEST(PmqNames, DoNotGuessBetweenTwo) {
  EXPECT_EQ(authors({speech("", "Ann Wood (Chase) (Con)"), speech("", "Bo Wood (Lee) (Lab)"),
                     speech("", "Mr. Wood")}),
            List({"Ann Wood", "Bo Wood", "Mr. Wood"}));
}

TEST(PmqNames, TellTwoPeopleOfOneNameApart) {
  EXPECT_EQ(authors({speech("1", "Ann Wood (Chase) (Con)"), speech("2", "Ann Wood (Lee) (Lab)"),
                     speech("2", "Ann Wood"), speech("1", "Ann Wood")}),
            List({"Ann Wood", "Ann Wood (Lee)", "Ann Wood (Lee)", "Ann Wood"}));
}

TEST(PmqNames, FollowAnOffice) {
  EXPECT_EQ(authors({speech("", "The Lord Privy Seal (Mr. Ned Crane)"), speech("", "The Lord Privy Seal"),
                     speech("", "The Solicitor-General"), speech("", "Mr. Crane")}),
            List({"Ned Crane", "Ned Crane", "The Solicitor-General", "Ned Crane"}));
}

TEST(PmqNames, GiveThePrimeMinisterOneName) {
  EXPECT_EQ(authors({speech("9", "The Prime Minister (Dr. Ivo Lamb)"), speech("0", "The Prime Minister"),
                     speech("9", "Dr Lamb"), speech("", "Mr. Lamb")}),
            List({"Ivo Lamb", "Ivo Lamb", "Ivo Lamb", "Ivo Lamb"}));
}

TEST(CommonsOffices, TenuresAreHalfOpenAndQuestionsComeBeforeTheChange) {
  EXPECT_EQ(prime_minister_at_questions("1997-05-21"), "Tony Blair");
  EXPECT_EQ(prime_minister_at_questions("2007-06-27"), "Tony Blair");
  EXPECT_EQ(prime_minister_at_questions("2007-07-04"), "Gordon Brown");
  EXPECT_EQ(prime_minister_at_questions("2016-05-11"), "David Cameron");
  EXPECT_EQ(prime_minister_at_questions("1979-05-03"), std::nullopt);
  EXPECT_EQ(prime_minister_at_questions("2024-07-05"), "Rishi Sunak");
  EXPECT_EQ(prime_minister_at_questions("2024-07-24"), std::nullopt);
  EXPECT_TRUE(held_the_chair("John Bercow", "2016-05-11"));
  EXPECT_FALSE(held_the_chair("John Bercow", "2009-06-21"));
  EXPECT_FALSE(held_the_chair("John Bercow", "2019-11-04"));
}

}  // namespace
}  // namespace recon
