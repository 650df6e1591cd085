#pragma once

#include "recon/records/records.hpp"

#include <string>

namespace recon {

/// The bytes of `session.to_json().dump()`, made many times faster: ingest writes gigabytes of them. Throws
/// RunError for a text that is no valid UTF-8.
[[nodiscard]] std::string session_line(const Session& session);

}  // namespace recon
