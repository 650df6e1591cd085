#include "recon/cli/command.hpp"
#include "recon/model/factory.hpp"

#include <cstdlib>

#include <unistd.h>

namespace {

/// The embedded engine's threads meet at barriers of libgomp many times a token. By default they spin there,
/// which on a machine that has anything else to do costs ten times the work; asleep at once they lose a third
/// on an idle one. A short spin before sleeping is good for both. libgomp reads its settings before `main`,
/// so it takes a fresh start of the program to change them; where that fails, everything still works, only
/// slower.
void let_waiting_threads_sleep(char** arguments) {
  constexpr const char* policy = "OMP_WAIT_POLICY";
  constexpr const char* spins = "GOMP_SPINCOUNT";
  if (!recon::has_llama() || std::getenv(policy) != nullptr || std::getenv(spins) != nullptr) return;
  if (setenv(policy, "passive", 0) == 0 && setenv(spins, "30000", 0) == 0) execv("/proc/self/exe", arguments);
}

}  // namespace

int main(int argument_count, char** arguments, char** environment) {
  let_waiting_threads_sleep(arguments);
  return recon::run_program(argument_count, arguments, environment);
}
