#include "pmq/hansard_wire.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> days_in(std::string_view body) {
  std::vector<std::string> days;
  for (const Day day : parse_sitting_days(body)) days.push_back(iso_day(day));
  return days;
}

TEST(SittingDays, AreThoseOfTheCommonsEachOnceInOrder) {
  EXPECT_THAT(days_in(R"([{"House":"Commons","ItemDate":"2016-05-11T00:00:00"},
                          {"House":"Lords","ItemDate":"2016-05-12T00:00:00"},
                          {"ItemDate":"2016-05-09T00:00:00","Metadata":null},
                          {"House":"commons","ItemDate":"2016-05-11"}])"),
              ElementsAre("2016-05-09", "2016-05-11"));
  EXPECT_THAT(days_in("[]"), IsEmpty());
  EXPECT_THAT(days_in("null"), IsEmpty());
}

TEST(SittingDays, WrongBodiesAreErrors) {
  for (const char* body : {"", "[", "{}", "\"x\"", "[1]", R"([{"ItemDate":"soon"}])", "[{}]",
                           R"([{"ItemDate":"2016-02-30T00:00:00"}])", R"([{"ItemDate":5}])"}) {
    EXPECT_THROW(static_cast<void>(parse_sitting_days(body)), RunError) << body;
  }
}

Json section(int id, Json parent, const std::string& title, Json external_id) {
  return {
      {"Id", id}, {"ParentId", std::move(parent)}, {"Title", title}, {"ExternalId", std::move(external_id)}};
}

PrimeMinisterDebates debates_in(const std::vector<Json>& sections) {
  return parse_prime_minister_debates(Json::array({Json{{"SectionTreeItems", sections}}}).dump());
}

TEST(PrimeMinisterSections, GiveTheirLeaves) {
  const auto debates = debates_in(
      {section(1, nullptr, "Commons Chamber", "root"), section(2, 1, " Oral Answers to Questions ", "oral"),
       section(3, 2, "Wales", "wales"), section(4, 3, "Engagements", "not-this"),
       section(5, 2, " PRIME  MINISTER\n", "pm"), section(6, 5, "Engagements", "A1-b"),
       section(7, 5, "Topics", "topics"), section(8, 7, "Deep", "deep"),
       section(9, 1, "Prime Minister", "statement"), section(10, 9, "x", "no")});
  EXPECT_TRUE(debates.held);
  EXPECT_THAT(debates.ids, ElementsAre("A1-b", "deep"));
  EXPECT_THAT(debates.refused, IsEmpty());
}

TEST(PrimeMinisterSections, WithoutChildrenAreTheDebateThemselves) {
  const auto debates = debates_in(
      {section(2, nullptr, "Oral Answers to Questions", "o"), section(5, 2, "Prime Minister", "pm")});
  EXPECT_THAT(debates.ids, ElementsAre("pm"));
}

TEST(PrimeMinisterSections, MayBeAbsent) {
  for (const char* body : {"[]", "null", R"([{"SectionTreeItems":[]}])", R"([{"SectionTreeItems":null}])"}) {
    const auto debates = parse_prime_minister_debates(body);
    EXPECT_FALSE(debates.held) << body;
    EXPECT_THAT(debates.ids, IsEmpty()) << body;
  }
  EXPECT_FALSE(debates_in({section(1, nullptr, "Prime Minister", "pm")}).held);
}

TEST(PrimeMinisterSections, IdsThatAreNoNamesAreRefused) {
  const auto debates = debates_in({section(1, nullptr, "Oral Answers to Questions", "o"),
                                   section(2, 1, "Prime Minister", "pm"), section(3, 2, "Evil", "../../x"),
                                   section(4, 2, "Query", "a?b"), section(5, 2, "None", nullptr),
                                   section(6, 2, "Long", std::string(101, 'a')), section(7, 2, "Good", "ok"),
                                   section(8, 2, "Twice", "ok")});
  EXPECT_THAT(debates.ids, ElementsAre("ok"));
  EXPECT_THAT(debates.refused, ElementsAre(HasSubstr("'../../x' (Evil)"), HasSubstr("a?b"), HasSubstr("None"),
                                           HasSubstr("Long")));
}

TEST(PrimeMinisterSections, CirclesEnd) {
  const auto debates = debates_in({section(1, 3, "Oral Answers to Questions", "o"),
                                   section(2, 1, "Prime Minister", "pm"), section(3, 2, "Circle", "circle"),
                                   section(4, 4, "Prime Minister", "itself"), section(5, 2, "Leaf", "leaf")});
  EXPECT_THAT(debates.ids, ElementsAre("leaf"));
}

TEST(PrimeMinisterSections, ManySectionsTakeNoLongerThanTheirNumber) {
  std::vector<Json> sections = {section(0, nullptr, "Oral Answers to Questions", "o")};
  for (int id = 1; id < 5'000; ++id)
    sections.push_back(section(id, id - 1, "Prime Minister", "pm-" + std::to_string(id)));
  EXPECT_THAT(debates_in(sections).ids, ElementsAre("pm-4999"));
}

TEST(PrimeMinisterSections, WrongBodiesAreErrors) {
  const std::string deep = std::string(100'000, '[');
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("[1]"), std::string("[{}]"), deep,
        std::string(R"([{"SectionTreeItems":{}}])"), std::string(R"([{"SectionTreeItems":["x"]}])")}) {
    EXPECT_THROW(static_cast<void>(parse_prime_minister_debates(body)), RunError) << body.substr(0, 50);
  }
}

TEST(CheckDebate, WantsOverviewAndItems) {
  EXPECT_NO_THROW(check_debate(R"({"Overview":{},"Items":[],"ChildDebates":[]})"));
  EXPECT_NO_THROW(check_debate(R"({"Overview":{},"Items":null})"));
  for (const char* body : {"", "null", "[]", "{}", R"({"Overview":{},"Items":5})", R"({"Items":[]})",
                           R"({"Message":"An error has occurred."})"})
    EXPECT_THROW(check_debate(body), RunError) << body;
}

}  // namespace
}  // namespace recon
