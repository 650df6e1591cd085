#include "write_ahead_log.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace recon {
namespace {

// The format: https://www.sqlite.org/fileformat2.html#walformat
constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic_little_endian = 0x377f0682;
constexpr std::uint32_t magic_big_endian = 0x377f0683;
/// A log that another process begins anew while it is read is read again.
constexpr int most_attempts = 5;

using Header = std::array<char, header_bytes>;

struct Checksum {
  std::uint32_t first = 0, second = 0;
  bool operator==(const Checksum&) const = default;
};

std::uint32_t word_at(const char* bytes, bool little_endian) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return little_endian == (std::endian::native == std::endian::little) ? word : __builtin_bswap32(word);
}

std::uint32_t number_at(const char* bytes) { return word_at(bytes, false); }

Checksum checksum_at(const char* bytes) { return {number_at(bytes), number_at(bytes + 4)}; }

Checksum extended(Checksum sum, const char* bytes, std::size_t length, bool little_endian) {
  for (std::size_t i = 0; i + 8 <= length; i += 8) {
    sum.first += word_at(bytes + i, little_endian) + sum.second;
    sum.second += word_at(bytes + i + 4, little_endian) + sum.first;
  }
  return sum;
}

bool is_valid(const Header& header) {
  const std::uint32_t magic = number_at(header.data());
  if (magic != magic_little_endian && magic != magic_big_endian) return false;
  return extended({}, header.data(), 24, magic == magic_little_endian) == checksum_at(header.data() + 24);
}

std::optional<Header> read_header(std::ifstream& file) {
  Header header{};
  file.clear();
  file.seekg(0);
  file.read(header.data(), header_bytes);
  if (file.gcount() != static_cast<std::streamsize>(header_bytes)) return std::nullopt;
  return header;
}

/// The byte at which the damage begins, where a commit lies behind it that was synced. A commit is only
/// followed by a frame that continues its checksum when it was complete before that frame was written.
std::optional<std::uint64_t> synced_commit_behind_damage(std::ifstream& file, const Header& header) {
  const bool little_endian = number_at(header.data()) == magic_little_endian;
  const std::size_t frame_bytes = frame_header_bytes + number_at(header.data() + 8);
  std::string frame(frame_bytes, '\0');
  Checksum before = checksum_at(header.data() + 24);
  std::optional<std::uint64_t> damage;
  bool commit_before = false;  ///< the frame before was a commit of this log, behind the damage
  for (std::uint64_t at = header_bytes;; at += frame_bytes) {
    file.read(frame.data(), static_cast<std::streamsize>(frame_bytes));
    if (static_cast<std::size_t>(file.gcount()) != frame_bytes) return std::nullopt;
    const Checksum stored = checksum_at(frame.data() + 16);
    const bool of_this_log = std::equal(frame.data() + 8, frame.data() + 16, header.data() + 16);
    const Checksum computed =
        extended(extended(before, frame.data(), 8, little_endian), frame.data() + frame_header_bytes,
                 frame_bytes - frame_header_bytes, little_endian);
    const bool continues = of_this_log && computed == stored && number_at(frame.data()) != 0;
    if (damage && commit_before && continues) return damage;
    if (!damage && !continues) damage = at;
    commit_before = damage && of_this_log && number_at(frame.data() + 4) != 0;
    before = stored;
  }
}

}  // namespace

void check_store_log(const std::filesystem::path& store) {
  const std::filesystem::path path = store.string() + "-wal";
  std::ifstream file(path, std::ios::binary);
  if (!file) return;  // none, or SQLite will say why it can't be read
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const std::optional<Header> header = read_header(file);
    if (!header || *header == Header{}) return;
    const std::optional<std::uint64_t> damage =
        is_valid(*header) ? synced_commit_behind_damage(file, *header) : std::optional<std::uint64_t>(0);
    if (!damage) return;
    if (read_header(file) != header) continue;
    throw RunError(fmt::format(
        "{}: the log of the response store is damaged at byte {}, so that answers stored after it would be "
        "lost: restore a copy of {} and of this file together, or move this file away to go on without its "
        "answers (they are asked again)",
        path.string(), *damage, store.string()));
  }
}

}  // namespace recon
