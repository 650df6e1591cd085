#pragma once

#include <string_view>
#include <vector>

#include "sitting.hpp"

namespace recon {

/// Parses one day of ParlParse's Commons debates (`debatesYYYY-MM-DDx.xml`) and gives the sections below each
/// heading "Prime Minister" and, marked as later, those of the rest of the day: a heading that was read out
/// in an answer stands there as one of the House. None where the House put no questions to the Prime
/// Minister. `date` is the day that the file's name says. Throws RunError for what is no such file. Nothing
/// outside the file is loaded, and entities that are more than a few characters are refused.
[[nodiscard]] std::vector<PmqSection> parse_parlparse_sitting(std::string_view content,
                                                              std::string_view date);

}  // namespace recon
