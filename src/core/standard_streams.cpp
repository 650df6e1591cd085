#include "recon/core/standard_streams.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace recon {
namespace {

[[noreturn]] void fail(int error_number) {
  if (error_number == EPIPE) throw OutputClosed();
  throw RunError(fmt::format("standard output: can't be written: {}", system_error_text(error_number)));
}

}  // namespace

void prepare_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest free number is taken: those below are open already.
    if (::fcntl(stream, F_GETFD) == -1 && ::open("/dev/null", O_RDWR) == -1)
      throw RunError("a standard stream is closed, and /dev/null can't be opened in its place");
  }
  // A limit on the size of files is a write error with a message as well.
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    if (std::signal(signal, SIG_IGN) == SIG_ERR) throw RunError("signal handlers can't be installed");
  }
}

void write_standard_output(std::string_view data) {
  if (std::fwrite(data.data(), 1, data.size(), stdout) != data.size()) fail(errno);
}

void flush_standard_output() {
  if (std::fflush(stdout) != 0) fail(errno);
}

}  // namespace recon
