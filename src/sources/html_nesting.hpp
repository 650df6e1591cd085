#pragma once

#include <string_view>

namespace recon {

/// The HTML parser has no limits of its own: its time grows with the depth of the tree for every tag, and
/// formatting that is never ended is put into every later paragraph again. This looks through a page before
/// it, in linear time, and counts what is open; where it errs on a malformed page, it counts too much. Throws
/// RunError for more than 256 elements inside one another, 16 different open elements of formatting, 256
/// attributes in a tag or 300,000 elements and attributes in all. Real pages keep to a tenth of that.
void check_html_nesting(std::string_view content);

}  // namespace recon
