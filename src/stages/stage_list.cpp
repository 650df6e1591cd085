#include "recon/stages/stage_list.hpp"

namespace recon {

std::vector<Stage> all_stages() {
  return {ingest_stage(), retrieve_stage(), synthesize_stage(), reconstruct_stage(),
          judge_stage(),  select_stage(),   generate_stage(),   evaluate_stage()};
}

std::vector<std::string> final_stages() { return {"generate", "evaluate"}; }

}  // namespace recon
