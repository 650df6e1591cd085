#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace recon {

/// Writes a neighbors file in which the test pairs share as few neighbours as can be: the most train pairs
/// that any embedding could retrieve. For bounding what traces would be synthesized for.
void write_spread_neighbors(const std::filesystem::path& pairs, const std::filesystem::path& neighbors,
                            std::size_t k, std::optional<std::size_t> limit, std::uint64_t seed);

}  // namespace recon
