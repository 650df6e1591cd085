#pragma once

#include "recon/core/json.hpp"
#include "recon/core/records.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace recon {

/// What a hearing file gave.
struct OyezHearing {
  std::optional<Session> session;  ///< absent where the transcript is null
  std::size_t turns_without_speaker = 0;
  std::size_t empty_turns = 0;
};

/// Parses one hearing of the Oyez archive (`<term>.<docket>-tNN.json`); `stem` is its file name without
/// `.json`, and becomes the session's id. Turns without a speaker and without words are dropped, then
/// consecutive turns of one speaker merged. Throws RunError saying what is wrong and where in the JSON.
[[nodiscard]] OyezHearing parse_oyez_hearing(std::string_view content, std::string_view stem);

}  // namespace recon
