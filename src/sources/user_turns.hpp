#pragma once

#include "recon/core/json.hpp"
#include "recon/ingest/session_index.hpp"
#include "recon/ingest/split.hpp"
#include "recon/ingest/turn_filter.hpp"
#include "recon/records/records.hpp"
#include "recon/sources/ingest_config.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// Finds the users' turns in sessions and says which of them may be targets.
class UserTurns {
 public:
  UserTurns(const SourceConfig& source, std::vector<UserConfig> users);
  /// By user, in config order.
  [[nodiscard]] std::vector<std::vector<UserTurn>> find(const Session& session);

 private:
  std::vector<UserConfig> users_;
  std::optional<TurnFilter> configured_;
  std::map<std::string, TurnFilter> by_domain_;
  [[nodiscard]] const TurnFilter& filter_of(const std::string& domain);
};

/// A user's sessions that hold a valid target, and the counts over them.
struct UserTargets {
  std::vector<EligibleSession> sessions;     ///< by id
  std::vector<std::size_t> session_indices;  ///< of each of `sessions` in the index
  std::size_t turns = 0, targets_all = 0, targets_excluded = 0, targets_without_context = 0,
              targets_valid = 0, targets_repeated = 0;
  /// Sessions in the date range in which no turn of the user is a valid target, and why theirs are none.
  std::size_t sessions_without_targets = 0, left_out_excluded = 0, left_out_without_context = 0;
  std::size_t words = 0;  ///< of the valid targets
  std::size_t sessions_in_range = 0, sessions_without_date = 0;

  /// As the manifest has them; see IngestResult::counts.
  [[nodiscard]] Json counts(const UserConfig& user, const SplitResult& split) const;
};

/// The targets of one user, the `user`-th of the config. A turn that several sessions share (the same
/// Turn::id) is a target in the first of them alone.
[[nodiscard]] UserTargets find_targets(const std::vector<IndexedSession>& sessions, const UserConfig& config,
                                       std::size_t user);

}  // namespace recon
