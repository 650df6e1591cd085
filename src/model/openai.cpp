#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/http/http_client.hpp"
#include "recon/http/retry.hpp"
#include "recon/model/factory.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include "openai_wire.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int most_malformed = 5;

/// Hides the key wherever a server may have echoed it.
class Secret {
 public:
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& value() const { return value_; }
  [[nodiscard]] std::string scrub(std::string text) const {
    if (value_.empty()) return text;
    for (std::size_t at = 0; (at = text.find(value_, at)) != std::string::npos; at += 3)
      text.replace(at, value_.size(), "***");
    return text;
  }

 private:
  std::string value_;
};

/// A call on its way, over all its attempts.
struct Job {
  Call call;
  WireRequest wire;
  std::string body;  ///< `wire.body` as sent
  bool with_n = false;
  bool with_schema = false;
  int attempts = 0;
  int malformed = 0;  ///< replies that came, and may have been paid for, but could not be read
  /// Of the first attempt: waiting for the rate limit does not count.
  std::optional<Clock::time_point> started;
  Clock::time_point deadline;
  std::optional<Failure> said;  ///< what the server answered to the last attempt that it answered
};

milliseconds from_seconds(double seconds) {
  return milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * 1000)));
}

std::string without_trailing_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// The beginning of a reply, for rejects.
std::string shortened(const std::string& text) {
  constexpr std::size_t longest = 2000;
  std::string raw = replace_invalid_utf8(std::string_view(text).substr(0, longest));
  // A code point cut in two becomes U+FFFD, which may be longer than what it replaces.
  while (raw.size() > longest) {
    std::size_t end = raw.size() - 1;
    while (end > 0 && (static_cast<unsigned char>(raw[end]) & 0xC0U) == 0x80U) --end;
    raw.resize(end);
  }
  return raw;
}

/// Text from a server, fit for a message.
std::string one_line(const std::string& text) {
  return collapse_white_space(replace_invalid_utf8(std::string_view(text).substr(0, 300)));
}

