#include "program.hpp"

#include <cstdlib>

#include "run_program.hpp"

std::string program_under_test() {
  const char* other = std::getenv("RECON_TEST_PROGRAM");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return other != nullptr && *other != '\0' ? other : RECON_PROGRAM;
}

bool has_embedded_model() {
  const recon::support::ProgramResult version =
      recon::support::run_program({program_under_test(), {"--version"}});
  return version.out.find("embedded model") != std::string::npos;
}
