#pragma once

#include "recon/core/files.hpp"
#include "recon/records/records.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace recon {

/// A turn by one of the users.
struct UserTurn {
  enum class Kind { target, excluded, without_context };
  std::size_t turn = 0;  ///< index in its session
  Kind kind = Kind::target;
  std::size_t words = 0;
  std::string id;  ///< Turn::id
};

/// What is known of a session whose text lies on disk.
struct IndexedSession {
  SessionId session_id;
  GroupId group;
  std::string date;
  std::size_t turns = 0;
  std::vector<std::vector<UserTurn>> user_turns;  ///< by user, in config order; empty where they don't speak
  std::uint64_t text_hash = 0;                    ///< SessionIndex::hash_of the words in the source
  std::uint64_t offset = 0;
  std::size_t length = 0;
};

/// Holds any number of sessions: their lines in a temporary file, and in memory only what is needed to divide
/// them.
class SessionIndex {
 public:
  /// Of all authors and texts.
  [[nodiscard]] static std::uint64_t hash_of(const Session& session);
  /// Adds a session. `text_hash` is that of its words as the source has them.
  void add(const Session& session, std::uint64_t text_hash, std::vector<std::vector<UserTurn>> user_turns);
  /// By id, whatever the order in which they came.
  void sort();
  /// Removes every session with one of these hashes; gives how many turns went.
  std::size_t drop_hashes(const std::unordered_set<std::uint64_t>& hashes);
  /// Removes every session whose turns are those of one before it; gives how many.
  std::size_t drop_duplicates();

  [[nodiscard]] const std::vector<IndexedSession>& sessions() const { return sessions_; }
  /// The session as a line of sessions.jsonl.
  [[nodiscard]] std::string line(const IndexedSession& session);
  [[nodiscard]] Session read(const IndexedSession& session);

 private:
  TemporaryFile lines_;
  std::vector<IndexedSession> sessions_;
};

}  // namespace recon
