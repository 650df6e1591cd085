#pragma once

#include "recon/prompts/prompts.hpp"

#include <string_view>
#include <vector>

namespace recon {

/// A kind of question: its word in the store's keys (Question::purpose) and the prompts that it shows.
struct Purpose {
  std::string_view word;
  std::vector<PromptName> prompts;
};

/// Every purpose that a stage asks for. A word stands in stored keys: it never changes.
[[nodiscard]] const std::vector<Purpose>& purposes();

/// Whether a question of that purpose can show text of other pairs than the one it is about, as its prompts
/// say. True for a word that no stage uses: nothing is known of what it showed.
[[nodiscard]] bool shows_other_pairs(std::string_view purpose);

}  // namespace recon
