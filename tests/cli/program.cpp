#include "program.hpp"

#include <cstdlib>

std::string program_under_test() {
  const char* other = std::getenv("RECON_TEST_PROGRAM");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return other != nullptr && *other != '\0' ? other : RECON_PROGRAM;
}
