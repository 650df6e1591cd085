#include "recon/ingest/session_index.hpp"

#include "recon/core/json.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "session_line.hpp"

namespace recon {

namespace {

bool same_words(const Session& a, const Session& b) {
  return std::equal(a.turns.begin(), a.turns.end(), b.turns.begin(), b.turns.end(),
                    [](const Turn& x, const Turn& y) { return x.author == y.author && x.text == y.text; });
}

}  // namespace

std::uint64_t SessionIndex::hash_of(const Session& session) {
  std::uint64_t hash = session.turns.size();
  const auto add = [&](std::string_view text) {
    // The golden ratio's bits spread what is alike.
    hash = (hash ^ std::hash<std::string_view>{}(text)) * 0x9e3779b97f4a7c15U;
  };
  for (const Turn& turn : session.turns) {
    add(turn.author);
    add(turn.text);
  }
  return hash;
}

void SessionIndex::add(const Session& session, std::uint64_t text_hash,
                       std::vector<std::vector<UserTurn>> user_turns) {
  const std::string line = session_line(session);
  IndexedSession indexed;
  indexed.session_id = session.session_id;
  indexed.group = session.group;
  indexed.date = session.date;
  indexed.turns = session.turns.size();
  indexed.user_turns = std::move(user_turns);
  indexed.text_hash = text_hash;
  indexed.offset = lines_.append(line);
  indexed.length = line.size();
  sessions_.push_back(std::move(indexed));
}

void SessionIndex::sort() {
  std::sort(sessions_.begin(), sessions_.end(),
            [](const IndexedSession& a, const IndexedSession& b) { return a.session_id < b.session_id; });
}

std::size_t SessionIndex::drop_hashes(const std::unordered_set<std::uint64_t>& hashes) {
  std::size_t turns = 0;
  std::erase_if(sessions_, [&](const IndexedSession& session) {
    if (!hashes.contains(session.text_hash)) return false;
    turns += session.turns;
    return true;
  });
  return turns;
}

std::size_t SessionIndex::drop_duplicates() {
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> kept;  // by hash: places in `unique`
  std::vector<IndexedSession> unique;
  std::size_t dropped = 0;
  for (IndexedSession& session : sessions_) {
    std::vector<std::size_t>& alike = kept[session.text_hash];
    // Equal hashes are only a hint.
    const bool known = !alike.empty() && std::any_of(alike.begin(), alike.end(), [&](std::size_t place) {
      return same_words(read(unique[place]), read(session));
    });
    if (known) {
      ++dropped;
      continue;
    }
    alike.push_back(unique.size());
    unique.push_back(std::move(session));
  }
  sessions_ = std::move(unique);
  return dropped;
}

std::string SessionIndex::line(const IndexedSession& session) {
  return lines_.read(session.offset, session.length);
}

Session SessionIndex::read(const IndexedSession& session) {
  return Session::from_json(Json::parse(line(session)));
}

}  // namespace recon
