#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace recon {

struct LineChunkSizes {
  std::size_t block_bytes = std::size_t{1} << 20;    ///< of a block of shorter lines
  std::size_t longest_line = std::size_t{16} << 20;  ///< a longer one is left out, and said
};

/// Whole lines of a file, one after the other.
struct LineChunk {
  /// So many bytes after the end of `text` can be read too, as a parser may want to.
  static constexpr std::size_t padding = 64;

  std::size_t first_line = 1;  ///< number of the first line, 1-based
  std::size_t lines = 0;
  std::string_view text;  ///< every line with its line feed, but perhaps the file's last
  bool too_long = false;  ///< instead: one line of more than `longest_line` bytes, and only its beginning
};

/// Reads the lines of a file, plain or zstd-compressed (by the ending ".zst", windows of up to 2^31 bytes),
/// in large blocks. A thread of its own reads and decompresses a few blocks ahead of the caller, so that
/// both work at once; memory stays at a few blocks.
class ChunkedLineReader {
 public:
  explicit ChunkedLineReader(const std::filesystem::path& path, LineChunkSizes sizes = {});
  ~ChunkedLineReader();
  ChunkedLineReader(const ChunkedLineReader&) = delete;
  ChunkedLineReader& operator=(const ChunkedLineReader&) = delete;

  /// The next block; its text is valid until the next call. After the last block that could be read, throws
  /// RunError for a file that can't be opened, read or decompressed (one that is cut off, too: what was
  /// decompressed of its last line is left out). Throws Interrupted after a Ctrl-C, rather than wait for
  /// long.
  [[nodiscard]] std::optional<LineChunk> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole text of a file, plain or zstd-compressed; nullopt where it has more than `longest` bytes. Throws
/// RunError as ChunkedLineReader does.
[[nodiscard]] std::optional<std::string> read_text(const std::filesystem::path& path, std::size_t longest);

}  // namespace recon
