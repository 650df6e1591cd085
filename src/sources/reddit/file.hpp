#pragma once

#include "recon/records/subject.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "record.hpp"

namespace recon {

/// What a file's name says of it.
enum class RedditFileForm {
  lines,                 ///< one record or body a line
  json,                  ///< one body, perhaps on several lines, or the same
  compressed_otherwise,  ///< not by zstd
  other,
};

[[nodiscard]] RedditFileForm reddit_file_form(const std::filesystem::path& file);

/// What a file held; the same however often it is read.
struct RedditFileCounts {
  std::size_t lines = 0, records = 0, problems = 0;
  bool operator==(const RedditFileCounts&) const = default;
};

struct RedditFileUse {
  std::function<void(const RedditRecord&)> record;
  /// File and line, error and the beginning of the text that could not be read.
  std::function<void(Subject place, std::string error, std::string_view raw)> problem;
};

/// Gives every record of a file to `use`, and everything that can't be read: a line, an item of a body, what
/// follows where the file is cut off. After a thousand problems one more says how many there were. Throws
/// Interrupted after a Ctrl-C.
RedditFileCounts read_reddit_file(const std::filesystem::path& path, const std::string& key,
                                  RedditParser& parser, const RedditFileUse& use);

}  // namespace recon
