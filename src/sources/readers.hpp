#pragma once

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/text.hpp"
#include "recon/sources/session_reader.hpp"
#include "recon/sources/source_kinds.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

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

  /// Rejects that are kept; one more says how many there were.
  static constexpr std::size_t most_rejects = 10'000;

  void reject(std::string file, const std::string& error, std::string_view raw = {}) {
    reject(Subject::of_file(std::move(file)), error, raw);
  }
  void reject(Subject subject, const std::string& error, std::string_view raw = {}) {
    ++rejected_;
    if (rejects_.size() < most_rejects) {
      rejects_.push_back({"ingest",
                          std::move(subject),
                          {unreadable(shortened(error))},
                          replace_invalid_utf8(raw.substr(0, longest_raw))});
      return;
    }
    if (rejects_.size() == most_rejects)
      rejects_.push_back({"ingest", Subject::of_item("(more)"), {unreadable("")}, {}});
    rejects_.back().causes.front().message = fmt::format(
        "{} were rejected, of which the first {} are listed; look whether source.path and source.domain fit",
        rejected_, most_rejects);
  }
  /// To be called between files or lines that give no session.
  static void stop_if_interrupted() {
    if (interrupt_requested()) {
      throw Interrupted("interrupted while reading the source; nothing was written");
    }
  }
  void skip(const std::string& reason, std::size_t count = 1) {
    if (count > 0) skips_[reason] += count;
  }
  /// Remembers the id; false where a session of that id was given before.
  [[nodiscard]] bool is_new(const SessionId& id) { return ids_.insert(id).second; }

 private:
  std::vector<Reject> rejects_;
  std::size_t rejected_ = 0;
  std::map<std::string, std::size_t> skips_;
  std::set<SessionId> ids_;

  static RejectCause unreadable(std::string message) {
    return {to_string(RecordFault::unreadable), std::move(message)};
  }
  /// An error may quote what was found, whatever its length.
  static std::string shortened(const std::string& error) {
    constexpr std::size_t longest = 2000;
    return error.size() <= longest ? error : replace_invalid_utf8(error.substr(0, longest)) + " ...";
  }
};

}  // namespace recon
