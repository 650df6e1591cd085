#pragma once

#include "recon/core/json.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace recon {

/// What a server replied, as one JSON value: chunks of an event stream or lines of JSON are put together
/// though nothing was asked to stream. Its strings may hold bytes that are no text where something was
/// repaired; see `mend_text`.
struct ReplyBody {
  Json json;
  std::int64_t repaired = 0;  ///< places that were no JSON, and framing that nobody asked for
};

/// Why a body can't be read, for people.
struct UnreadableBody {
  std::string why;
};

/// A clean body is read as fast as `parse_reply_json` reads; only what that refuses is looked at more
/// closely.
[[nodiscard]] std::variant<ReplyBody, UnreadableBody> read_reply_body(const std::string& body);

}  // namespace recon
