#pragma once

#include "recon/records/records.hpp"

#include <optional>
#include <string_view>

namespace recon {

/// The outcome that a judge's words name for certain, whatever their case, marks and brackets: `A`, `Answer
/// B`,
/// `**A**`, `Tie (both good)`, `N/A`; nullopt for anything else, among that `A or B` and an empty text.
[[nodiscard]] std::optional<Outcome> outcome_from_words(std::string_view words);

}  // namespace recon
