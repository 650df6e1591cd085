#pragma once

#include <filesystem>

namespace recon {

/// Writes the GGUF model `input` with 8-bit weights (Q8_0) to `output`, which appears only when complete. An
/// input that is quantized already is allowed: it keeps its quality and gains speed where its own form is
/// slow (Q4_1). Throws RunError for an input that is no model and for an output that can't be written,
/// UsageError when the program was built without the engine.
void quantize_model(const std::filesystem::path& input, const std::filesystem::path& output);

}  // namespace recon
