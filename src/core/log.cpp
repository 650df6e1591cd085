#include "recon/core/log.hpp"

#include "recon/core/json.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace recon {
namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::seconds plain_interval{10};

std::string duration_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{}:{:02d} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02d} h", whole / 3600, whole / 60 % 60);
}

}  // namespace

struct Log::State {
  LogLevel level;
  LogFormat format;
  bool terminal = false;
  bool colour = false;
  std::mutex mutex;
  bool line_open = false;  ///< a progress line stands on the terminal without an end
  spdlog::logger logger;

  State(LogLevel wanted, LogFormat wanted_format)
      : level(wanted),
        format(wanted_format),
        logger("recon", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern("%v");
    terminal = ::isatty(STDERR_FILENO) == 1;
    const char* no_colour = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    if (kind != nullptr && std::string_view(kind) == "dumb") terminal = false;
    colour = terminal && (no_colour == nullptr || *no_colour == '\0');
  }

  void json_line(std::string_view name, std::string_view message, const Json& values) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    Json record = {
        {"time", static_cast<double>(milliseconds) / 1000.0}, {"level", name}, {"message", message}};
    record.update(values);
    logger.info("{}", record.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  void line(std::string_view name, std::string_view colour_code, std::string_view message) {
    const std::lock_guard lock(mutex);
    if (line_open) {
      std::fputs("\r\033[K", stderr);
      line_open = false;
    }
    if (format == LogFormat::json) {
      json_line(name, message, Json::object());
    } else if (name == "info" || name == "verbose") {
      logger.info("recon: {}", message);
    } else if (colour) {
      logger.info("recon: \033[{}m{}:\033[0m {}", colour_code, name, message);
    } else {
      logger.info("recon: {}: {}", name, message);
    }
    logger.flush();
  }
};

Log::Log(LogLevel level, LogFormat format) : state_(std::make_unique<State>(level, format)) {}
Log::~Log() {
  if (state_->line_open) std::fputs("\n", stderr);
}

void Log::error(std::string_view message) { state_->line("error", "31", message); }
void Log::warning(std::string_view message) {
  if (state_->level != LogLevel::silent) state_->line("warning", "33", message);
}
void Log::info(std::string_view message) {
  if (state_->level >= LogLevel::normal) state_->line("info", "", message);
}
void Log::verbose(std::string_view message) {
  if (state_->level == LogLevel::verbose) state_->line("verbose", "", message);
}
void Log::values(std::string_view message, const Json& values) {
  if (state_->format != LogFormat::json || state_->level < LogLevel::normal) return;
  const std::lock_guard lock(state_->mutex);
  state_->json_line("info", message, values);
  state_->logger.flush();
}
LogLevel Log::level() const { return state_->level; }

void Log::progress(std::string_view line, bool last) {
  if (state_->level < LogLevel::normal) return;
  if (!state_->terminal || state_->format == LogFormat::json || last) {
    state_->line("info", "", line);
    return;
  }
  const std::lock_guard lock(state_->mutex);
  std::fputs(fmt::format("\r\033[K{}", line).c_str(), stderr);
  std::fflush(stderr);
  state_->line_open = true;
}

Progress::Progress(Log& log, std::string stage, std::size_t total, std::function<Clock::time_point()> now)
    : log_(&log),
      stage_(std::move(stage)),
      total_(total),
      now_(now ? std::move(now) : [] { return Clock::now(); }),
      start_(now_()),
      last_shown_(start_),
      last_moved_(start_) {}

Progress::~Progress() = default;

void Progress::advance(std::size_t records) {
  done_ += records;
  if (records > 0) moved();
  show(false);
}

void Progress::set_counts(std::size_t asked, std::size_t stored, std::size_t failed, double usd) {
  if (asked != asked_ || stored != stored_ || failed != failed_) moved();
  asked_ = asked;
  stored_ = stored;
  failed_ = failed;
  usd_ = usd;
  show(false);
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  show(true);
}

void Progress::moved() {
  last_moved_ = now_();
  why_still_.clear();
}

void Progress::show(bool last) {
  const auto now = now_();
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto interval = terminal ? std::chrono::duration_cast<std::chrono::milliseconds>(terminal_interval)
                                 : std::chrono::duration_cast<std::chrono::milliseconds>(plain_interval);
  if (!last && now - last_shown_ < interval) return;
  last_shown_ = now;
  log_->progress(line(now, last), last);
}

std::string Progress::line(Clock::time_point now, bool last) const {
  if (!last && !why_still_.empty())
    return fmt::format("{}: {} ({}/{} records)", stage_, why_still_, done_, total_);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::string text =
      fmt::format("{}: {}/{} records, {} asked, {} from the store", stage_, done_, total_, asked_, stored_);
  if (failed_ > 0) text += fmt::format(", {} failed", failed_);
  if (usd_ > 0) text += fmt::format(", ${:.4f}", usd_);
  if (last) return text + fmt::format(", {}", duration_text(seconds));
  if (done_ > 0 && seconds > 0) {
    const double rate = static_cast<double>(done_) / seconds;
    text +=
        fmt::format(", {:.1f}/s, {} left", rate, duration_text(static_cast<double>(total_ - done_) / rate));
  }
  return text;
}

}  // namespace recon
