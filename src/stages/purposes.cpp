#include "recon/stages/purposes.hpp"

#include <algorithm>

namespace recon {

const std::vector<Purpose>& purposes() {
  static const std::vector<Purpose> all = {
      {"embed", {}},
      {"baseline", {PromptName::backward}},
      {"candidates", {PromptName::backward}},
      {"reconstruct", {PromptName::reconstruct}},
      {"judge", {PromptName::judge_listwise, PromptName::reconstruct}},
      {"generate", {PromptName::generate}},
      {"evaluate", {PromptName::judge_pairwise, PromptName::generate}},
      {"leak", {PromptName::leak}},
  };
  return all;
}

bool shows_other_pairs(std::string_view purpose) {
  const auto known = std::find_if(purposes().begin(), purposes().end(),
                                  [&](const Purpose& other) { return other.word == purpose; });
  if (known == purposes().end()) return true;
  return std::any_of(known->prompts.begin(), known->prompts.end(),
                     [](PromptName prompt) { return shows_other_pairs(prompt); });
}

}  // namespace recon
