#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace recon {

using SpeakerNames = std::set<std::string, std::less<>>;

// What pages of transcripts say beside the talk.

/// Adds each NAME of a "The NAME Show".
void add_hosts(std::string_view text, SpeakerNames& hosts);
/// Whether a notice of the law begins so.
[[nodiscard]] bool begins_notice(std::string_view text);
/// A notice of the law, or a rule between paragraphs.
[[nodiscard]] bool is_notice(std::string_view text);
/// A heading of what a page adds around a talk.
[[nodiscard]] bool is_other_heading(std::string_view text);
/// Where something else begins that lasts until the next label: what the page adds at its end, or a sponsor's
/// block.
[[nodiscard]] bool begins_other_matter(std::string_view text);
/// After the last label, lines such as these are the page's and not the speaker's.
[[nodiscard]] bool begins_page_end(std::string_view text);

}  // namespace recon
