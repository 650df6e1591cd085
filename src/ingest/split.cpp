#include "recon/ingest/split.hpp"

#include "recon/core/random.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace recon {

namespace {

/// What is allocated as a whole: one session, or all sessions of a group.
struct Unit {
  std::string id;
  std::string date;                   ///< of its first session
  std::vector<std::size_t> sessions;  ///< indices, in the order in which their targets are taken
  std::size_t targets = 0;
};

/// Targets of the three allocations, in the order in which they are made.
struct Shares {
  std::size_t train_1 = 0, train_0 = 0, test = 0;
  [[nodiscard]] std::size_t total() const { return train_1 + train_0 + test; }
};

std::vector<Unit> sorted_units(const std::vector<EligibleSession>& sessions, const SplitConfig& config) {
  const bool by_time = config.order == "time";
  std::vector<std::size_t> order(sessions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto date_of = [&](std::size_t i) { return by_time ? sessions[i].date : std::string(); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(date_of(a), sessions[a].session_id) < std::tuple(date_of(b), sessions[b].session_id);
  });

  std::map<std::string, Unit> by_id;
  for (const std::size_t index : order) {
    const EligibleSession& session = sessions[index];
    const std::string& id = config.unit == "group" ? session.group.str() : session.session_id.str();
    Unit& unit = by_id[id];
    if (unit.sessions.empty()) {
      unit.id = id;
      unit.date = date_of(index);
    }
    unit.sessions.push_back(index);
    unit.targets += session.targets.size();
  }
  std::vector<Unit> units;
  for (auto& entry : by_id) units.push_back(std::move(entry.second));
  if (by_time) {
    std::stable_sort(units.begin(), units.end(),
                     [](const Unit& a, const Unit& b) { return a.date < b.date; });
  }
  return units;
}

/// The part of `asked` that has `total` targets: test rounded down, the rest train, whose parts keep their
/// proportion.
Shares in_proportion(const Shares& asked, std::size_t total) {
  const auto part = [](std::size_t whole, std::size_t of, std::size_t all) {
    return all == 0 ? 0 : whole * of / all;
  };
  Shares shares;
  shares.test = part(total, asked.test, asked.total());
  const std::size_t train = total - shares.test;
  shares.train_1 = part(train, asked.train_1, asked.train_1 + asked.train_0);
  shares.train_0 = train - shares.train_1;
  return shares;
}

/// True if the units, taken in order and each used for one allocation only, hold all three shares.
/// `sums[i]` = targets of the first i units.
bool fits(const std::vector<std::size_t>& sums, const Shares& shares) {
  std::size_t used = 0;
  for (const std::size_t share : {shares.train_1, shares.train_0, shares.test}) {
    const auto end =
        std::lower_bound(sums.begin() + static_cast<std::ptrdiff_t>(used), sums.end(), sums[used] + share);
    if (end == sums.end()) return false;
    used = static_cast<std::size_t>(end - sums.begin());
  }
  return true;
}

/// The largest part of `asked` that fits. What a cut session leaves over depends on where the cuts fall, so a
/// smaller total may fail where a larger one fits: the totals are tried one by one from above.
Shares largest_that_fits(const std::vector<std::size_t>& sums, const Shares& asked) {
  if (fits(sums, asked)) return asked;
  for (std::size_t total = std::min(asked.total(), sums.back()); total > 0; --total) {
    const Shares shares = in_proportion(asked, total);
    if (fits(sums, shares)) return shares;
  }
  return {};
}

}  // namespace

SplitResult split_sessions(const std::vector<EligibleSession>& sessions, const SplitConfig& config,
                           std::uint64_t seed, const UserId& user) {
  std::vector<Unit> units = sorted_units(sessions, config);
  if (config.order != "time") KeyedRandom(seed, "split", user.str()).shuffle(units);
  std::vector<std::size_t> sums = {0};
  for (const Unit& unit : units) sums.push_back(sums.back() + unit.targets);

  const std::size_t train_1 = std::min(config.train_1_targets, config.train_targets);
  const Shares asked{train_1, config.train_targets - train_1, config.test_targets};
  const Shares shares = largest_that_fits(sums, asked);

  SplitResult result;
  result.train_1 = shares.train_1;
  result.train_0 = shares.train_0;
  result.test = shares.test;
  result.shrunk = shares.total() < asked.total();
  std::size_t next_unit = 0;
  const auto allocate = [&](Split split, std::size_t needed) {
    while (needed > 0) {
      for (const std::size_t session : units[next_unit++].sessions) {
        const std::size_t taken = std::min(needed, sessions[session].targets.size());
        if (taken > 0) result.assignments.push_back({session, split, taken});
        needed -= taken;
      }
    }
  };
  allocate(Split::train_1, shares.train_1);
  allocate(Split::train_0, shares.train_0);
  allocate(Split::test, shares.test);
  return result;
}

}  // namespace recon
