#include "recon/ingest/session_reader.hpp"

#include "recon/core/error.hpp"

#include "readers.hpp"
#include <fmt/format.h>

namespace recon {

std::unique_ptr<SessionReader> make_session_reader(const SourceConfig& config) {
  if (config.domain == "scotus") return make_oyez_reader(config);
  if (config.domain == "sessions") return make_sessions_reader(config);
  throw UsageError(
      fmt::format("source.domain: no reader for '{}'; known are scotus and sessions", config.domain));
}

}  // namespace recon
