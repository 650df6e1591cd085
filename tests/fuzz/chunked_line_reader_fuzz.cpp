#include "recon/core/jsonl.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "chunked_line_reader.hpp"
#include "fuzz_input.hpp"
#include <unistd.h>

namespace {

using namespace recon;

std::vector<std::string> lines_of_blocks(const std::filesystem::path& path, bool& whole) {
  std::vector<std::string> lines;
  LineChunkSizes sizes;
  sizes.block_bytes = 64;  // many blocks even for short inputs
  try {
    ChunkedLineReader blocks(path, sizes);
    while (const auto block = blocks.next()) {
      fuzz::expect(!block->too_long, "no input is longer than the longest line");
      for (std::string_view text = block->text; !text.empty();) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.emplace_back(line);
      }
    }
    whole = true;
  } catch (const RunError&) {
    whole = false;
  }
  return lines;
}

std::vector<std::string> lines_of_reader(const std::filesystem::path& path, bool& whole) {
  std::vector<std::string> lines;
  try {
    LineReader reader(path);
    while (auto line = reader.next()) lines.push_back(std::move(line->text));
    whole = true;
  } catch (const RunError&) {
    whole = false;
  }
  return lines;
}

void check(const std::filesystem::path& path) {
  bool blocks_whole = false, reader_whole = false;
  const auto blocks = lines_of_blocks(path, blocks_whole);
  const auto reader = lines_of_reader(path, reader_whole);
  fuzz::expect(blocks_whole == reader_whole, "both readers refuse the same files");
  if (blocks_whole) fuzz::expect(blocks == reader, "both readers see the same lines");
}

}  // namespace

/// The two readers of lines agree on every file, as it is and taken for a compressed one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;
  for (const char* ending : {".jsonl", ".jsonl.zst"}) {
    const auto path =
        std::filesystem::temp_directory_path() / ("recon-fuzz-" + std::to_string(getpid()) + ending);
    std::ofstream(path, std::ios::binary) << fuzz::text_of(data, size);
    check(path);
    std::filesystem::remove(path);
  }
  return 0;
}
