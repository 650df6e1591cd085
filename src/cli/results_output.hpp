#pragma once

#include <filesystem>

namespace recon {

/// Prints the table of a results.json on standard output.
void print_results(const std::filesystem::path& results);

}  // namespace recon
