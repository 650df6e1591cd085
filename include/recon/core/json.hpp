#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace recon {

/// JSON whose objects keep the order in which fields were set, so that files read as the design lists them.
using Json = nlohmann::ordered_json;

/// One line of compact JSON with sorted keys: equal values give equal bytes. Used for digests.
[[nodiscard]] inline std::string canonical_json(const Json& value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::strict);
}

}  // namespace recon
