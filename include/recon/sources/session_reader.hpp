#pragma once

#include "recon/records/records.hpp"
#include "recon/sources/ingest_config.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// Reads the sessions of one source, one after the other, in an order that depends on the source's content
/// alone. Every session given has an id of its own, at least one turn, an author in every turn and an ISO
/// date or none. What can't be read is a Reject (key = file name, or file:line); what is no session by design
/// (a case file, a null transcript) is a counted skip. Memory does not grow with the size of the source.
class SessionReader {
 public:
  virtual ~SessionReader() = default;
  [[nodiscard]] virtual std::optional<Session> next() = 0;
  [[nodiscard]] virtual const std::vector<Reject>& rejects() const = 0;
  /// Reason -> how many.
  [[nodiscard]] virtual const std::map<std::string, std::size_t>& skips() const = 0;
  /// Items that sessions need and the source does not hold, by their full names in the source's own words
  /// (reddit: `t1_...`, `t3_...`), sorted; complete after the last session. `recon download` fetches them.
  [[nodiscard]] virtual std::vector<std::string> missing() const { return {}; }
};

/// Reads `config.path` as the source's kind says (source_kinds.hpp). `users` are those whose turns matter: a
/// reader may leave out sessions in which none of them speaks. Throws RunError when the path is missing or
/// holds nothing to read, UsageError for an unknown domain.
[[nodiscard]] std::unique_ptr<SessionReader> make_session_reader(const SourceConfig& config,
                                                                 const std::vector<UserConfig>& users = {});

}  // namespace recon
