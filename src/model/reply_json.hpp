#pragma once

#include "recon/core/json.hpp"

#include <optional>
#include <string>

namespace recon {

/// A server's reply as JSON, read several times as fast as `Json::parse` does; nullopt where it is none.
[[nodiscard]] std::optional<Json> parse_reply_json(const std::string& body);

}  // namespace recon
