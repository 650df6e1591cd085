#pragma once

#include "recon/stages/stage.hpp"

#include <string>
#include <vector>

namespace recon {

[[nodiscard]] Stage ingest_stage();
[[nodiscard]] Stage retrieve_stage();
[[nodiscard]] Stage synthesize_stage();
[[nodiscard]] Stage reconstruct_stage();
[[nodiscard]] Stage judge_stage();
[[nodiscard]] Stage select_stage();
[[nodiscard]] Stage generate_stage();
[[nodiscard]] Stage evaluate_stage();

/// Every stage, in the order of the chain. A new stage is one file and one line here.
[[nodiscard]] std::vector<Stage> all_stages();
/// What `recon run` is asked for; everything else follows from their inputs.
[[nodiscard]] std::vector<std::string> final_stages();

}  // namespace recon
