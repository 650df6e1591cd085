#pragma once

#include "recon/core/json.hpp"
#include "recon/core/log.hpp"
#include "recon/core/records.hpp"
#include "recon/ingest/ingest_config.hpp"
#include "recon/ingest/session_reader.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace recon {

struct IngestSettings {
  SourceConfig source;
  std::vector<UserConfig> users;
  SplitConfig split;
  std::size_t context_tokens = 4096;
  std::uint64_t seed = 42;
};

struct IngestResult {
  std::vector<Session> sessions;  ///< sorted by id; those with at least one turn
  std::vector<Pair> pairs;        ///< by user (config order), session id, turn
  std::vector<Reject> rejects;
  /// For the manifest:
  ///   {sessions, turns, sessions_without_date, skips: {reason: count}, rejects, contexts_cut, users: {ID:
  ///   {author,
  ///    sessions, turns, targets_all, targets_excluded, targets_without_context, targets_valid, words_valid,
  ///    sessions_without_date, pairs: {train_0, train_1, test}, shrunk}}}
  /// A user's numbers are over their sessions in the date range that hold a valid target (`sessions`);
  /// targets_all = excluded + without_context + valid; words_valid = words of the valid targets;
  /// sessions_without_date = those left out because the user has a date range.
  Json counts;
};

/// Sessions -> splits -> pairs. Warns through `log` about a user with fewer targets than asked for. Throws
/// RunError for a user who never speaks in the source (naming the nearest author), for a source without any
/// session and where no user has a valid target; UsageError for no users and for a context budget that leaves
/// no context.
[[nodiscard]] IngestResult ingest(SessionReader& reader, const IngestSettings& settings, Log& log);

}  // namespace recon
