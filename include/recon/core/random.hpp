#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace recon {

/// A random number generator keyed by (seed, purpose, record id), so that no choice depends on what else
/// runs. xoshiro256** (Blackman and Vigna) seeded from SHA-256 of the key; own bounded draw and shuffle, so
/// that the numbers are the same with every standard library.
class KeyedRandom {
 public:
  KeyedRandom(std::uint64_t seed, std::string_view purpose, std::string_view record_id);

  [[nodiscard]] std::uint64_t next();
  /// Uniform in [0, bound), without bias. `bound` must be positive.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1), 53 bits.
  [[nodiscard]] double uniform();
  [[nodiscard]] bool coin() { return below(2) == 1; }

  /// Fisher-Yates; every order equally likely.
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(i)]);
    }
  }

 private:
  std::uint64_t state_[4] = {};
};

}  // namespace recon
