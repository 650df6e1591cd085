#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recon::support {

/// Deterministic material for planted answers. None of it uses the program's own hashing or counting, so that
/// a mistake there cannot hide itself.
[[nodiscard]] std::uint64_t hash_of(std::string_view text);
[[nodiscard]] std::uint64_t mixed(std::uint64_t hash, std::uint64_t value);
/// A number in [0, 1) from a hash.
[[nodiscard]] double unit_interval(std::uint64_t hash);
/// Between `least` and `most` everyday words.
[[nodiscard]] std::string filler(std::uint64_t hash, std::size_t least, std::size_t most);
/// Code points of valid UTF-8.
[[nodiscard]] std::size_t code_points(std::string_view text);
/// Splits as tokenizers do: runs of at most six ASCII letters or digits, with the space before them; else
/// single code points. The pieces joined are the text.
[[nodiscard]] std::vector<std::string> planted_tokens(std::string_view text);
/// A unit vector of hashed words, 32 wide: texts that share words are near each other.
[[nodiscard]] std::vector<double> planted_embedding(std::string_view text);

}  // namespace recon::support
