#pragma once

#include <vector>

#include "sitting.hpp"

namespace recon {

/// Replaces column numbers that stand glued between words of a sitting ("a matter954of fact") by pmq_gap,
/// where it is certain that they are: the number is one of the columns that the speech spans, or belongs to a
/// run of consecutive numbers, or stands between the letters of two words. A column number behind another
/// number
/// ("1335million") is known by the run it continues.
void mark_glued_columns(std::vector<PmqSection>& sections);

}  // namespace recon
