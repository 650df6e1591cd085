#pragma once

#include "recon/ingest/population.hpp"
#include "recon/records/records.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace recon {

/// A session with the turns that are valid targets of one user: by the user, with a context, not filtered.
struct EligibleSession {
  SessionId session_id;
  GroupId group;
  std::string date;
  std::vector<std::size_t> targets;  ///< turn indices, ascending
};

struct Assignment {
  std::size_t session = 0;  ///< index into the eligible sessions
  Split split = Split::train_0;
  std::size_t targets = 0;  ///< the first so many of its targets
};

struct SplitResult {
  std::vector<Assignment> assignments;
  std::size_t train_0 = 0, train_1 = 0, test = 0;  ///< targets allocated
  bool shrunk = false;                             ///< fewer targets than asked for
};

/// Three greedy allocations over the sessions in split order (train_1, train_0, test), each up to its own
/// number of targets; a session (or group) never spans two, and one that would exceed the number is cut after
/// the last needed target (paper B.1); what is left of it is not used. Split order = units by id, shuffled by
/// (seed, "split", user); or by the date of their first session, then id, undated ones first, so that the
/// test sessions are the latest. On shortage all three shrink in proportion to the largest total that fits
/// (test rounded down). The result does not depend on the order of `sessions`.
[[nodiscard]] SplitResult split_sessions(std::vector<EligibleSession> const& sessions,
                                         const SplitConfig& config, std::uint64_t seed, const UserId& user);

}  // namespace recon
