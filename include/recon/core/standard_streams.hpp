#pragma once

#include "recon/core/error.hpp"

#include <string_view>

namespace recon {

/// Nobody reads standard output any more (`recon stats | head`). No failure: caught once in `main`, which
/// says nothing and exits with 0.
class OutputClosed : public Error {
 public:
  OutputClosed() : Error(ExitCode::done, "standard output is closed") {}
};

/// To be called first of all: a closed pipe becomes a write error instead of a silent death, and streams that
/// the program was started without lead to /dev/null, so that no file that is opened later takes their place.
void prepare_standard_streams();

/// Data on standard output. Both throw OutputClosed where its reader has gone, RunError naming the reason
/// where it can't be written otherwise.
void write_standard_output(std::string_view data);
void flush_standard_output();

}  // namespace recon
