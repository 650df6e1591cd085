#pragma once

#include "recon/model/request.hpp"

#include <optional>
#include <string>

namespace recon {

/// Why a number is no log-probability of a token, for people: it is not finite, above 0 by more than
/// rounding, or a stand-in for minus infinity such as -9999. Nullopt for one that a model can give.
[[nodiscard]] std::optional<std::string> why_no_log_probability(double value);

/// The same for a score, of which only the sum over its tokens is known. What it can't tell with certainty
/// (one stand-in among very many tokens) it lets pass.
[[nodiscard]] std::optional<std::string> why_no_score(const ScoreAnswer& score);

}  // namespace recon
