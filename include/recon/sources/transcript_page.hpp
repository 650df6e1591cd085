#pragma once

#include <string_view>

namespace recon {

/// Whether a file with this content is a transcript for the podcast reader. It is not where a site answered
/// with something else: a check of the browser, a notice, a page without its text.
[[nodiscard]] bool holds_transcript(std::string_view content);

}  // namespace recon
