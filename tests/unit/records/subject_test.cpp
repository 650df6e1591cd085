#include "recon/records/subject.hpp"

#include "recon/core/json.hpp"
#include "recon/records/records.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace recon {
namespace {

std::vector<Subject> subjects() {
  std::vector<Subject> all;
  for (const char* pair : {"u/s1/2", "tony_blair/hansard/2004-05-06/12", "u/a session with words/0",
                           "u/s#3/4", "u/s by x/7", "u/s (replicate 2)/5", "u/12/3"}) {
    for (const char* method : {"", "backward", "recon-select", "random-2"}) {
      for (const char* judge : {"", "gemini", "Qwen/Qwen3-8B", "a judge"}) {
        for (const std::optional<int> candidate : {std::optional<int>{}, {0}, {17}}) {
          for (const std::optional<int> replicate : {std::optional<int>{}, {2}})
            all.push_back({PairId(pair), method, judge, candidate, replicate});
        }
      }
    }
  }
  return all;
}

TEST(Subject, ComesBackFromItsText) {
  for (const Subject& subject : subjects())
    EXPECT_EQ(Subject::from_text(subject.text()), subject) << subject.text();
}

TEST(Subject, NoTwoHaveOneText) {
  std::map<std::string, Subject> seen;
  for (const Subject& subject : subjects()) {
    const auto [known, is_new] = seen.emplace(subject.text(), subject);
    EXPECT_TRUE(is_new || known->second == subject) << subject.text();
  }
}

/// Stores of every version hold these texts.
TEST(Subject, HasTheTextThatStoresHoldAlready) {
  const PairId pair("u/s1/2");
  EXPECT_EQ(Subject::of_pair(pair).text(), "u/s1/2");
  EXPECT_EQ(Subject::of_method(pair, "recon-select").text(), "u/s1/2 recon-select");
  EXPECT_EQ(Subject::of_candidate(pair, 3).text(), "u/s1/2#3");
}

TEST(Subject, APlaceInASourceIsReadByPeople) {
  EXPECT_EQ(Subject::of_file("a.jsonl").text(), "a.jsonl");
  EXPECT_EQ(Subject::of_file("a.jsonl", 9).text(), "a.jsonl:9");
  EXPECT_EQ(Subject::of_file("a.json", 9, "[2]").text(), "a.json:9 [2]");
  EXPECT_EQ(Subject::from_text("2010.1-t01.json").item, "2010.1-t01.json") << "no pair";
}

TEST(Subject, StandsInARejectAsAnObjectOfWhatApplies) {
  Reject reject{"judge", Subject::of_candidate(PairId("u/s1/2"), 0), {{"timeout", "slow"}}, ""};
  EXPECT_EQ(reject.to_json().at("subject").dump(), R"({"pair":"u/s1/2","candidate":0})");
  EXPECT_EQ(Reject::from_json(reject.to_json()).subject, reject.subject);
  reject.subject = Subject::of_file("a.jsonl", 9);
  EXPECT_EQ(reject.to_json().at("subject").dump(), R"({"file":"a.jsonl","line":9})");
  EXPECT_EQ(Reject::from_json(reject.to_json()).subject, reject.subject);
}

TEST(Subject, ARejectOfAnEarlierVersionHadAText) {
  const auto of = [](const std::string& key) {
    return Reject::from_json(Json{{"stage", "judge"}, {"key", key}, {"error", "why"}}).subject;
  };
  EXPECT_EQ(of("u/s1/2 random"), Subject::of_method(PairId("u/s1/2"), "random"));
  EXPECT_EQ(of("u/s1/2#3"), Subject::of_candidate(PairId("u/s1/2"), 3));
  EXPECT_EQ(of("file.json:9"), Subject::of_item("file.json:9"));
}

}  // namespace
}  // namespace recon
