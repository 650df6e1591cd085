#pragma once

#include "recon/core/json.hpp"
#include "recon/model/request.hpp"
#include "recon/records/records.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// The rejects of one stage with one cause: the first one of each.
struct RejectGroup {
  std::string stage;
  std::string cause;            ///< RejectCause::kind
  std::vector<Reject> rejects;  ///< in file order
  /// Why the stage stopped, where an error ended it: the rejects are those of before.
  std::optional<std::string> stopped = {};
  [[nodiscard]] Json to_json() const;
};

/// Groups the rejects of a rejects.jsonl in the order of its stages, the largest group of a stage first. A
/// missing file has none.
[[nodiscard]] std::vector<RejectGroup> read_reject_groups(const std::filesystem::path& rejects);

/// Stages in the order of the chain that left rejects with one of these causes.
[[nodiscard]] std::vector<std::string> stages_to_retry(const std::vector<RejectGroup>& groups,
                                                       const std::vector<std::string>& causes);
/// Fills in RejectGroup::stopped from a manifest.
void note_stops(std::vector<RejectGroup>& groups, const Json& manifest);
/// `--limit` of the run that a stage was last done in, or stopped in, by the manifest.
[[nodiscard]] std::optional<std::size_t> limit_of_stage(const Json& manifest, const std::string& stage);

}  // namespace recon
