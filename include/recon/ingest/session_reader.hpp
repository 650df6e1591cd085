#pragma once

#include "recon/core/log.hpp"
#include "recon/core/records.hpp"
#include "recon/ingest/ingest_config.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// Reads the sessions of one source, one after the other, in an order that depends on the source's content
/// alone. Every session given has an id of its own, at least one turn, an author in every turn and an ISO
/// date or none. What can't be read is a Reject (key = file name, or file:line); what is no session by design
/// (a case file, a null transcript) is a counted skip.
class SessionReader {
 public:
  virtual ~SessionReader() = default;
  [[nodiscard]] virtual std::optional<Session> next() = 0;
  [[nodiscard]] virtual const std::vector<Reject>& rejects() const = 0;
  /// Reason -> how many.
  [[nodiscard]] virtual const std::map<std::string, std::size_t>& skips() const = 0;
};

/// Throws RunError when the source's path is missing or holds nothing to read, UsageError for an unknown
/// domain.
[[nodiscard]] std::unique_ptr<SessionReader> make_session_reader(const SourceConfig& config);

}  // namespace recon
