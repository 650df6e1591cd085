#pragma once

#include "recon/core/error.hpp"
#include "recon/core/log.hpp"
#include "recon/http/http_client.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Time as a download sees it, so that tests neither wait nor depend on the day they run.
class FetchClock {
 public:
  virtual ~FetchClock() = default;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;
  virtual void sleep(std::chrono::milliseconds pause) = 0;
  /// Today's date in UTC.
  [[nodiscard]] virtual std::chrono::sys_days today() const = 0;
  /// Whether the user asked to stop.
  [[nodiscard]] virtual bool interrupted() const = 0;
};

/// The machine's time, and Ctrl-C as the program's handlers note it.
class SystemClock final : public FetchClock {
 public:
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override;
  void sleep(std::chrono::milliseconds pause) override;
  [[nodiscard]] std::chrono::sys_days today() const override;
  [[nodiscard]] bool interrupted() const override;
};

/// One thing to fetch.
struct FetchRequest {
  std::string url;
  /// Asked instead after the server found `url` too much work (HTTP 422 or 5xx, or no answer); empty = none.
  std::string lighter_url = {};
  std::filesystem::path file;  ///< where the body is kept, below the fetcher's folder
  /// Throws RunError saying what is wrong with a body; such a body is not kept. May be empty.
  std::function<void(std::string_view)> check = {};
  /// Whether a right body is kept; what is not, the next run asks for again. Empty = always.
  std::function<bool(std::string_view)> keep = {};
  /// Whether the caller needs the body of a file that is there already.
  bool wants_body = true;
};

enum class FetchOutcome { fetched, already_there, not_found, failed, planned };

struct FetchResult {
  FetchOutcome outcome = FetchOutcome::failed;
  std::string body = {};
  /// The body is there and right: the work that depends on it can go on.
  [[nodiscard]] bool has_body() const {
    return outcome == FetchOutcome::fetched || outcome == FetchOutcome::already_there;
  }
};

/// What became of a download.
struct DownloadSummary {
  std::size_t fetched = 0;  ///< and kept
  std::size_t already_there = 0;
  std::size_t not_found = 0;
  std::size_t planned = 0;                      ///< with `dry_run`: would be fetched
  std::size_t failed = 0;                       ///< each was named by a warning
  std::map<std::string, std::size_t> left_out;  ///< by design: reason -> how many
  /// "fetched 3, already there 5, not found 0"
  [[nodiscard]] std::string text() const;
};

/// Going on makes no sense: the server can't be reached or asks to be left alone.
class DownloadStopped : public RunError {
 public:
  using RunError::RunError;
};

/// Fetches one thing after the other, politely: paced, patient where the server asks for patience, each body
/// that is kept on disk before it is used, and nothing asked for that is there already.
class Fetcher {
 public:
  struct Options {
    std::filesystem::path folder;  ///< below which every body is kept
    double requests_per_second = 1;
    bool dry_run = false;  ///< say what would be fetched and open no connection
    std::size_t body_limit = std::size_t{64} << 20;
  };
  Fetcher(Options options, FetchClock& clock, Log& log);

  /// The body from disk, or else from the server. A failure is logged as a warning and counted. Throws
  /// Interrupted, DownloadStopped, and RunError where the disk or the program is at fault.
  [[nodiscard]] FetchResult fetch(const FetchRequest& request);

  /// Counts a failure of what was to be fetched and names it in a warning.
  void fail(const std::string& what);
  /// Counts what is not fetched by design.
  void leave_out(const std::string& reason, std::size_t count = 1);

  [[nodiscard]] const DownloadSummary& summary() const { return summary_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return options_.folder; }
  [[nodiscard]] bool dry_run() const { return options_.dry_run; }
  [[nodiscard]] std::chrono::sys_days today() const { return clock_->today(); }

 private:
  struct Attempt;
  Options options_;
  FetchClock* clock_;
  Log* log_;
  HttpClient client_;
  DownloadSummary summary_;
  std::chrono::steady_clock::time_point next_request_;  ///< not before
  std::chrono::steady_clock::time_point last_shown_;
  std::uint64_t requests_ = 0;
  std::size_t failures_in_a_row_ = 0;
  std::size_t unreachable_in_a_row_ = 0;

  [[nodiscard]] FetchResult plan(const FetchRequest& request);
  [[nodiscard]] FetchResult read_stored(const FetchRequest& request, const std::filesystem::path& path);
  [[nodiscard]] FetchResult ask(const FetchRequest& request, const std::filesystem::path& path);
  [[nodiscard]] Attempt attempt(const std::string& url, const FetchRequest& request);
  [[nodiscard]] Attempt follow(const std::string& url);
  [[nodiscard]] Attempt judge(HttpReply reply) const;
  [[nodiscard]] HttpReply exchange(const std::string& url);
  void put_off(const Attempt& attempt, int number, std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] FetchResult give_up(const FetchRequest& request, const Attempt& attempt);
  void pace();
  void stop_if_interrupted() const;
  void show_progress(const std::filesystem::path& file);
};

}  // namespace recon
