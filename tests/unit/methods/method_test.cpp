#include "recon/methods/method.hpp"

#include "recon/core/error.hpp"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::HasSubstr;

CandidateGroup group_of(const std::vector<std::string>& traces, const std::string& pair = "u/s/1") {
  CandidateGroup group{PairId(pair), {}};
  for (const std::string& trace : traces)
    group.candidates.push_back({PairId(pair), static_cast<int>(group.candidates.size()), trace, 0, "m"});
  return group;
}

std::optional<Pick> pick(const std::string& method, const CandidateGroup& group,
                         const std::vector<Score>* scores = nullptr) {
  return find_method(method)->pick({method, group, scores, std::nullopt, 7});
}

TEST(Methods, AreFoundByName) {
  for (const char* name : {"backward", "recon-select", "random", "random-2", "random-17", "random-999"})
    EXPECT_NE(find_method(name), nullptr) << name;
  for (const char* name : {"random-", "random-1", "random-02", "random-x", "random-2222", "", "backward-2"})
    EXPECT_EQ(find_method(name), nullptr) << name;
}

TEST(Methods, HaveNamesOfTheirOwnAndARuleWhereTheyPick) {
  std::map<std::string_view, int> names;
  for (const Method& method : methods()) {
    EXPECT_EQ(++names[method.name], 1) << method.name;
    EXPECT_EQ(method.pick != nullptr, method.source == TraceSource::picked) << method.name;
    EXPECT_EQ(has_traces(method.name), method.source != TraceSource::none) << method.name;
  }
}

TEST(Methods, AnUnknownOneIsToldTheNearestOrAll) {
  EXPECT_THAT(unknown_method("recon_select"), HasSubstr("did you mean 'recon-select'?"));
  EXPECT_THAT(unknown_method("xyz"), HasSubstr("there are backward, recon-select, random"));
}

/// Every rule takes one of the candidates, or nothing; nothing but the pair and the name decide a draw.
TEST(Methods, PickOneOfTheCandidatesAndTheSameOneAgain) {
  const std::vector<Score> scores = {{0, {}, {}, {}, 0.1}, {1, {}, {}, {}, 0.9}, {2, {}, {}, {}, 0.5}};
  for (const Method& method : methods()) {
    if (method.source != TraceSource::picked) continue;
    for (int pair = 0; pair < 50; ++pair) {
      const CandidateGroup group = group_of({"a", "b c", "d e f"}, "u/s/" + std::to_string(pair));
      const auto first = pick(std::string(method.name), group, &scores);
      ASSERT_TRUE(first.has_value()) << method.name;
      EXPECT_TRUE(first->candidate >= 0 && first->candidate < 3) << method.name;
      EXPECT_EQ(pick(std::string(method.name), group, &scores)->candidate, first->candidate) << method.name;
    }
  }
}

TEST(ReconSelect, TakesTheBestJudgedAndNothingWithoutAJudgment) {
  const CandidateGroup group = group_of({"a", "b"});
  const std::vector<Score> scores = {{0, {}, {}, {}, 0.2}, {1, {}, {}, {}, 0.3}};
  EXPECT_EQ(pick("recon-select", group, &scores)->candidate, 1);
  EXPECT_FALSE(pick("recon-select", group).has_value());
}

TEST(Random, IsAnotherDrawUnderAnotherNumber) {
  int same = 0;
  for (int pair = 0; pair < 200; ++pair) {
    const CandidateGroup group = group_of({"a", "b", "c", "d"}, "u/s/" + std::to_string(pair));
    same += pick("random", group)->candidate == pick("random-2", group)->candidate ? 1 : 0;
  }
  EXPECT_GT(same, 20);
  EXPECT_LT(same, 90);
}

TEST(Longest, TakesTheOneOfMostTokensAndNeverTheFirstForBeingFirst) {
  EXPECT_EQ(pick("longest", group_of({"a", "b c d", "e f"}))->candidate, 1);
  int first = 0;
  for (int pair = 0; pair < 200; ++pair) {
    const auto picked = pick("longest", group_of({"a b", "c d", "e"}, "u/s/" + std::to_string(pair)));
    ASSERT_NE(picked->candidate, 2);
    EXPECT_TRUE(picked->tied);
    first += picked->candidate == 0 ? 1 : 0;
  }
  EXPECT_GT(first, 70);
  EXPECT_LT(first, 130);
}

}  // namespace
}  // namespace recon
