#include "recon/cli/command.hpp"
#include "recon/model/factory.hpp"

#include <cstdlib>

#include <unistd.h>

namespace {

/// The embedded engine's threads meet at barriers of libgomp, which by default spin there: on a machine that
/// has anything else to do that costs ten times the work. libgomp reads its setting before `main`, so it
/// takes a fresh start of the program to change it; where that fails, everything still works, only slower.
void let_waiting_threads_sleep(char** arguments) {
  constexpr const char* variable = "OMP_WAIT_POLICY";
  if (!recon::has_llama() || std::getenv(variable) != nullptr) return;
  if (setenv(variable, "passive", 0) == 0) execv("/proc/self/exe", arguments);
}

}  // namespace

int main(int argument_count, char** arguments, char** environment) {
  let_waiting_threads_sleep(arguments);
  return recon::run_program(argument_count, arguments, environment);
}
