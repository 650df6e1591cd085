#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace recon {

/// A SHA-256 digest.
class Digest {
 public:
  Digest() = default;
  explicit Digest(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes) {}
  [[nodiscard]] const std::array<std::uint8_t, 32>& bytes() const { return bytes_; }
  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
  /// The inverse of `hex`; throws RunError for anything else.
  [[nodiscard]] static Digest from_hex(std::string_view hex);
  auto operator<=>(const Digest&) const = default;

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept;
};

/// Incremental SHA-256. `field` adds a length prefix first, so that ("ab","c") and ("a","bc") differ.
class DigestBuilder {
 public:
  DigestBuilder();
  ~DigestBuilder();
  DigestBuilder(const DigestBuilder&) = delete;
  DigestBuilder& operator=(const DigestBuilder&) = delete;

  DigestBuilder& bytes(std::string_view data);
  DigestBuilder& field(std::string_view data);
  DigestBuilder& number(std::uint64_t value);
  /// Ends the computation; the builder may not be used afterwards.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Digest digest_of(std::string_view data);
/// Throws RunError when the file can't be read.
[[nodiscard]] Digest digest_of_file(const std::filesystem::path& path);

}  // namespace recon
