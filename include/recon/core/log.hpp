#pragma once

#include "recon/core/json_fwd.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace recon {

/// `silent` leaves out all but errors, `quiet` all but warnings and errors.
enum class LogLevel { silent, quiet, normal, verbose };
enum class LogFormat { text, json };

/// Everything the program says, on standard error: lines, and one progress line that is redrawn on a terminal
/// and printed from time to time elsewhere. Safe to use from several threads (a mutex inside owns the
/// stream).
class Log {
 public:
  Log(LogLevel level, LogFormat format);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void error(std::string_view message);
  void warning(std::string_view message);
  void info(std::string_view message);     ///< not with quiet
  void verbose(std::string_view message);  ///< only with verbose
  /// Numbers for programs that read the log: a line with the fields of `values`, an object, with
  /// `--log-format json`; nothing in text. Not with quiet.
  void values(std::string_view message, const Json& values);
  [[nodiscard]] LogLevel level() const;

  /// Shows the state of a long piece of work; see Progress.
  void progress(std::string_view line, bool last);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Counts records of one stage and shows rate, time left, cost and failures through a Log.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  /// `now` replaces the clock, for tests.
  Progress(Log& log, std::string stage, std::size_t total, std::function<Clock::time_point()> now = {});
  ~Progress();
  void advance(std::size_t records = 1);
  void set_counts(std::size_t asked, std::size_t stored, std::size_t failed, double usd);
  void finish();
  /// How long nothing has changed.
  [[nodiscard]] Clock::duration still_for() const { return now_() - last_moved_; }
  /// Until something changes the line says this instead of rate and time left.
  void stands_still(std::string why) { why_still_ = std::move(why); }

 private:
  Log* log_;
  std::string stage_;
  std::size_t total_;
  std::size_t done_ = 0, asked_ = 0, stored_ = 0, failed_ = 0;
  double usd_ = 0;
  bool finished_ = false;
  std::function<Clock::time_point()> now_;
  Clock::time_point start_, last_shown_, last_moved_;
  std::string why_still_;
  void moved();
  void show(bool last);
  [[nodiscard]] std::string line(Clock::time_point now, bool last) const;
};

}  // namespace recon
