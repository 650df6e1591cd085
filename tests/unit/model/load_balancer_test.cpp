#include "recon/model/load_balancer.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <random>

#include <gtest/gtest.h>

namespace recon {
namespace {

using Clock = LoadBalancer::Clock;
using End = LoadBalancer::End;
using std::chrono::milliseconds;

Clock::time_point at(double seconds) {
  return Clock::time_point(
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
}

/// What a server does with a request that comes at a time: after how many seconds the reply is there, what it
/// is and how long a pause it asks for.
struct Behaviour {
  double latency_s = 0.05;
  End end = End::answered;
  std::optional<milliseconds> pause = std::nullopt;
};
using Server = std::function<Behaviour(double now_s)>;

struct Tally {
  std::size_t answered = 0;
  std::size_t busy = 0;
  std::size_t sent = 0;
  std::size_t most_in_flight = 0;
};

/// By how much later than it meant to the client gets to its work, in seconds, each time that it waited.
using Delay = std::function<double()>;

/// Sends as much as traffic lets through, on a clock of its own, until `end_s`.
Tally simulate(LoadBalancer& traffic, const std::vector<Server>& servers, double end_s,
               std::vector<std::size_t>* per_server = nullptr, const Delay& delay = nullptr) {
  struct Flight {
    double end_s;
    LoadBalancer::Ended ended;
    bool operator>(const Flight& other) const { return end_s > other.end_s; }
  };
  std::priority_queue<Flight, std::vector<Flight>, std::greater<>> flights;
  Tally tally;
  double now_s = 1;
  while (now_s < end_s) {
    while (const auto place = traffic.place(at(now_s), 100)) {
      const Behaviour behaviour = servers.at(*place)(now_s);
      traffic.started(*place, at(now_s), 100);
      if (per_server != nullptr) ++per_server->at(*place);
      ++tally.sent;
      tally.most_in_flight = std::max(tally.most_in_flight, traffic.in_flight());
      flights.push({now_s + behaviour.latency_s,
                    {*place, at(now_s), behaviour.end, 100, std::nullopt, behaviour.pause}});
    }
    double next_s = end_s;
    if (!flights.empty()) next_s = std::min(next_s, flights.top().end_s);
    if (const auto next = traffic.next(at(now_s), 100); next && *next > at(now_s))
      next_s = std::min(next_s, std::chrono::duration<double>(next->time_since_epoch()).count());
    now_s = std::max(next_s, now_s + 1e-6) + (delay ? delay() : 0.0);
    while (!flights.empty() && flights.top().end_s <= now_s) {
      tally.answered += flights.top().ended.end == End::answered ? 1 : 0;
      tally.busy += flights.top().ended.end == End::throttled ? 1 : 0;
      traffic.ended(flights.top().ended, at(now_s));
      flights.pop();
    }
  }
  return tally;
}

/// A token bucket; 1 % of what it lets pass fails, 0.5 % is never answered (until the client's limit of 2 s).
struct Bucket {
  double rate;
  double capacity;
  double retry_after_s;
  double latency_s = 0.05;
  double tokens = capacity;
  double updated_s = 1;
  std::size_t passed = 0;
  std::mt19937 random{1};

  Behaviour operator()(double now_s) {
    tokens = std::min(capacity, tokens + (now_s - updated_s) * rate);
    updated_s = now_s;
    if (tokens < 1) {
      return {0.002, End::throttled,
              milliseconds(static_cast<std::int64_t>(std::max(1.0, retry_after_s * 1000)))};
    }
    tokens -= 1;
    ++passed;
    const double draw = std::uniform_real_distribution<double>(0, 1)(random);
    if (draw < 0.005) return {2, End::timed_out, std::nullopt};
    return {latency_s, End::answered, std::nullopt};
  }
};

class TokenBucket : public testing::TestWithParam<Bucket> {};

TEST_P(TokenBucket, IsUsedToNinetySevenPercentAndHardlyEverRefuses) {
  Bucket bucket = GetParam();
  LoadBalancer traffic(1, {.concurrency = 64});
  const double end_s = 61;
  const Tally tally = simulate(traffic, {[&](double now_s) { return bucket(now_s); }}, end_s);
  EXPECT_GE(static_cast<double>(bucket.passed), 0.97 * bucket.rate * (end_s - 1));
  EXPECT_LE(static_cast<double>(tally.busy), 0.06 * static_cast<double>(bucket.passed));
}

TEST_P(TokenBucket, IsUsedAsWellByAClientThatIsLateNowAndThen) {
  Bucket bucket = GetParam();
  std::mt19937 random(2);
  std::uniform_real_distribution<double> uniform(0, 1);
  const Delay delay = [&] { return uniform(random) < 0.05 ? 0.001 + 0.019 * uniform(random) : 0.0; };
  LoadBalancer traffic(1, {.concurrency = 64});
  const double end_s = 61;
  const Tally tally = simulate(traffic, {[&](double now_s) { return bucket(now_s); }}, end_s, nullptr, delay);
  EXPECT_GE(static_cast<double>(bucket.passed), 0.97 * bucket.rate * (end_s - 1));
  EXPECT_LE(static_cast<double>(tally.busy), 0.06 * static_cast<double>(bucket.passed));
}

INSTANTIATE_TEST_SUITE_P(Buckets, TokenBucket,
                         testing::Values(Bucket{200, 200, 1}, Bucket{200, 20, 1}, Bucket{200, 200, 0.005},
                                         Bucket{50, 50, 1, 0.3}, Bucket{500, 100, 0.02, 0.01},
                                         Bucket{20, 5, 1, 0.5}));

TEST(LoadBalancer, APaceFollowsALimitThatFalls) {
  Bucket bucket{200, 20, 1};
  std::size_t passed_before = 0;
  std::size_t refused = 0;
  const Server server = [&](double now_s) {
    if (now_s < 21) {
      passed_before = bucket.passed + 1;
      return bucket(now_s);
    }
    bucket.rate = 50;
    const Behaviour behaviour = bucket(now_s);
    refused += behaviour.end == End::throttled ? 1 : 0;
    return behaviour;
  };
  LoadBalancer traffic(1, {.concurrency = 64});
  (void)simulate(traffic, {server}, 61);
  EXPECT_GE(static_cast<double>(bucket.passed - passed_before), 0.95 * 50 * 40);
  EXPECT_LE(static_cast<double>(refused), 0.1 * 50 * 40);
}

/// A server that lets nothing pass for a while, and answers all else at 400 a second.
struct Closing {
  double from_s;
  double until_s;
  std::function<std::optional<milliseconds>(double now_s)> pause;
  double latency_s = 0.1;
  std::map<int, int> passed_in_second = {};

  Behaviour operator()(double now_s) {
    if (now_s >= from_s && now_s < until_s) return {0.002, End::throttled, pause(now_s)};
    ++passed_in_second[static_cast<int>(now_s)];
    return {latency_s, End::answered, std::nullopt};
  }
};

int passed_between(const Closing& server, int from_s, int until_s) {
  int sum = 0;
  for (int second = from_s; second < until_s; ++second)
    sum += server.passed_in_second.contains(second) ? server.passed_in_second.at(second) : 0;
  return sum;
}

std::optional<milliseconds> until_36(double now_s) {
  return milliseconds(static_cast<int>((36 - now_s) * 1000));
}

struct Closure {
  const char* name;
  double from_s;
  int settled_s;  ///< a told end is waited for, an untold one is found by an attempt every ten seconds
  std::function<std::optional<milliseconds>(double now_s)> pause;
};
class ClosedServer : public testing::TestWithParam<Closure> {};

/// Whether its end was told, told wrongly, or not at all: a server that was closed for 25 s is no slow one.
TEST_P(ClosedServer, HasItsOldPaceWithinSeconds) {
  Closing server{GetParam().from_s, 36, GetParam().pause};
  LoadBalancer traffic(1, {.concurrency = 40});
  (void)simulate(traffic, {std::ref(server)}, 60);
  EXPECT_GE(passed_between(server, GetParam().settled_s, 60), (60 - GetParam().settled_s) * 400 * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(
    Closures, ClosedServer,
    testing::Values(Closure{"ToldAtFirst", 1, 37, until_36}, Closure{"ToldLater", 11, 38, until_36},
                    Closure{"ToldTooShort", 11, 43, [](double) { return milliseconds(3000); }},
                    Closure{"ToldTooShortAtFirst", 1, 41, [](double) { return milliseconds(3000); }},
                    Closure{"ToldFarTooShort", 11, 50, [](double) { return milliseconds(1000); }},
                    Closure{"Untold", 11, 50, [](double) { return std::nullopt; }},
                    Closure{"UntoldAtFirst", 1, 50, [](double) { return std::nullopt; }}),
    [](const auto& tested) { return tested.param.name; });

TEST(LoadBalancer, AWaitThatIsToldAtFirstTeachesNoPace) {
  Closing server{1, 16, [](double now_s) { return milliseconds(static_cast<int>((16 - now_s) * 1000) + 1); }};
  LoadBalancer traffic(1, {.concurrency = 8});
  (void)simulate(traffic, {std::ref(server)}, 20);
  EXPECT_GE(passed_between(server, 16, 17), 70);
  EXPECT_GE(passed_between(server, 17, 20), 3 * 80 * 9 / 10);
}

/// Three a minute and nothing told: that it lets one pass does not open a gate each time.
TEST(LoadBalancer, AServerThatLetsAFewPassAMinuteIsNotStormed) {
  Bucket bucket{0.05, 1, 1};
  LoadBalancer traffic(1, {.concurrency = 8});
  const Tally tally = simulate(traffic, {[&](double now_s) {
                                 Behaviour behaviour = bucket(now_s);
                                 behaviour.pause.reset();
                                 return behaviour;
                               }},
                               601);
  EXPECT_GE(bucket.passed, 25U);
  EXPECT_LE(tally.busy, 200U);
}

TEST(LoadBalancer, ReachesEveryPlaceThatIsAllowedWhereLatencyHolds) {
  LoadBalancer traffic(1, {.concurrency = 512});
  const Tally tally = simulate(traffic, {[](double) { return Behaviour{0.2, End::answered, {}}; }}, 21);
  EXPECT_EQ(tally.most_in_flight, 512U);
  EXPECT_GE(tally.answered, 512U * 5 * 18);
}

TEST(LoadBalancer, StopsGrowingWhereMoreInFlightOnlyMeansLongerWaits) {
  // A server that works on 8 requests at a time; the others wait.
  LoadBalancer traffic(1, {.concurrency = 1024});
  double free_s = 1;
  const Tally tally = simulate(traffic, {[&](double now_s) {
                                 free_s = std::max(free_s, now_s) + 0.1 / 8;
                                 return Behaviour{free_s - now_s, End::answered, {}};
                               }},
                               31);
  EXPECT_GE(static_cast<double>(tally.answered), 0.95 * 80 * 30);
  EXPECT_LE(tally.most_in_flight, 256U);
}

TEST(LoadBalancer, AnOverloadedServerGetsFewerAtATime) {
  // More than 10 at a time are refused with 503.
  LoadBalancer traffic(1, {.concurrency = 256});
  std::size_t busy = 0;
  std::multimap<double, int> ends;
  const Tally tally = simulate(traffic, {[&](double now_s) {
                                 ends.erase(ends.begin(), ends.upper_bound(now_s));
                                 if (ends.size() >= 10) {
                                   ++busy;
                                   return Behaviour{0.01, End::overloaded, {}};
                                 }
                                 ends.emplace(now_s + 0.1, 0);
                                 return Behaviour{0.1, End::answered, {}};
                               }},
                               31);
  EXPECT_GE(static_cast<double>(tally.answered), 0.6 * 100 * 30);
  EXPECT_LE(static_cast<double>(busy), 0.5 * static_cast<double>(tally.answered));
}

TEST(LoadBalancer, LimitsAMinuteAndASecondHold) {
  const Server quick = [](double) { return Behaviour{0.001, End::answered, {}}; };
  LoadBalancer requests(1, {.concurrency = 8, .requests_per_minute = 600});
  EXPECT_NEAR(static_cast<double>(simulate(requests, {quick}, 31).sent), 300, 15);
  LoadBalancer tokens(1,
                      {.concurrency = 8, .tokens_per_minute = 60'000});  // 10 requests of 100 tokens a second
  EXPECT_LE(simulate(tokens, {quick}, 61).sent, 600U + 100U);
  LoadBalancer queries(1, {.concurrency = 8, .queries_per_second = 5});
  EXPECT_NEAR(static_cast<double>(simulate(queries, {quick}, 31).sent), 150, 2);
}

TEST(LoadBalancer, WhatTheServerReportsCorrectsTheTokenLimit) {
  LoadBalancer traffic(1, {.concurrency = 1000, .tokens_per_minute = 60'000});
  const double at_once = 10'000;
  std::size_t sent = 0;
  while (traffic.place(at(1), 1000)) {
    traffic.started(0, at(1), 1000);
    ++sent;
  }
  EXPECT_EQ(sent, static_cast<std::size_t>(at_once / 1000));
  traffic.ended({0, at(1), End::answered, 1000, 100}, at(1));
  EXPECT_FALSE(traffic.place(at(1), 1000).has_value());
  EXPECT_TRUE(traffic.place(at(1), 900).has_value());
  EXPECT_TRUE(traffic.place(at(1.2), 1000).has_value());
}

TEST(LoadBalancer, ALongPauseHoldsForAllAShortOneForTheRefusedRequest) {
  LoadBalancer traffic(1, {.concurrency = 4});
  traffic.started(0, at(1), 1);
  traffic.started(0, at(1), 1);
  traffic.ended({0, at(1), End::answered, 1, {}, {}}, at(1.2));
  traffic.ended({0, at(1), End::throttled, 1, {}, milliseconds(20'000)}, at(1.2));
  EXPECT_FALSE(traffic.place(at(20), 1).has_value());
  EXPECT_EQ(traffic.next(at(20), 1), at(21.2));
  EXPECT_TRUE(traffic.place(at(21.3), 1).has_value());
}

TEST(LoadBalancer, TheServerWithTheLeastOutstandingWorkIsNext) {
  LoadBalancer traffic(2, {.concurrency = 4});
  EXPECT_EQ(traffic.place(at(1), 5000), 0U);
  traffic.started(0, at(1), 5000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(traffic.place(at(1), 100), 1U);
    traffic.started(1, at(1), 100);
  }
  EXPECT_EQ(traffic.place(at(1), 100, {.excluded = {}, .deprioritised = {1}}),
            0U);  // somewhere else, after a failure there
}

TEST(LoadBalancer, WhatServersRefuseGoesElsewhereAsSoonAsNoPauseForbidsIt) {
  LoadBalancer traffic(2, {.concurrency = 1});
  EXPECT_EQ(traffic.elsewhere(at(1), {0}), at(1));
  EXPECT_FALSE(traffic.elsewhere(at(1), {0, 1}).has_value());
  traffic.started(1, at(1), 1);  // busy, but it may have room at any time
  EXPECT_EQ(traffic.elsewhere(at(1), {0}), at(1));
  traffic.ended({1, at(1), End::throttled, 1, {}, milliseconds(10'000)}, at(3));
  EXPECT_EQ(traffic.elsewhere(at(3), {0}), at(13));
}

TEST(LoadBalancer, AServerThatIsOutOfTheQuestionIsNeverChosen) {
  LoadBalancer traffic(2, {.concurrency = 1});
  EXPECT_EQ(traffic.place(at(1), 1, {.excluded = {0}, .deprioritised = {1}}), 1U);
  EXPECT_FALSE(traffic.place(at(1), 1, {.excluded = {0, 1}, .deprioritised = {}}).has_value());
  EXPECT_FALSE(traffic.next(at(1), 1, {0, 1}).has_value());
  traffic.started(1, at(1), 1);
  EXPECT_EQ(traffic.place(at(1), 1), 0U);
  EXPECT_EQ(traffic.place(at(1), 1, {.excluded = {}, .deprioritised = {0}}), 0U);
  EXPECT_FALSE(traffic.place(at(1), 1, {.excluded = {0}, .deprioritised = {}}).has_value());
  EXPECT_FALSE(traffic.next(at(1), 1, {0}).has_value());  // the end of a request decides
  EXPECT_EQ(traffic.next(at(1), 1, {1}), at(1));
}

TEST(LoadBalancer, ADeadServerIsSetAsideAndComesBack) {
  LoadBalancer traffic(2, {.concurrency = 16});
  bool dead = true;
  std::vector<std::size_t> sent(2, 0);
  const std::vector<Server> servers = {
      [&](double now_s) {
        dead = now_s < 11;
        return dead ? Behaviour{0.001, End::unreachable, {}} : Behaviour{0.05, End::answered, {}};
      },
      [](double) {
        return Behaviour{0.05, End::answered, {}};
      }};
  (void)simulate(traffic, servers, 11, &sent);
  EXPECT_LE(sent[0], 16U + 8U);
  EXPECT_GE(sent[1], 16U * 20 * 9);
  const std::size_t before = sent[0];
  (void)simulate(traffic, servers, 60, &sent);
  EXPECT_GE(sent[0], before + 1000);
}

TEST(LoadBalancer, TellsWhenAServerGoesAndComesBack) {
  LoadBalancer traffic(1, {.concurrency = 4});
  std::vector<LoadBalancer::Change> changes;
  for (int i = 0; i < 3; ++i) {
    traffic.started(0, at(1 + i), 1);
    changes.push_back(traffic.ended({0, at(1 + i), End::unreachable, 1, {}, {}}, at(1 + i)));
  }
  EXPECT_EQ(changes.back(), LoadBalancer::Change::circuit_opened);
  EXPECT_FALSE(traffic.place(at(3.5), 1).has_value());
  ASSERT_TRUE(traffic.place(at(4.1), 1).has_value());
  traffic.started(0, at(4.1), 1);
  EXPECT_FALSE(traffic.place(at(4.2), 1).has_value());  // one finds out for all
  EXPECT_EQ(traffic.ended({0, at(4.1), End::answered, 1, {}, {}}, at(4.3)), LoadBalancer::Change::back);
  EXPECT_TRUE(traffic.place(at(4.3), 1).has_value());
}

}  // namespace
}  // namespace recon
