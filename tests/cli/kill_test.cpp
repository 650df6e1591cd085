// Killed at any moment, run again: nothing is lost, and nothing but what was in flight is asked again, as the
// server counts it. RECON_TEST_KILLS=50 kills that often at each place and prints the table.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

constexpr std::size_t concurrency = 16;
const WorldSize size = {2, 12, 4, 24, 12};

/// Records of a run by file: what was chosen among answers that came anew may differ, their number may not.
using Records = std::map<std::string, std::size_t>;

Records records_of(World& world) {
  Records records;
  for (const auto& [name, bytes] : run_bytes(world.file("run")))
    records[name] = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  return records;
}

/// Requests that came again, byte for byte. No undisturbed run sends one twice.
std::size_t repeated_requests(World& world) {
  std::set<std::string> seen;
  std::size_t repeated = 0;
  for (const ReceivedCall& call : world.server().received()) repeated += seen.insert(call.raw).second ? 0 : 1;
  return repeated;
}

struct Kills {
  std::size_t lost = 0;     ///< records of an undisturbed run that are not there
  std::size_t doubled = 0;  ///< requests sent again
  std::size_t most_doubled = 0;
};

void kill_once(std::size_t kill_at, const Records& undisturbed, Kills& kills) {
  World world(size);
  {
    RunningProgram running(world.call({"run", "--config", "config.yaml", "-q"}));
    ASSERT_TRUE(wait_for_requests(world, kill_at));
    running.send(SIGKILL);
    ASSERT_EQ(running.wait().exit_code, 128 + SIGKILL);
  }
  const ProgramResult second = world.recon({"run", "--config", "config.yaml", "-q"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  const std::size_t doubled = repeated_requests(world);
  const Records records = records_of(world);
  for (const auto& [name, count] : undisturbed) {
    if (name == "results.json") continue;
    const auto known = records.find(name);
    kills.lost += count - std::min(count, known == records.end() ? 0 : known->second);
  }
  kills.doubled += doubled;
  kills.most_doubled = std::max(kills.most_doubled, doubled);
  const ProgramResult replay = world.recon({"run", "--config", "config.yaml", "--replay", "-q", "--run-dir",
                                            "replayed", "--store", "run/responses.sqlite"});
  ASSERT_EQ(replay.exit_code, 0) << replay.err;
  EXPECT_EQ(run_bytes(world.file("run")), run_bytes(world.file("replayed")));
}

TEST(Kill, LosesNothingAndDoublesAtMostWhatWasInFlight) {
  const char* wanted = std::getenv("RECON_TEST_KILLS");
  const int rounds = wanted == nullptr ? 1 : std::max(1, std::atoi(wanted));
  Records undisturbed;
  std::size_t whole = 0;
  {
    World world(size);
    ASSERT_EQ(world.recon({"run", "--config", "config.yaml", "-q"}).exit_code, 0);
    undisturbed = records_of(world);
    ASSERT_EQ(repeated_requests(world), 0U);
    whole = world.server().count();
  }
  ASSERT_GT(whole, 200U);
  for (const int percent : {10, 30, 60, 90}) {
    Kills kills;
    for (int round = 0; round < rounds; ++round) {
      // Some requests apart, so that the kills hit different moments.
      const std::size_t kill_at =
          whole * static_cast<std::size_t>(percent) / 100 + static_cast<std::size_t>(round) % 25;
      kill_once(kill_at, undisturbed, kills);
      if (HasFatalFailure()) return;
    }
    EXPECT_EQ(kills.lost, 0U);
    EXPECT_LE(kills.most_doubled, concurrency);
    if (wanted != nullptr) {
      std::printf(
          "killed at %2d %% of %zu requests, %d times: lost %zu, doubled %.1f on average, %zu at most (in "
          "flight %zu)\n",
          percent, whole, rounds, kills.lost, static_cast<double>(kills.doubled) / rounds, kills.most_doubled,
          concurrency);
    }
  }
}

}  // namespace
}  // namespace recon::support
