#include "recon/core/digest.hpp"

#include "recon/core/error.hpp"

#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace recon {

std::string Digest::hex() const {
  std::string text;
  text.reserve(64);
  for (const std::uint8_t byte : bytes_) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

Digest Digest::from_hex(std::string_view hex) {
  const auto value_of = [&](char digit) -> unsigned {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
    throw RunError(fmt::format("'{}' is no digest: expected 64 lower-case hexadecimal digits", hex));
  };
  std::array<std::uint8_t, 32> bytes{};
  if (hex.size() != 2 * bytes.size()) {
    throw RunError(fmt::format("'{}' is no digest: expected 64 lower-case hexadecimal digits", hex));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value_of(hex[2 * i]) * 16 + value_of(hex[2 * i + 1]));
  }
  return Digest(bytes);
}

std::size_t DigestHash::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.bytes().data(), sizeof hash);
  return hash;
}

namespace {

/// Looking it up by name anew for each digest would take longer than most digests.
const EVP_MD* sha256() {
  struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
  };
  static const std::unique_ptr<EVP_MD, Free> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return algorithm.get();
}

}  // namespace

struct DigestBuilder::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

DigestBuilder::DigestBuilder() : state_(std::make_unique<State>()) {
  if (!state_->context || sha256() == nullptr ||
      EVP_DigestInit_ex(state_->context.get(), sha256(), nullptr) != 1) {
    throw RunError("SHA-256 is not available from OpenSSL on this machine");
  }
}

DigestBuilder::~DigestBuilder() = default;

DigestBuilder& DigestBuilder::bytes(std::string_view data) {
  if (EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) != 1) {
    throw RunError("SHA-256 failed in OpenSSL");
  }
  return *this;
}

DigestBuilder& DigestBuilder::field(std::string_view data) { return number(data.size()).bytes(data); }

DigestBuilder& DigestBuilder::number(std::uint64_t value) {
  char little_endian[8];
  for (char& byte : little_endian) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes({little_endian, sizeof little_endian});
}

Digest DigestBuilder::finish() {
  std::array<std::uint8_t, 32> bytes{};
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &length) != 1 || length != bytes.size()) {
    throw RunError("SHA-256 failed in OpenSSL");
  }
  return Digest(bytes);
}

Digest digest_of(std::string_view data) { return DigestBuilder().bytes(data).finish(); }

Digest digest_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw RunError(fmt::format("{}: can't be opened for reading", path.string()));
  DigestBuilder builder;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    builder.bytes({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (file.bad()) throw RunError(fmt::format("{}: reading failed", path.string()));
  return builder.finish();
}

}  // namespace recon
