#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

enum class RedditKind : std::uint8_t { comment, post };

/// What Reddit calls a full name: `t1_...` of a comment, `t3_...` of a post. The number is the id's, which is
/// written in base 36.
struct RedditName {
  RedditKind kind = RedditKind::comment;
  std::uint64_t id = 0;
  auto operator<=>(const RedditName&) const =
      default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

/// The number of an id; nullopt for what is none (12 digits at most: Reddit's have 7).
[[nodiscard]] std::optional<std::uint64_t> reddit_id_number(std::string_view id);
/// An id as Reddit writes it.
[[nodiscard]] std::string reddit_id(std::uint64_t number);
[[nodiscard]] std::string full_name(const RedditName& name);

/// A comment or post as an archive holds it. The texts are the archive's own (with entities, not trimmed) and
/// lie in the memory of the parser that gave the record.
struct RedditRecord {
  RedditName name;
  std::uint64_t post = 0;               ///< the root post's id (a post's own)
  RedditName parent;                    ///< of a comment
  std::string_view author;              ///< "[deleted]" where the archive has none
  std::string_view subreddit;           ///< empty where the archive has none
  std::string_view title;               ///< of a post
  std::string_view text;                ///< body or selftext
  std::optional<std::int64_t> created;  ///< in seconds since 1970
  bool withdrawn = false;               ///< deleted or removed, as the archive says beside the text
  bool author_deleted = false;          ///< it says so of the author
};

/// What a JSON text holds.
struct RedditRecords {
  /// An item of a list that could not be read.
  struct Problem {
    std::size_t item = 0;  ///< 0-based, lists inside lists counted through
    std::string error;
  };
  static constexpr std::size_t most_problems = 1000;

  std::vector<RedditRecord> records;
  std::vector<Problem> problems;  ///< at most `most_problems`
  std::size_t more_problems = 0;
};

/// Parses the lines of Arctic Shift and Pushshift dumps and the bodies of their APIs, with the field types of
/// any month. Keeps its memory from text to text.
class RedditParser {
 public:
  RedditParser();
  ~RedditParser();
  RedditParser(const RedditParser&) = delete;
  RedditParser& operator=(const RedditParser&) = delete;

  /// One record; a body ({"data": [...]}), list or listing of records, with the replies that a listing has
  /// inside its comments. The result is valid until the next call. Throws RunError for what is no JSON or
  /// holds no record; a record of a list that can't be read is a problem. `readable_past_end`: that many
  /// bytes after the end of `json` may be read; the text is copied where they are too few.
  [[nodiscard]] const RedditRecords& parse(std::string_view json, std::size_t readable_past_end = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon
