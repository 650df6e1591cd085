#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace recon::support {

/// How a program ended and what it printed.
struct ProgramResult {
  int exit_code = -1;  ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

/// What a program is run with.
struct ProgramCall {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment =
      {};  ///< in addition to PATH and what sanitizers need; nothing else is inherited
  std::filesystem::path folder = ".";
  std::string input = {};  ///< standard input
};

/// A program that is running, its output going to files in a folder of its own.
class RunningProgram {
 public:
  explicit RunningProgram(const ProgramCall& call);
  /// Kills it when it still runs.
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void send(int signal) const;
  /// Waits until it ends.
  [[nodiscard]] ProgramResult wait();

 private:
  std::filesystem::path folder_;
  pid_t process_ = -1;
};

/// Runs a program to its end.
[[nodiscard]] ProgramResult run_program(const ProgramCall& call);

}  // namespace recon::support
