#pragma once

#include <string>

/// The program that these tests run: the one built beside them, or another build that the environment
/// variable RECON_TEST_PROGRAM names (one without the embedded engine, say).
[[nodiscard]] std::string program_under_test();

/// Whether that program has the embedded engine.
[[nodiscard]] bool has_embedded_model();