bool is_retried(int status) {
  return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

bool is_local(const std::string& url) {
  const std::string_view host =
      std::string_view(url).substr(std::min(url.size(), std::string_view("http://").size()));
  return host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
}

class OpenAiProvider final : public Provider {
 public:
  OpenAiProvider(const ModelConfig& config, const ConfigDocument::Environment& environment, Log& log)
      : config_(config),
        base_url_(without_trailing_slashes(config.base_url)),
        identity_(config.identity.empty() ? base_url_ + " " + config.model : config.identity),
        secret_(key_of(config, environment)),
        log_(&log),
        rate_(config.requests_per_minute),
        client_(client_options()) {
    options_.model = config.model;
    options_.chat_template = config.chat_template;
    options_.extra_body = config.extra_body;
    options_.send_schema = config.json_schema;
  }

  [[nodiscard]] Capabilities capabilities() const override {
    Capabilities can;
    can.chat = true;
    can.score = !config_.chat_template.empty();
    can.embed = true;
    return can;
  }
  [[nodiscard]] const std::string& identity() const override { return identity_; }
  [[nodiscard]] const std::string& model_name() const override { return config_.model; }
  [[nodiscard]] std::size_t concurrency() const override {
    return static_cast<std::size_t>(std::max(1, config_.concurrency));
  }

  void open() override { check_key(); }

  void prepare_scoring() override {
    if (!config_.chat_template.empty()) probe_scoring();
  }

  void submit(Call call) override {
    const std::uint64_t id = next_job_++;
    if (std::holds_alternative<ScoreRequest>(call.request) && config_.chat_template.empty()) {
      Job job;
      job.call = std::move(call);
      fail(job, {Failure::Kind::unsupported, "scoring text needs chat_template for this model", ""});
      return;
    }
    Job& job = jobs_[id];
    job.call = std::move(call);
    ready_.push_back(id);
  }

  [[nodiscard]] std::vector<Completion> poll(milliseconds wait) override {
    const Clock::time_point end = Clock::now() + wait;
    while (true) {
      wake_due(Clock::now());
      start_ready();
      for (HttpReply& reply : client_.perform()) take(std::move(reply));
      start_ready();  // what an ended exchange left to be sent again at once
      const Clock::time_point now = Clock::now();
      if (!done_.empty() || jobs_.empty() || now >= end) break;
      // Rounded up, so that a wait does not end just before what it waits for.
      client_.wait(std::chrono::ceil<milliseconds>(next_event(now, end) - now));
    }
    return std::exchange(done_, {});
  }

 private:
  ModelConfig config_;
  std::string base_url_;
  std::string identity_;
  Secret secret_;
  Log* log_;
  RateLimit rate_;
  HttpClient client_;
  WireOptions options_;
  std::uint64_t next_job_ = 1;
  std::unordered_map<std::uint64_t, Job> jobs_;
  std::deque<std::uint64_t> ready_;                         ///< to be sent as soon as limits allow
  std::multimap<Clock::time_point, std::uint64_t> paused_;  ///< to be sent again at that time
  std::vector<Completion> done_;

  [[nodiscard]] static std::string key_of(const ModelConfig& config,
                                          const ConfigDocument::Environment& environment) {
    if (config.api_key_env.empty()) return "";
    const auto found = environment.find(config.api_key_env);
    return found == environment.end() ? "" : std::string(trim(found->second));
  }

  [[nodiscard]] HttpClient::Options client_options() const {
    HttpClient::Options options;
    options.connections = concurrency();
    options.headers = {"Content-Type: application/json", "Accept: application/json", "User-Agent: recon",
                       "Expect:"};  // no 100-continue: it costs a round trip
    if (!secret_.value().empty()) options.headers.push_back("Authorization: Bearer " + secret_.value());
    return options;
  }

  void check_key() const {
    const std::string& variable = config_.api_key_env;
    if (variable.empty()) return;
    if (secret_.value().empty()) {
      throw UsageError(fmt::format(
          "model '{}': the environment variable {} (api_key_env) is not set; set it to the key of {}",
          config_.name, variable, base_url_));
    }
    const auto printable = [](char c) { return c > ' ' && c < 127; };
    if (!std::all_of(secret_.value().begin(), secret_.value().end(), printable)) {
      throw UsageError(fmt::format(
          "model '{}': the key in {} holds a space, a line break or another character that no key has",
          config_.name, variable));
    }
    if (base_url_.starts_with("http://") && !is_local(base_url_)) {
      log_->warning(fmt::format("model '{}': the key in {} travels unencrypted to {}; use https",
                                config_.name, variable, base_url_));
    }
  }

  /// A server that ignores `echo` would return numbers that mean something else; one tiny call tells.
  void probe_scoring() {
    Call call;
    call.request = ScoreRequest{{{Role::user, "Name a colour."}}, "Blue, like the sea."};
    submit(std::move(call));
    std::vector<Completion> ended;
    while (ended.empty()) ended = poll(milliseconds(1000));
    const auto& failure = ended.front().failure;
    if (!failure) return;
    const std::string message =
        fmt::format("model '{}': cannot score text: {}", config_.name, failure->message);
    if (failure->kind == Failure::Kind::unsupported || failure->kind == Failure::Kind::refused)
      throw UsageError(message);
    throw RunError(message);
  }

  void wake_due(Clock::time_point now) {
    while (!paused_.empty() && paused_.begin()->first <= now) {
      // Before new requests: these have a deadline that runs.
      ready_.push_front(paused_.begin()->second);
      paused_.erase(paused_.begin());
    }
  }

  [[nodiscard]] bool can_start() const { return !ready_.empty() && client_.in_flight() < concurrency(); }

  void start_ready() {
    while (can_start()) {
      const Clock::time_point now = Clock::now();
      const std::uint64_t id = ready_.front();
      Job& job = jobs_.at(id);
      if (job.started && now >= job.deadline) {
        ready_.pop_front();
        end_job(id, {Failure::Kind::timeout, "the deadline passed while waiting for the rate limit", ""});
        continue;
      }
      if (!rate_.take(now)) return;
      ready_.pop_front();
      start(id, job, now);
    }
  }

  void start(std::uint64_t id, Job& job, Clock::time_point now) {
    if (!job.started) {
      job.started = now;
      job.deadline = now + from_seconds(config_.deadline_s);
    }
    ++job.attempts;
    const auto* chat = std::get_if<ChatRequest>(&job.call.request);
    job.with_n = chat != nullptr && options_.send_n && job.call.samples > 1;
    job.with_schema = chat != nullptr && options_.send_schema && chat->reply_schema.has_value();
    job.wire = to_wire(job.call.request, job.call.samples, options_);
    try {
      job.body = job.wire.body.dump();
    } catch (const Json::type_error&) {
      end_job(id, {Failure::Kind::refused, "the request's text is not valid UTF-8", ""});
      return;
    }
    const auto left = std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(job.deadline - now));
    client_.start({id, base_url_ + job.wire.path, std::move(job.body),
                   std::min(left, from_seconds(config_.timeout_s))});
  }

  [[nodiscard]] Clock::time_point next_event(Clock::time_point now, Clock::time_point end) const {
    Clock::time_point next = end;
    if (!paused_.empty()) next = std::min(next, paused_.begin()->first);
    if (can_start()) next = std::min(next, rate_.next(now));
    return std::max(next, now);
  }

  void take(HttpReply reply) {
    Job& job = jobs_.at(reply.id);
    reply.body = secret_.scrub(std::move(reply.body));
    if (reply.outcome != HttpReply::Outcome::answered) {
      const bool late = reply.outcome == HttpReply::Outcome::timed_out;
      const auto kind = late ? Failure::Kind::timeout : Failure::Kind::transport;
      try_again(reply.id, {kind, secret_.scrub(reply.error), shortened(reply.body)}, std::nullopt);
    } else if (reply.status >= 200 && reply.status < 300) {
      take_answer(reply, job);
    } else {
      take_error(reply, job);
    }
  }

  void take_answer(const HttpReply& reply, Job& job) {
    WireReply parsed = from_wire(job.call.request, job.wire, job.call.samples, reply.body);
    if (parsed.problem) {
      Failure failure{parsed.problem->kind, secret_.scrub(parsed.problem->message), shortened(reply.body)};
      if (parsed.problem->try_again) {
        try_again(reply.id, std::move(failure), std::nullopt);
      } else {
        end_job(reply.id, std::move(failure));
      }
      return;
    }
    // A key that JSON escapes hid from the scrubbing above.
    for (Answer& answer : parsed.answers) {
      if (auto* chat = std::get_if<ChatAnswer>(&answer)) {
        chat->text = secret_.scrub(std::move(chat->text));
        chat->reasoning = secret_.scrub(std::move(chat->reasoning));
      }
    }
    Completion completion;
    completion.id = job.call.id;
    completion.answers = std::move(parsed.answers);
    completion.usage = parsed.usage;
    done_.push_back(std::move(completion));
    jobs_.erase(reply.id);
  }

  void take_error(const HttpReply& reply, Job& job) {
    const std::string said = secret_.scrub(server_message(reply.body));
    Failure failure{Failure::Kind::refused, fmt::format("HTTP {}: {}", reply.status, said),
                    shortened(reply.body)};
    if (is_retried(reply.status)) {
      failure.kind = Failure::Kind::server;
      try_again(reply.id, std::move(failure), retry_after_pause(reply.retry_after));
      return;
    }
    if (reply.status >= 300 && reply.status < 400) {
      failure.message = fmt::format(
          "HTTP {}: the server redirects to {}; redirects are not followed: put the final address in "
          "base_url",
          reply.status, reply.location.empty() ? "nowhere" : one_line(secret_.scrub(reply.location)));
    } else if (reply.status == 401 || reply.status == 403) {
      failure.message +=
          config_.api_key_env.empty()
              ? "; the server wants a key: name its environment variable in api_key_env"
              : fmt::format("; check the key in the environment variable {}", config_.api_key_env);
    } else if (reply.status == 400 || reply.status == 413 || reply.status == 422) {
      if (complains_about_length(reply.body)) {
        failure.kind = Failure::Kind::too_long;
      } else if (falls_back(reply, job)) {
        ready_.push_front(reply.id);
        return;
      }
    }
    end_job(reply.id, std::move(failure));
  }

  /// True when the server refused something that recon can do without, which is then left out for good.
  [[nodiscard]] bool falls_back(const HttpReply& reply, const Job& job) {
    const auto give_up = [&](bool& option, const char* what, const char* instead) {
      if (option)
        log_->warning(fmt::format("model '{}': the server refuses {}; {}", config_.name, what, instead));
      option = false;
      return true;
    };
    if (job.with_schema && complains_about_schema(reply.body)) {
      return give_up(options_.send_schema, "response_format", "replies are read leniently from now on");
    }
    if (job.with_n && complains_about_n(reply.body)) {
      return give_up(options_.send_n, "n > 1", "samples are asked for one by one from now on");
    }
    return false;
  }

  /// Sends a job again after a pause, or ends it where no attempt or no time is left.
  void try_again(std::uint64_t id, Failure failure, std::optional<milliseconds> asked_pause) {
    Job& job = jobs_.at(id);
    const Clock::time_point now = Clock::now();
    // A server's own pause is the least: without backoff on top, `Retry-After: 0` would be a tight loop.
    const milliseconds pause =
        std::max(asked_pause.value_or(milliseconds(0)),
                 backoff_pause(job.attempts, from_seconds(config_.deadline_s), job.call.id));
    const double seconds = std::chrono::duration<double>(pause).count();
    if (failure.kind == Failure::Kind::malformed) ++job.malformed;
    if (failure.kind == Failure::Kind::server || failure.kind == Failure::Kind::malformed) job.said = failure;
    if (job.attempts >= config_.max_attempts || job.malformed >= most_malformed) {
      end_job(id, std::move(failure));
    } else if (now + pause >= job.deadline) {
      if (failure.kind == Failure::Kind::timeout && job.said) {
        // The deadline cut this attempt short: what the server said before tells more.
        failure = *job.said;
        failure.message += "; then the deadline passed";
      }
      if (asked_pause == pause) {
        failure.message += fmt::format("; the server asks to wait {:.0f} s, beyond the deadline", seconds);
      }
      end_job(id, std::move(failure));
    } else {
      log_->verbose(
          fmt::format("model '{}': {}; trying again in {:.1f} s", config_.name, failure.message, seconds));
      paused_.emplace(now + pause, id);
    }
  }

  void end_job(std::uint64_t id, Failure failure) {
    fail(jobs_.at(id), std::move(failure));
    jobs_.erase(id);
  }

  void fail(const Job& job, Failure failure) {
    const double seconds =
        job.started ? std::chrono::duration<double>(Clock::now() - *job.started).count() : 0.0;
    failure.message = fmt::format("{}{}: {}", base_url_, job.wire.path, failure.message);
    if (job.attempts > 1) failure.message += fmt::format(" ({} attempts in {:.1f} s)", job.attempts, seconds);
    Completion completion;
    completion.id = job.call.id;
    completion.failure = std::move(failure);
    done_.push_back(std::move(completion));
  }
};

}  // namespace

std::unique_ptr<Provider> make_openai_provider(const ModelConfig& config,
                                               const ConfigDocument::Environment& environment, Log& log) {
  return std::make_unique<OpenAiProvider>(config, environment, log);
}

}  // namespace recon
