#pragma once

#include <string>
#include <string_view>

namespace recon {

/// True for a text that stands where the real one was deleted or removed: "[deleted]", "[removed]",
/// "[unavailable]", "[ Removed by Reddit ]", "[deleted by user]" and their kin, whatever the case, the inner
/// spaces and the escapes of the brackets.
[[nodiscard]] bool is_removal_notice(std::string_view text);
/// A removal notice as a turn shows it: as the archive has it, without Markdown; "[removed]" for one that is
/// worded in another way than "[deleted]", "[removed]" or "[unavailable]", with or without who did it.
[[nodiscard]] std::string shown_notice(std::string_view notice);
/// True for such a notice that says that the author did it: "[deleted]", "[deleted by user]".
[[nodiscard]] bool is_deletion_notice(std::string_view text);
/// True where a title is such a notice, or holds one that says by whom.
[[nodiscard]] bool has_removal_notice(std::string_view title);
/// A text as its author wrote it: `&gt; &lt; &amp;`, which Reddit puts into what it gives out, decoded once;
/// characters that are not seen gone, as characters and as the entities that Reddit's editor leaves
/// (`&#x200B;`); unbreakable spaces spaces; trimmed. Everything else stays.
[[nodiscard]] std::string original_text(std::string_view archived);

}  // namespace recon
