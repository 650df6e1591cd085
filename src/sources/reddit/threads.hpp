#pragma once

#include "recon/sources/ingest_config.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record.hpp"

namespace recon {

/// The UTC day of a time in seconds since 1970, as `2011-01-31`.
[[nodiscard]] std::string utc_day(std::int64_t seconds);

/// The users whose comments end threads, by name. Several of one name (a person in two periods) are one.
class RedditUsers {
 public:
  explicit RedditUsers(const std::vector<UserConfig>& users);
  /// The number of an author; nullopt for one who is no user.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view author) const;
  /// Whether a comment of that day can be a target: true where the day is unknown (empty).
  [[nodiscard]] bool wants(std::uint32_t user, const std::string& day) const;
  /// Whether a comment of `day` stays a target inside a session of `session_day`.
  [[nodiscard]] bool wants_as_well(std::uint32_t user, const std::string& day,
                                   const std::string& session_day) const;

 private:
  struct Named {
    std::string name;
    std::vector<UserConfig> users;
  };
  std::vector<Named> names_;  ///< sorted
};

/// What a thread's shape depends on, of one comment or post; the texts lie elsewhere.
struct ThreadEntry {
  static constexpr std::uint32_t no_user = UINT32_MAX;

  RedditName name;
  RedditName parent;  ///< of a comment
  std::optional<std::int64_t> created;
  std::uint64_t sequence = 0;  ///< in the order of the source
  std::uint64_t offset = 0;    ///< of its texts in the spool: author, title, text
  std::uint32_t author_bytes = 0, title_bytes = 0, text_bytes = 0;
  std::uint32_t code_points = 0;   ///< of the turn that it becomes
  std::uint32_t post = 0;          ///< number of its root post
  std::uint32_t user = no_user;    ///< who wrote it, where its author's comments are wanted
  bool is_deleted = false;         ///< its text is deleted or removed
  bool author_deleted = false;     ///< by its author, as the source says
  bool has_removal_title = false;  ///< of a post
};

/// What the paper's rules look at.
struct ThreadFacts {
  bool root_is_deleted = false;
  bool root_has_removal_title = false;
  bool has_deleted_turn = false;  ///< of somebody else, above the last one
  std::size_t turns = 0;
  std::size_t code_points = 0;  ///< of all turns
};

/// Why the paper's five rules (B.2) discard a thread; empty where they keep it.
[[nodiscard]] std::string_view discard_reason(const ThreadFacts& facts);

/// The order that PostThreads needs: by post, name and sequence.
[[nodiscard]] bool comes_before(const ThreadEntry& a, const ThreadEntry& b);

/// The threads under one post: one for each comment of a user, by walking its parents to the root post, less
/// what the rules discard; of the rest, none that is the beginning of another one.
class PostThreads {
 public:
  /// `entries` are those of one post, in the order of comes_before. Of several with one name the first counts
  /// that says that its author deleted it, else the first with a text. Takes time in proportion to the
  /// entries (times log) and to the threads' turns.
  PostThreads(std::vector<ThreadEntry> entries, const RedditName& post, const RedditUsers& users);

  /// Indices of the comments that end a thread, in byte order of their ids.
  [[nodiscard]] const std::vector<std::size_t>& ends() const { return ends_; }
  /// The turns of the thread that ends there, from the root post on. Deleted ones among them are of who wrote
  /// the last one.
  [[nodiscard]] std::vector<std::size_t> thread(std::size_t end) const;
  [[nodiscard]] const ThreadEntry& entry(std::size_t index) const { return entries_[index]; }
  [[nodiscard]] const std::map<std::string, std::size_t>& skips() const { return skips_; }
  /// Names of what threads need and the source does not hold.
  [[nodiscard]] const std::vector<RedditName>& missing() const { return missing_; }

 private:
  /// What lies between the root post and an entry, the entry included.
  struct Path {
    enum class State : std::uint8_t { unknown, being_walked, known };
    enum class Flaw : std::uint8_t { none, deleted, missing, loop };
    State state = State::unknown;
    Flaw flaw = Flaw::none;
    std::size_t turns = 0;
    std::size_t code_points = 0;
    RedditName missing;
    std::uint32_t deleted_of = ThreadEntry::no_user;  ///< whose turns are the deleted ones, without that flaw
  };
  static constexpr std::size_t nothing = SIZE_MAX;

  std::vector<ThreadEntry> entries_;  ///< one for each name
  RedditName post_;
  const RedditUsers* users_;
  std::optional<std::size_t> root_;
  std::vector<std::size_t> parents_;  ///< of each entry; `nothing` for the post and where it is missing
  std::vector<Path> paths_;
  std::vector<std::size_t> ends_;
  std::map<std::string, std::size_t> skips_;
  std::vector<RedditName> missing_;

  void keep_one_of_each_name();
  void find_parents();
  void walk(std::size_t index);
  static void add_deleted_turn(std::uint32_t user, Path& path);
  [[nodiscard]] Path path_above(std::size_t index) const;
  [[nodiscard]] bool is_end(std::size_t index);
  [[nodiscard]] bool is_kept(std::size_t index);
  void leave_out_beginnings(const std::vector<std::size_t>& kept);
  [[nodiscard]] std::string day(std::size_t index) const;
};

}  // namespace recon
