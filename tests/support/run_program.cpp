#include "run_program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "test_folder.hpp"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace recon::support {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// In the child: nothing but calls that are safe after fork.
[[noreturn]] void become(const char* folder, const std::filesystem::path& io, char** arguments,
                         char** environment) {
  const int in = ::open((io / "in").c_str(), O_RDONLY);
  const int out = ::open((io / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err = ::open((io / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (in < 0 || out < 0 || err < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0 ||
      ::chdir(folder) != 0) {
    _exit(127);
  }
  ::execve(arguments[0], arguments, environment);
  _exit(127);
}

}  // namespace

RunningProgram::RunningProgram(const ProgramCall& call) {
  std::string name = (std::filesystem::temp_directory_path() / "recon-program-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  folder_ = name;
  put(folder_ / "in", call.input);
  std::vector<std::string> arguments = {std::filesystem::absolute(call.program).string()};
  arguments.insert(arguments.end(), call.arguments.begin(), call.arguments.end());
  std::vector<std::string> environment;
  if (!call.environment.contains("PATH")) environment.emplace_back("PATH=/usr/bin:/bin");
  for (const char* inherited : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "OMP_NUM_THREADS"}) {
    if (const char* value = std::getenv(inherited))
      environment.push_back(std::string(inherited) + "=" + value);
  }
  // The locale of the program alone: in a locale of its own the C library leaks, which a sanitizer reports.
  for (const auto& [from, to] :
       {std::pair{"RECON_TEST_LC_ALL", "LC_ALL"}, {"RECON_TEST_LOCPATH", "LOCPATH"}}) {
    if (const char* value = std::getenv(from)) environment.push_back(std::string(to) + "=" + value);
  }
  for (const auto& [key, value] : call.environment) environment.push_back(key + "=" + value);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  process_ = ::fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ == 0) {
    become(call.folder.c_str(), folder_, const_cast<char**>(argument_pointers.data()),
           const_cast<char**>(environment_pointers.data()));
  }
}

RunningProgram::~RunningProgram() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void RunningProgram::send(int signal) const {
  if (::kill(process_, signal) != 0) throw std::system_error(errno, std::generic_category(), "kill");
}

ProgramResult RunningProgram::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  process_ = -1;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, slurp(folder_ / "out"), slurp(folder_ / "err")};
}

ProgramResult run_program(const ProgramCall& call) { return RunningProgram(call).wait(); }

}  // namespace recon::support
