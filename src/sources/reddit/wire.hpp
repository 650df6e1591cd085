#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What a download needs to know of one post or comment.
struct ArchivedItem {
  std::string id;                       ///< base 36, without "t1_" or "t3_"
  std::optional<std::int64_t> created;  ///< seconds since 1970
};

/// The items of an Arctic Shift reply: `{"data": [...]}`. Throws RunError for `{"error": ...}`, with what the
/// server said, and for anything else.
[[nodiscard]] std::vector<ArchivedItem> parse_archive_reply(std::string_view body);

/// True for `t1_` or `t3_` and an id in base 36.
[[nodiscard]] bool is_archive_name(std::string_view name);

}  // namespace recon
