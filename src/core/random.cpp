#include "recon/core/random.hpp"

#include "recon/core/digest.hpp"

#include <bit>
#include <stdexcept>

namespace recon {

KeyedRandom::KeyedRandom(std::uint64_t seed, std::string_view purpose, std::string_view record_id) {
  const Digest key = DigestBuilder().number(seed).field(purpose).field(record_id).finish();
  for (std::size_t word = 0; word < 4; ++word) {
    for (std::size_t byte = 0; byte < 8; ++byte) {
      state_[word] |= static_cast<std::uint64_t>(key.bytes()[8 * word + byte]) << (8 * byte);
    }
  }
}

std::uint64_t KeyedRandom::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t KeyedRandom::below(std::uint64_t bound) {
  if (bound == 0) throw std::invalid_argument("KeyedRandom::below: the bound must be positive");
  // Draws under the largest multiple of the bound only, so that no remainder is favoured.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t drawn = next();
  while (drawn >= limit) drawn = next();
  return drawn % bound;
}

double KeyedRandom::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

}  // namespace recon
