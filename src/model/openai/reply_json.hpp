#pragma once

#include "recon/core/json.hpp"

#include <optional>
#include <string>

namespace recon {

/// A server's reply as JSON, the same value as from `Json::parse` several times as fast; nullopt where it is
/// none. What the fast parser refuses is parsed a second time by `Json::parse`, which has the last word: it
/// takes deeper nesting and larger numbers.
[[nodiscard]] std::optional<Json> parse_reply_json(const std::string& body);

/// The value of a key, or null where `value` is no object or lacks it.
[[nodiscard]] const Json& at(const Json& value, const char* key);

}  // namespace recon
