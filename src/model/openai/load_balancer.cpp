#include "recon/model/load_balancer.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace recon {
namespace {

using Clock = LoadBalancer::Clock;
using std::chrono::milliseconds;

/// Up to here a pause holds for the refused request alone, and the pace slows the others down: rounded up to
/// whole seconds by most servers, it would leave most of a small allowance unused.
constexpr milliseconds short_pause{2000};
/// So many failures to connect in a row, or requests that got no reply, and a server is set aside.
constexpr std::size_t most_consecutive_failures = 3;
constexpr milliseconds first_open{1000};
constexpr milliseconds longest_open{30'000};

milliseconds open_for(std::size_t consecutive_failures) {
  const auto doublings = std::min<std::size_t>(consecutive_failures - most_consecutive_failures, 10);
  return std::min(longest_open, first_open * (std::int64_t{1} << doublings));
}

bool contains(const std::vector<std::size_t>& servers, std::size_t server) {
  return std::find(servers.begin(), servers.end(), server) != servers.end();
}

}  // namespace

LoadBalancer::LoadBalancer(std::size_t servers, const Limits& limits)
    : servers_(std::max<std::size_t>(1, servers), Server(limits.concurrency)),
      concurrency_(limits.concurrency),
      requests_(limits.requests_per_minute),
      // A minute's tokens count as one allowance with every server known; a large prompt needs much at once.
      tokens_(limits.tokens_per_minute, limits.tokens_per_minute / 6),
      queries_(limits.queries_per_second * 60, 1) {}

bool LoadBalancer::Server::takes(Clock::time_point now) const {
  if (now < paused_until || !pace.allows(now)) return false;
  // One request finds out whether a server that was set aside is back.
  return in_flight < (circuit_open ? 1 : concurrency.limit());
}

std::optional<std::size_t> LoadBalancer::place(Clock::time_point now, double tokens,
                                               const UnwantedServers& unwanted) const {
  if (is_limited(now, tokens)) return std::nullopt;
  std::optional<std::size_t> best;
  const auto better = [&](std::size_t a, std::size_t b) {
    const auto rank = [&](std::size_t i) {
      const Server& server = servers_[i];
      // A server that is due to be tried again gets the one request that finds out.
      return std::tuple(contains(unwanted.deprioritised, i), !server.circuit_open, server.outstanding_tokens,
                        server.in_flight);
    };
    return rank(a) < rank(b);
  };
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!servers_[i].takes(now) || contains(unwanted.excluded, i)) continue;
    if (!best || better(i, *best)) best = i;
  }
  return best;
}

std::optional<Clock::time_point> LoadBalancer::elsewhere(Clock::time_point now,
                                                         const std::vector<std::size_t>& excluded) const {
  std::optional<Clock::time_point> soonest;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (contains(excluded, i)) continue;
    const Clock::time_point ready = std::max(now, servers_[i].paused_until);
    if (!soonest || ready < *soonest) soonest = ready;
  }
  return soonest;
}

std::optional<Clock::time_point> LoadBalancer::next(Clock::time_point now, double tokens,
                                                    const std::vector<std::size_t>& excluded) const {
  std::optional<Clock::time_point> soonest;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Server& server = servers_[i];
    if (contains(excluded, i) || server.in_flight >= (server.circuit_open ? 1 : server.concurrency.limit()))
      continue;
    const Clock::time_point ready = std::max(server.paused_until, server.pace.next(now));
    if (!soonest || ready < *soonest) soonest = ready;
  }
  if (!soonest) return std::nullopt;
  return std::max({*soonest, requests_.next(now), queries_.next(now), tokens_.next(now, tokens), now});
}

void LoadBalancer::started(std::size_t server, Clock::time_point now, double tokens) {
  requests_.spend(now);
  queries_.spend(now);
  tokens_.spend(now, tokens);
  Server& chosen = servers_.at(server);
  chosen.pace.sent(now);
  chosen.concurrency.started(++chosen.in_flight);
  chosen.outstanding_tokens += tokens;
}

LoadBalancer::Change LoadBalancer::ended(const Ended& ended, Clock::time_point now) {
  Server& server = servers_.at(ended.server);
  --server.in_flight;
  server.outstanding_tokens = server.in_flight == 0 ? 0 : server.outstanding_tokens - ended.tokens;
  if (ended.used_tokens) tokens_.spend(now, *ended.used_tokens - ended.tokens);

  if (ended.end == End::answered) {
    server.passed = true;
    server.pace.answered(now, ended.sent);
    server.concurrency.answered(std::chrono::duration_cast<std::chrono::microseconds>(now - ended.sent));
  } else if (ended.end == End::throttled && ended.pause && *ended.pause > short_pause && !server.passed) {
    // Closed until a time that it names: what was used up before tells nothing about a rate.
  } else if (ended.end == End::throttled) {
    server.passed = false;
    server.pace.refused(now, ended.sent);
    // What it has not refused it works on: 429 speaks of the rate first.
    server.concurrency.overloaded(now, ended.sent, server.in_flight);
  } else if (ended.end == End::overloaded || ended.end == End::timed_out) {
    server.concurrency.overloaded(now, ended.sent, 0);
  }
  if (ended.pause && (*ended.pause > short_pause || ended.end == End::answered))
    server.paused_until = std::max(server.paused_until, now + *ended.pause);

  if (ended.end == End::unreachable || ended.end == End::timed_out) {
    // Those that were under way when it was set aside tell nothing new.
    if (server.circuit_open && server.in_flight > 0) return Change::none;
    if (++server.consecutive_failures < most_consecutive_failures) return Change::none;
    server.paused_until = std::max(server.paused_until, now + open_for(server.consecutive_failures));
    return std::exchange(server.circuit_open, true) ? Change::none : Change::circuit_opened;
  }
  if (ended.end == End::broken) return Change::none;
  server.consecutive_failures = 0;
  return std::exchange(server.circuit_open, false) ? Change::back : Change::none;
}

bool LoadBalancer::is_limited(Clock::time_point now, double tokens) const {
  return !requests_.allows(now) || !queries_.allows(now) || !tokens_.allows(now, tokens);
}

bool LoadBalancer::all_circuits_open() const {
  return std::all_of(servers_.begin(), servers_.end(),
                     [](const Server& server) { return server.circuit_open; });
}

std::size_t LoadBalancer::in_flight() const {
  std::size_t sum = 0;
  for (const Server& server : servers_) sum += server.in_flight;
  return sum;
}

std::size_t LoadBalancer::most_in_flight() const { return concurrency_ * servers_.size(); }

}  // namespace recon
