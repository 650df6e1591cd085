#pragma once

#include "recon/stages/run_config.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// Whom and what to forget.
struct ForgetRequest {
  std::vector<std::string> authors;            ///< names as the source gives them, or pseudonyms
  std::vector<std::string> ids;                ///< of sessions, groups or turns
  std::optional<std::filesystem::path> store;  ///< instead of the config's
};

/// What went.
struct ForgetSummary {
  std::size_t turns = 0;
  std::size_t sessions = 0;                            ///< that lost or changed a turn
  std::size_t pairs = 0;                               ///< of those sessions
  std::size_t records = 0;                             ///< other lines of the run's files
  std::size_t answers = 0;                             ///< of the response store
  std::optional<std::filesystem::path> missing_store;  ///< where none was found
};

/// Removes people and items from the files of a run and from its response store, for good: their turns, every
/// pair of the sessions that held one, and whatever models said of these pairs or of pairs that may have been
/// shown them as examples. A list of digests (forgotten.json) keeps a later ingest from bringing them back.
/// The source's own files stay as they are. After an interruption the same call, or any later one, ends the
/// work. Throws RunError where the run has no sessions or another process uses it.
[[nodiscard]] ForgetSummary forget(const RunConfig& config, const ForgetRequest& request);

}  // namespace recon
