#pragma once

#include <stdexcept>
#include <string>

namespace recon {

/// Exit codes of the program, the same for every command.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,     ///< wrong usage or a wrong config
  rejected = 3,  ///< done, but some records were rejected
  budget = 4,    ///< the budget was reached
  locked = 5,    ///< another process uses the run directory or the store
  interrupted = 130,
};

/// The one family of exceptions: caught once in `main`, which prints `what()` and exits with `exit_code()`.
/// The message names the file, the line, what was found, what was expected and what to do.
/// A *record* that fails is no exception but a `Reject` (records.hpp).
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode exit_code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// The work could not be done: a missing or malformed file, an unreachable server, a full disk. Exit 1.
class RunError : public Error {
 public:
  explicit RunError(const std::string& message) : Error(ExitCode::failed, message) {}

 protected:
  RunError(ExitCode code, const std::string& message) : Error(code, message) {}
};

/// Another process uses the run directory or the store: the message says which, who, and what to do. Exit 5.
class LockedError : public RunError {
 public:
  explicit LockedError(const std::string& message) : RunError(ExitCode::locked, message) {}
};

/// Wrong command line or config. Exit 2.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

/// The user asked to stop; everything answered so far is stored. Exit 130.
class Interrupted : public Error {
 public:
  explicit Interrupted(const std::string& message) : Error(ExitCode::interrupted, message) {}
};

/// The next call could exceed the budget; everything answered so far is stored. Exit 4.
class BudgetReached : public Error {
 public:
  explicit BudgetReached(const std::string& message) : Error(ExitCode::budget, message) {}
};

/// `strerror` for `errno` values, thread-safe.
[[nodiscard]] std::string system_error_text(int error_number);

}  // namespace recon
