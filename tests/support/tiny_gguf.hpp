#pragma once

#include <cstdint>
#include <filesystem>

namespace recon {

/// Writes a model of the llama architecture with random weights that knows only bytes (and the pair "th"):
/// some 400 kB, 2 layers, ChatML, trained window 1,024. It talks nonsense, but the engine treats it like any
/// other model.
void write_tiny_gguf(const std::filesystem::path& path, std::uint64_t seed = 1);

}  // namespace recon
