#pragma once

#include <nlohmann/json_fwd.hpp>

namespace recon {
using Json = nlohmann::ordered_json;
}
