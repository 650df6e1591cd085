#pragma once

#include "recon/core/text.hpp"
#include "recon/ingest/session_reader.hpp"
#include "recon/ingest/source_kinds.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

// One function a source, each in the file of its reader; source_kinds.cpp lists them.
[[nodiscard]] SourceKind oyez_source();
[[nodiscard]] SourceKind pmq_source();
[[nodiscard]] SourceKind podcast_source();
[[nodiscard]] SourceKind reddit_source();
[[nodiscard]] SourceKind sessions_source();

/// What every reader keeps: rejects, skips and the ids given so far.
class CountingReader : public SessionReader {
 public:
  [[nodiscard]] const std::vector<Reject>& rejects() const override { return rejects_; }
  [[nodiscard]] const std::map<std::string, std::size_t>& skips() const override { return skips_; }

 protected:
  /// Bytes of bad input that a reject keeps.
  static constexpr std::size_t longest_raw = 300;

  void reject(std::string key, std::string error, std::string_view raw = {}) {
    rejects_.push_back(
        {"ingest", std::move(key), std::move(error), replace_invalid_utf8(raw.substr(0, longest_raw))});
  }
  void skip(const std::string& reason, std::size_t count = 1) {
    if (count > 0) skips_[reason] += count;
  }
  /// Remembers the id; false where a session of that id was given before.
  [[nodiscard]] bool is_new(const SessionId& id) { return ids_.insert(id).second; }

 private:
  std::vector<Reject> rejects_;
  std::map<std::string, std::size_t> skips_;
  std::set<SessionId> ids_;
};

}  // namespace recon
