#include "recon/core/interrupt.hpp"

#include "recon/core/error.hpp"

#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace recon {
namespace {

// A signal handler can reach nothing but a global; this is the only one of the program.
volatile std::sig_atomic_t interrupts = 0;

extern "C" void on_interrupt(int /*signal*/) {
  if (interrupts != 0) _exit(static_cast<int>(ExitCode::interrupted));
  interrupts = 1;
}

}  // namespace

void install_interrupt_handlers() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (sigaction(signal, &action, nullptr) != 0) throw RunError("signal handlers can't be installed");
  }
}

bool interrupt_requested() { return interrupts != 0; }

}  // namespace recon
