#include "recon/sources/fetcher.hpp"

#include "recon/core/files.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/text.hpp"
#include "recon/http/retry.hpp"
#include "recon/http/url.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace recon {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::minutes;

namespace {

constexpr int most_attempts = 6;
constexpr int most_redirects = 5;
/// Of one thing to fetch, its attempts and pauses together.
constexpr minutes longest_fetch{20};
/// A server that asks for more is left alone.
constexpr minutes longest_pause{10};
constexpr milliseconds request_timeout{120'000};
constexpr milliseconds patience{200};  ///< within which a Ctrl-C is noticed
/// In a row, after all their attempts: then the server is taken to be away.
constexpr std::size_t most_unreachable = 3;
constexpr std::size_t most_failures = 20;
constexpr std::size_t most_planned_lines = 10;
constexpr std::chrono::seconds progress_interval{10};

HttpClient::Options client_options(std::size_t body_limit) {
  HttpClient::Options options;
  options.connections = 1;
  options.body_limit = body_limit;
  options.headers = {fmt::format("User-Agent: recon/{} (+research; see README)", RECON_VERSION)};
  return options;
}

/// Names come from servers: none may lead out of the folder.
void check_inside(const fs::path& file) {
  const bool inside =
      !file.empty() && file.is_relative() && std::none_of(file.begin(), file.end(), [](const fs::path& part) {
        return part.empty() || part.native().front() == '.' || part.native().find('\0') != std::string::npos;
      });
  if (!inside) throw RunError(fmt::format("'{}': no name for a file to keep", file.string()));
}

/// Text from a server, fit for a message.
std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 200;
  return collapse_white_space(replace_invalid_utf8(text.substr(0, longest)));
}

bool is_tried_again(int status) {
  // 422 is Arctic Shift's word for a query that took too long.
  return status == 408 || status == 422 || status == 425 || status == 429 || status >= 500;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::chrono::steady_clock::time_point SystemClock::now() const { return std::chrono::steady_clock::now(); }
void SystemClock::sleep(milliseconds pause) { std::this_thread::sleep_for(pause); }
std::chrono::sys_days SystemClock::today() const {
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}
bool SystemClock::interrupted() const { return interrupt_requested(); }

std::string DownloadSummary::text() const {
  std::string text =
      fmt::format("fetched {}, already there {}, not found {}", fetched, already_there, not_found);
  if (failed > 0) text += fmt::format(", failed {}", failed);
  for (const auto& [reason, count] : left_out) text += fmt::format("; left out {} {}", count, reason);
  return text;
}

/// How one attempt ended.
struct Fetcher::Attempt {
  enum class Kind { body, absent, again, refused };
  Kind kind = Kind::again;
  std::string text = {};  ///< the body, or why there is none
  std::optional<milliseconds> pause = {};
  std::string location = {};  ///< of a redirect
  bool reached = true;        ///< the server answered
  bool too_much = false;      ///< the request may be too much work for the server
};

Fetcher::Fetcher(Options options, FetchClock& clock, Log& log)
    : options_(std::move(options)),
      clock_(&clock),
      log_(&log),
      client_(client_options(options_.body_limit)),
      next_request_(clock.now()),
      last_shown_(clock.now()) {}

FetchResult Fetcher::fetch(const FetchRequest& request) {
  stop_if_interrupted();
  check_inside(request.file);
  const fs::path path = options_.folder / request.file;
  if (fs::exists(path)) return read_stored(request, path);
  if (options_.dry_run) return plan(request);
  return ask(request, path);
}

FetchResult Fetcher::plan(const FetchRequest& request) {
  if (++summary_.planned <= most_planned_lines) {
    log_->info(fmt::format("would fetch {} -> {}", request.url, (options_.folder / request.file).string()));
  } else if (summary_.planned == most_planned_lines + 1) {
    log_->info("... and more like these");
  }
  return {FetchOutcome::planned};
}

FetchResult Fetcher::read_stored(const FetchRequest& request, const fs::path& path) {
  FetchResult result{FetchOutcome::already_there};
  if (request.wants_body) {
    try {
      result.body = read_file(path);
      if (request.check) request.check(result.body);
    } catch (const RunError& error) {
      fail(
          fmt::format("{}: {}; delete the file and run again to fetch it anew", path.string(), error.what()));
      return {FetchOutcome::failed};
    }
  }
  ++summary_.already_there;
  return result;
}

FetchResult Fetcher::ask(const FetchRequest& request, const fs::path& path) {
  const auto deadline = clock_->now() + longest_fetch;
  bool too_much = false;
  Attempt last;
  for (int number = 1; number <= most_attempts; ++number) {
    last = attempt(too_much ? request.lighter_url : request.url, request);
    if (last.kind == Attempt::Kind::body) {
      failures_in_a_row_ = unreachable_in_a_row_ = 0;
      if (!request.keep || request.keep(last.text)) {
        write_file(path, last.text);
        ++summary_.fetched;
        show_progress(request.file);
      }
      return {FetchOutcome::fetched, std::move(last.text)};
    }
    if (last.kind == Attempt::Kind::absent) {
      ++summary_.not_found;
      failures_in_a_row_ = unreachable_in_a_row_ = 0;
      log_->verbose(fmt::format("not found: {}", request.url));
      return {FetchOutcome::not_found};
    }
    if (last.kind == Attempt::Kind::refused) break;
    too_much = too_much || (last.too_much && !request.lighter_url.empty());
    put_off(last, number, deadline);
    if (next_request_ > deadline) break;
  }
  return give_up(request, last);
}

void Fetcher::put_off(const Attempt& attempt, int number, std::chrono::steady_clock::time_point deadline) {
  if (attempt.pause && *attempt.pause > longest_pause) {
    throw DownloadStopped(fmt::format("{}; the server asks to be left alone for {} s", attempt.text,
                                      std::chrono::ceil<std::chrono::seconds>(*attempt.pause).count()));
  }
  // Slower than with models, which are paid for their answers: from two seconds on.
  const milliseconds pause = attempt.pause.value_or(backoff_pause(number + 2, longest_fetch, requests_));
  log_->verbose(fmt::format("attempt {}: {}; the next one in {} ms", number, attempt.text, pause.count()));
  const auto now = clock_->now();
  next_request_ = std::max(next_request_, now + pause);
  if (next_request_ > deadline) log_->verbose("that is too late: given up");
}

FetchResult Fetcher::give_up(const FetchRequest& request, const Attempt& attempt) {
  fail(fmt::format("{}: {}", request.url, attempt.text));
  ++failures_in_a_row_;
  unreachable_in_a_row_ = attempt.reached ? 0 : unreachable_in_a_row_ + 1;
  if (unreachable_in_a_row_ >= most_unreachable) throw DownloadStopped("the server can't be reached");
  if (failures_in_a_row_ >= most_failures)
    throw DownloadStopped(fmt::format("{} failures in a row", failures_in_a_row_));
  return {FetchOutcome::failed};
}

Fetcher::Attempt Fetcher::attempt(const std::string& url, const FetchRequest& request) {
  Attempt result = follow(url);
  if (result.kind != Attempt::Kind::body || !request.check) return result;
  try {
    request.check(result.text);
    return result;
  } catch (const RunError& error) {
    // Servers answer errors with 200, and bodies get cut: it may be right the next time.
    return {Attempt::Kind::again, error.what()};
  }
}

Fetcher::Attempt Fetcher::follow(const std::string& url) {
  std::string at = url;
  for (int redirects = 0;; ++redirects) {
    Attempt result = judge(exchange(at));
    if (result.location.empty()) return result;
    const auto target = resolve_url(at, result.location);
    const auto from = parse_url(at);
    const auto to = target ? parse_url(*target) : std::nullopt;
    if (!from || !to || !is_same_server(*from, *to)) {
      return {Attempt::Kind::refused,
              fmt::format("it redirects to {}, another server, which is not followed; if that is its new "
                          "place, put it into source.download",
                          one_line(result.location))};
    }
    if (redirects == most_redirects)
      return {Attempt::Kind::refused, fmt::format("more than {} redirects", most_redirects)};
    at = *target;
  }
}

Fetcher::Attempt Fetcher::judge(HttpReply reply) const {
  using Kind = Attempt::Kind;
  if (reply.outcome != HttpReply::Outcome::answered) {
    Attempt result{reply.too_large ? Kind::refused : Kind::again, reply.error};
    result.reached = reply.too_large;
    result.too_much = !reply.too_large;
    return result;
  }
  if (reply.status == 200) return {Kind::body, std::move(reply.body)};
  Attempt result{Kind::refused, fmt::format("HTTP {}: {}", reply.status, one_line(reply.body))};
  if (is_redirect(reply.status)) {
    result.location = reply.location;
  } else if (reply.status == 404 || reply.status == 410) {
    result.kind = Kind::absent;
  } else if (is_tried_again(reply.status)) {
    result.kind = Kind::again;
    // Who is asked to slow down asks for no more and smaller pieces.
    result.too_much = reply.status == 422 || reply.status >= 500;
    result.pause = retry_after_pause(reply.retry_after);
  }
  return result;
}

HttpReply Fetcher::exchange(const std::string& url) {
  pace();
  client_.start({++requests_, url, std::nullopt, request_timeout});
  while (true) {
    std::vector<HttpReply> replies = client_.perform();
    if (!replies.empty()) return std::move(replies.front());
    stop_if_interrupted();
    client_.wait(patience);
  }
}

void Fetcher::pace() {
  while (true) {
    stop_if_interrupted();
    const auto now = clock_->now();
    if (now >= next_request_) {
      const std::chrono::duration<double> interval(1 / options_.requests_per_second);
      next_request_ = now + std::chrono::ceil<milliseconds>(interval);
      return;
    }
    clock_->sleep(std::min(patience, std::chrono::ceil<milliseconds>(next_request_ - now)));
  }
}

void Fetcher::stop_if_interrupted() const {
  if (!clock_->interrupted()) return;
  throw Interrupted(
      fmt::format("stopped: {}; what was fetched is kept, run again to go on", summary_.text()));
}

void Fetcher::fail(const std::string& what) {
  ++summary_.failed;
  log_->warning(what);
}

void Fetcher::leave_out(const std::string& reason, std::size_t count) {
  if (count > 0) summary_.left_out[reason] += count;
}

void Fetcher::show_progress(const fs::path& file) {
  const auto now = clock_->now();
  if (now - last_shown_ < progress_interval) return;
  last_shown_ = now;
  log_->progress(fmt::format("{}; at {}", summary_.text(), file.string()), false);
}

}  // namespace recon
