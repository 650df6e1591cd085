#pragma once

#include "recon/core/json.hpp"
#include "recon/core/log.hpp"
#include "recon/ingest/forgotten.hpp"
#include "recon/records/records.hpp"
#include "recon/sources/ingest_config.hpp"
#include "recon/sources/session_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

struct IngestSettings {
  SourceConfig source;
  std::vector<UserConfig> users;
  SplitConfig split;
  std::size_t context_tokens = 4096;
  std::optional<bool> context_keep_first;  ///< see context_budget (source_kinds.hpp)
  bool mask_user = false;                  ///< see NameMask (name_mask.hpp)
  std::uint64_t seed = 42;                 ///< of the split
  Forgotten forgotten;
};

/// Where the records go, one at a time.
struct IngestOutputs {
  std::function<void(std::string_view line)> session;  ///< lines of sessions.jsonl, by session id
  std::function<void(const Pair& pair)> pair;          ///< by user (config order), session id, turn
};

struct IngestResult {
  std::vector<Reject> rejects;
  std::vector<std::string> missing;  ///< SessionReader::missing
  /// For the manifest:
  ///   {terms, pseudonyms, sessions, turns, sessions_without_date, duplicate_sessions, forgotten_turns,
  ///    skips: {reason: count}, missing, rejects, contexts_cut, masked_names: {places, contexts},
  ///    users: {ID: {author, sessions, turns,
  ///    targets_all, targets_excluded, targets_without_context, targets_valid, targets_repeated, words_valid,
  ///    sessions_without_date, pairs: {train_0, train_1, test}, shrunk}}}
  /// masked_names is there with mask_user alone: the places in the contexts as written.
  /// A user's numbers are over their sessions in the date range that hold a valid target (`sessions`);
  /// targets_all = excluded + without_context + valid; words_valid = words of the valid targets;
  /// targets_repeated = turns left out because an earlier session has the same one;
  /// left_out {sessions, targets_excluded, targets_without_context} = those sessions in the range, where
  /// there are any, that hold no valid target, and why the user's turns there are none; sessions_without_date
  /// = those left out because the user has a date range.
  Json counts;
};

/// Whether authors are replaced by pseudonyms: as the config says, else as is usual for the kind of source.
[[nodiscard]] bool uses_pseudonyms(const SourceConfig& source);

/// Sessions -> splits -> pairs. The sessions' texts wait in a temporary file, so that memory grows with their
/// number alone. Warns through `log` about a user with fewer targets than asked for. Throws RunError for a
/// user who never speaks in the source (naming the nearest author), for a source without any session and
/// where no user has a valid target; UsageError for no users and for a context budget that leaves no context.
[[nodiscard]] IngestResult ingest(SessionReader& reader, const IngestSettings& settings,
                                  const IngestOutputs& outputs, Log& log);

}  // namespace recon
