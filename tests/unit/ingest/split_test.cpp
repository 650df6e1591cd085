#include "recon/ingest/split.hpp"

#include "recon/core/random.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

namespace recon {
namespace {

const UserId user("u");

SplitConfig config_of(std::size_t train, std::size_t train_1, std::size_t test) {
  SplitConfig config;
  config.train_targets = train;
  config.train_1_targets = train_1;
  config.test_targets = test;
  return config;
}

/// `count` sessions of 1 to `most` targets in groups of up to three.
std::vector<EligibleSession> random_sessions(std::uint64_t seed, std::size_t count, std::uint64_t most) {
  KeyedRandom random(seed, "sessions", "");
  std::vector<EligibleSession> sessions;
  for (std::size_t i = 0; i < count; ++i) {
    EligibleSession session;
    session.session_id = SessionId("s" + std::to_string(1000 + i));
    session.group = GroupId("g" + std::to_string(i / (1 + random.below(3))));
    session.date =
        "20" + std::to_string(10 + random.below(20)) + "-01-0" + std::to_string(1 + random.below(9));
    session.targets.resize(1 + random.below(most));
    std::iota(session.targets.begin(), session.targets.end(), std::size_t{1});
    sessions.push_back(std::move(session));
  }
  return sessions;
}

std::size_t available(const std::vector<EligibleSession>& sessions) {
  std::size_t total = 0;
  for (const auto& session : sessions) total += session.targets.size();
  return total;
}

std::size_t allocated(const SplitResult& result, Split split) {
  std::size_t total = 0;
  for (const auto& assignment : result.assignments)
    total += assignment.split == split ? assignment.targets : 0;
  return total;
}

/// What holds for every split, whatever the configuration.
void expect_sound(const SplitResult& result, const std::vector<EligibleSession>& sessions,
                  const SplitConfig& config) {
  EXPECT_EQ(allocated(result, Split::train_1), result.train_1);
  EXPECT_EQ(allocated(result, Split::train_0), result.train_0);
  EXPECT_EQ(allocated(result, Split::test), result.test);
  std::set<std::size_t> seen;
  std::map<std::string, Split> split_of_group;
  for (const auto& assignment : result.assignments) {
    EXPECT_TRUE(seen.insert(assignment.session).second) << "a session was assigned twice";
    EXPECT_GE(assignment.targets, 1U);
    EXPECT_LE(assignment.targets, sessions[assignment.session].targets.size());
    if (config.unit == "group") {
      const std::string& group = sessions[assignment.session].group.str();
      EXPECT_EQ(split_of_group.try_emplace(group, assignment.split).first->second, assignment.split);
    }
  }
  if (!result.shrunk) {
    EXPECT_EQ(result.train_1, config.train_1_targets);
    EXPECT_EQ(result.train_0, config.train_targets - config.train_1_targets);
    EXPECT_EQ(result.test, config.test_targets);
  }
}

TEST(Split, HoldsItsPromisesOnManyInputs) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    for (const char* unit : {"session", "group"}) {
      for (const char* order : {"shuffled", "time"}) {
        const auto sessions = random_sessions(seed, 1 + seed % 40, 30);
        SplitConfig config = config_of(200, 150, 25);
        config.unit = unit;
        config.order = order;
        const SplitResult result = split_sessions(sessions, config, seed, user);
        expect_sound(result, sessions, config);
        EXPECT_LE(result.train_0 + result.train_1 + result.test, available(sessions));
      }
    }
  }
}

TEST(Split, GivesExactlyTheTargetsAskedForWhereTheyAreThere) {
  const auto sessions = random_sessions(1, 100, 30);
  const SplitConfig config = config_of(400, 300, 50);
  const SplitResult result = split_sessions(sessions, config, 42, user);
  EXPECT_FALSE(result.shrunk);
  expect_sound(result, sessions, config);
}

TEST(Split, OnlyTheLastSessionOfEachAllocationIsCut) {
  const auto sessions = random_sessions(2, 100, 30);
  const SplitResult result = split_sessions(sessions, config_of(400, 300, 50), 42, user);
  std::map<Split, std::size_t> cut;
  for (std::size_t i = 0; i < result.assignments.size(); ++i) {
    const Assignment& assignment = result.assignments[i];
    if (assignment.targets == sessions[assignment.session].targets.size()) continue;
    ++cut[assignment.split];
    const bool last =
        i + 1 == result.assignments.size() || result.assignments[i + 1].split != assignment.split;
    EXPECT_TRUE(last);
  }
  for (const auto& [split, count] : cut) EXPECT_EQ(count, 1U) << to_string(split);
}

TEST(Split, DependsOnSeedAndUserAlone) {
  const auto sessions = random_sessions(3, 60, 20);
  const SplitConfig config = config_of(200, 150, 40);
  const auto ids_in_test = [&](const std::vector<EligibleSession>& given, std::uint64_t seed,
                               const UserId& whose) {
    std::map<std::string, std::size_t> ids;
    for (const auto& assignment : split_sessions(given, config, seed, whose).assignments) {
      if (assignment.split == Split::test)
        ids[given[assignment.session].session_id.str()] = assignment.targets;
    }
    return ids;
  };
  const auto first = ids_in_test(sessions, 42, user);
  EXPECT_EQ(first, ids_in_test(sessions, 42, user));
  auto reversed = sessions;
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(first, ids_in_test(reversed, 42, user));
  auto shuffled = sessions;
  KeyedRandom(9, "test", "").shuffle(shuffled);
  EXPECT_EQ(first, ids_in_test(shuffled, 42, user));
  EXPECT_NE(first, ids_in_test(sessions, 43, user));
  EXPECT_NE(first, ids_in_test(sessions, 42, UserId("v")));
}

TEST(Split, OnShortageAllThreeShrinkInProportion) {
  const auto sessions = random_sessions(4, 400, 10);
  const std::size_t there = available(sessions);
  const SplitConfig config = config_of(4096, 3072, 512);
  const SplitResult result = split_sessions(sessions, config, 42, user);
  ASSERT_TRUE(result.shrunk);
  expect_sound(result, sessions, config);
  const std::size_t train = result.train_0 + result.train_1;
  // Cutting costs at most the rest of one session per allocation boundary.
  EXPECT_GE(train + result.test, there - 3 * 9);
  EXPECT_NEAR(static_cast<double>(train) / static_cast<double>(result.test), 8.0,
              8.0 / static_cast<double>(result.test));
  EXPECT_NEAR(static_cast<double>(result.train_1) / static_cast<double>(train), 0.75,
              1.0 / static_cast<double>(train));
}

TEST(Split, SessionsOfOneTargetLeaveNothingOver) {
  const auto sessions = random_sessions(5, 90, 1);
  const SplitResult result = split_sessions(sessions, config_of(4096, 3072, 512), 42, user);
  EXPECT_EQ(result.test, 10U);
  EXPECT_EQ(result.train_0, 20U);
  EXPECT_EQ(result.train_1, 60U);
}

TEST(Split, TheLargestTotalThatFitsIsTaken) {
  // Three sessions of ten. Two targets for training and one for testing of each three: 20 + 10 fits, as the
  // two sessions of the training set are full.
  auto sessions = random_sessions(6, 3, 1);
  for (auto& session : sessions) session.targets.assign(10, 1);
  const SplitResult result = split_sessions(sessions, config_of(2000, 2000, 1000), 42, user);
  EXPECT_EQ(result.train_1, 20U);
  EXPECT_EQ(result.train_0, 0U);
  EXPECT_EQ(result.test, 10U);
}

TEST(Split, ASingleSessionGoesToOneSplit) {
  auto sessions = random_sessions(7, 1, 1);
  sessions[0].targets.assign(40, 1);
  const SplitResult result = split_sessions(sessions, config_of(100, 100, 20), 42, user);
  EXPECT_EQ(result.test, 0U);
  EXPECT_GE(result.train_1, 1U);
  EXPECT_TRUE(result.shrunk);
}

TEST(Split, NothingComesOfNothing) {
  const SplitResult result = split_sessions({}, config_of(10, 5, 2), 42, user);
  EXPECT_TRUE(result.assignments.empty());
  EXPECT_TRUE(result.shrunk);
}

TEST(Split, OrderTimeTestsOnTheLatestSessions) {
  const auto sessions = random_sessions(8, 80, 10);
  SplitConfig config = config_of(150, 100, 30);
  config.order = "time";
  const SplitResult result = split_sessions(sessions, config, 42, user);
  ASSERT_FALSE(result.shrunk);
  std::map<Split, std::pair<std::string, std::string>> range;
  for (const auto& assignment : result.assignments) {
    const std::string& date = sessions[assignment.session].date;
    auto& [first, last] = range.try_emplace(assignment.split, date, date).first->second;
    first = std::min(first, date);
    last = std::max(last, date);
  }
  EXPECT_LE(range[Split::train_1].second, range[Split::train_0].first);
  EXPECT_LE(range[Split::train_0].second, range[Split::test].first);
}

TEST(Split, AGroupGivesTheTargetsOfItsFirstSessionsFirst) {
  auto sessions = random_sessions(9, 3, 1);
  for (auto& session : sessions) {
    session.group = GroupId("g");
    session.targets.assign(10, 1);
  }
  SplitConfig config = config_of(15, 15, 0);
  config.unit = "group";
  const SplitResult result = split_sessions(sessions, config, 42, user);
  ASSERT_EQ(result.assignments.size(), 2U);
  EXPECT_EQ(sessions[result.assignments[0].session].session_id.str(), "s1000");
  EXPECT_EQ(result.assignments[0].targets, 10U);
  EXPECT_EQ(sessions[result.assignments[1].session].session_id.str(), "s1001");
  EXPECT_EQ(result.assignments[1].targets, 5U);
}

}  // namespace
}  // namespace recon
