#include "recon/core/error.hpp"
#include "recon/core/visit.hpp"
#include "recon/http/http_client.hpp"
#include "recon/model/factory.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api_key.hpp"
#include "attempt.hpp"
#include "queue.hpp"
#include "servers.hpp"
#include "wire.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int most_malformed = 5;

milliseconds from_seconds(double seconds) {
  return milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * 1000)));
}

/// Answers by HTTP. One thread uses it; it brings together the queue of jobs, the servers and the connections
/// to them.
class OpenAiProvider final : public Provider {
 public:
  OpenAiProvider(const ModelConfig& config, const ConfigDocument::Environment& environment, Log& log)
      : config_(config),
        identity_(config.identity),
        key_(config, environment),
        log_(&log),
        servers_(config, log),
        client_(client_options(environment)),
        queue_(from_seconds(config.deadline_s)) {
    if (identity_.empty()) identity_ = servers_.at(0).base_url() + " " + config.model;
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
  [[nodiscard]] std::size_t concurrency() const override { return servers_.balancer().most_in_flight(); }

  void open() override { key_.check(config_, *log_); }

  void prepare_scoring() override {
    if (!config_.chat_template.empty()) probe_scoring();
  }

  void submit(Call call) override {
    OpenAiJob job;
    job.call = std::move(call);
    const bool wants_template = match(
        job.call.request, [](const ChatRequest&) { return false; }, [](const ScoreRequest&) { return true; },
        [](const EmbedRequest&) { return false; });
    if (wants_template && config_.chat_template.empty()) {
      fail(job, {Failure::Kind::unsupported, "scoring text needs chat_template", ""});
      return;
    }
    job.tokens = servers_.expected_tokens(job.call);
    queue_.add(std::move(job));
  }

  [[nodiscard]] std::vector<std::uint64_t> withdraw() override {
    std::vector<std::uint64_t> ids;
    for (const std::uint64_t id : queue_.take_waiting()) {
      const OpenAiJob& job = queue_.at(id);
      if (job.attempts > 0) {
        end_job(id, {Failure::Kind::stopped, "interrupted between two attempts", ""});
      } else {
        ids.push_back(job.call.id);
        queue_.erase(id);
      }
    }
    return ids;
  }

  [[nodiscard]] std::optional<WaitReason> waiting_for() const override {
    if (queue_.empty() || servers_.balancer().in_flight() > 0) return std::nullopt;
    const Clock::time_point now = Clock::now();
    const double tokens = queue_.ready().empty() ? 0 : queue_.at(queue_.ready().front()).tokens;
    const Clock::time_point until = next_event(now, Clock::time_point::max());
    if (until <= now || until == Clock::time_point::max()) return std::nullopt;
    if (auto reason = servers_.waiting_for(now, tokens)) return reason;
    return WaitReason{"before another attempt: " + last_trouble_, until};
  }

  [[nodiscard]] std::vector<Completion> poll(milliseconds wait) override {
    const Clock::time_point end = Clock::now() + wait;
    while (true) {
      queue_.wake(Clock::now());
      start_ready();
      for (HttpReply& reply : client_.perform()) take(std::move(reply));
      const Clock::time_point looked = Clock::now();
      start_ready();  // what an ended exchange left to be sent again at once
      const Clock::time_point now = Clock::now();
      if (!done_.empty() || queue_.empty() || now >= end) break;
      // What time has brought about since that look is due now. Rounded up, so that a wait does not end just
      // before what it waits for.
      client_.wait(std::chrono::ceil<milliseconds>(std::max(next_event(looked, end), now) - now));
    }
    return std::exchange(done_, {});
  }

 private:
  ModelConfig config_;
  std::string identity_;
  ApiKey key_;
  Log* log_;
  OpenAiServers servers_;
  HttpClient client_;
  OpenAiQueue queue_;
  std::vector<Completion> done_;
  std::string last_trouble_;  ///< why an attempt is made again, in few words

  [[nodiscard]] HttpClient::Options client_options(const ConfigDocument::Environment& environment) const {
    HttpClient::Options options;
    options.connections = servers_.balancer().most_in_flight();
    options.certificates = TrustedCertificates::from(environment);
    options.headers = {"Content-Type: application/json", "Accept: application/json", "User-Agent: recon",
                       "Expect:"};  // no 100-continue: it costs a round trip
    if (!key_.value().empty()) options.headers.push_back(key_.header());
    return options;
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
    const std::string message = fmt::format("cannot score text: {}", failure->message);
    if (failure->kind == Failure::Kind::unsupported || failure->kind == Failure::Kind::refused)
      throw UsageError(message);
    throw RunError(message);
  }

  void start_ready() {
    Clock::time_point now = Clock::now();
    end_late_jobs(now);
    std::size_t next = 0;
    while (next < queue_.ready().size()) {
      const std::uint64_t id = queue_.ready()[next];
      OpenAiJob& job = queue_.at(id);
      const UnwantedServers unwanted = job.unwanted(now);
      const auto place = servers_.balancer().place(now, job.tokens, unwanted);
      if (!place && waits_too_long(job, now)) {
        queue_.take_ready(next);
        end_job(id,
                {Failure::Kind::server, "every server asks to wait longer than the record's deadline", ""});
        continue;
      }
      if (!place) {
        // Where a server takes others, but asked this one to wait, those behind it need not wait as well.
        if (unwanted.excluded.empty() || !servers_.balancer().place(now, job.tokens)) return;
        ++next;
        continue;
      }
      const OpenAiEndpoint& endpoint = servers_.at(*place);
      // The answer to the request that finds out wakes this one.
      if (!endpoint.is_known(endpoint.use_of(job.call.request, job.call.samples, job.left_out_at(*place))))
        return;
      queue_.take_ready(next);
      start(id, job, *place, now);
      now = Clock::now();
    }
  }

  /// True where no server will take the job within the time that a record has.
  [[nodiscard]] bool waits_too_long(const OpenAiJob& job, Clock::time_point now) const {
    // While something is in flight, its end may make room.
    const auto next =
        servers_.balancer().in_flight() > 0 ? std::nullopt : servers_.balancer().next(now, job.tokens);
    return next && *next - now > from_seconds(config_.deadline_s);
  }

  void end_late_jobs(Clock::time_point now) {
    for (const std::uint64_t id : queue_.take_late(now)) {
      const auto& said = queue_.at(id).said;
      Failure failure = said.value_or(
          Failure{Failure::Kind::timeout, "the record's deadline passed before this could be asked", ""});
      if (said) failure.message += "; then the deadline passed while waiting for the server's limits";
      end_job(id, std::move(failure));
    }
  }

  void start(std::uint64_t id, OpenAiJob& job, std::size_t place, Clock::time_point now) {
    OpenAiEndpoint& endpoint = servers_.at(place);
    // One deadline for all that a record needs.
    if (job.call.clock && !job.call.clock->started) job.call.clock->started = now;
    job.deadline = queue_.deadline_of(job);
    if (!job.deadline) job.deadline = now + from_seconds(config_.deadline_s);
    ++job.attempts;
    job.endpoint = place;
    job.avoids_endpoint = false;
    job.sent = now;
    const RequestOption left_out = job.left_out_at(place);
    job.use = endpoint.use_of(job.call.request, job.call.samples, left_out);
    job.wire = endpoint.wire(job.call.request, job.call.samples, left_out);
    std::string body;
    try {
      body = job.wire.body.dump();
    } catch (const Json::type_error&) {
      end_job(id, {Failure::Kind::refused, "the request's text is not valid UTF-8", ""});
      return;
    }
    endpoint.asking(job.use);
    servers_.balancer().started(place, now, job.tokens);
    job.cut_by_deadline = *job.deadline - now < from_seconds(config_.timeout_s);
    const auto left =
        std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(*job.deadline - now));
    client_.start({id, endpoint.address(job.wire.path), std::move(body),
                   std::min(left, from_seconds(config_.timeout_s)), job.wants_fresh_connection});
  }

  /// The first thing after `now` that time alone brings about.
  [[nodiscard]] Clock::time_point next_event(Clock::time_point now, Clock::time_point end) const {
    Clock::time_point next = end;
    if (const auto wake = queue_.next_wake()) next = std::min(next, *wake);
    for (const std::uint64_t id : queue_.ready()) {
      const OpenAiJob& job = queue_.at(id);
      const auto ready = servers_.balancer().next(now, job.tokens, job.unwanted(now).excluded);
      if (ready && *ready > now) next = std::min(next, *ready);
      const auto wait_over = job.first_wait_over(now);
      if (!wait_over) break;  // those behind it wait for the same
      next = std::min(next, *wait_over);
    }
    return next;
  }

  void take(HttpReply reply) {
    OpenAiJob& job = queue_.at(reply.id);
    reply.body = key_.scrub(std::move(reply.body));
    reply.error = key_.scrub(std::move(reply.error));
    reply.location = key_.scrub(std::move(reply.location));
    const bool answered = reply.outcome == HttpReply::Outcome::answered;
    const bool good = answered && reply.status >= 200 && reply.status < 300;
    WireReply parsed;
    if (good) parsed = from_wire(job.call.request, job.wire, job.call.samples, reply.body);
    std::optional<ServerError> error = std::move(parsed.error);
    if (answered && !good) error = error_of_status(reply.status, reply.body);
    if (error) scrub(*error);
    servers_.ended(reply, job, parsed, error);
    // Where the outcome is unknown, the server may have done the work, and may charge for it.
    const bool is_unreported = may_be_paid(reply, error) && !parsed.has_usage;
    const bool is_charged = is_unreported || parsed.has_usage;
    job.unreported += is_unreported ? 1 : 0;
    job.usage += parsed.usage;
    if (good && !error) {
      take_answer(reply, job, std::move(parsed));
      return;
    }
    servers_.at(job.endpoint).no_answer(job.use);
    if (error) {
      take_error(reply, job, *error, is_charged);
    } else {
      take_break(reply, job, is_charged);
    }
  }

  /// JSON escapes may have hidden the key from the scrubbing of the body.
  void scrub(ServerError& error) const {
    for (std::string* text : {&error.message, &error.name, &error.parameter, &error.text})
      *text = key_.scrub(std::move(*text));
  }

  [[nodiscard]] std::string address_of(const OpenAiJob& job) const {
    return servers_.at(job.endpoint).address(job.wire.path);
  }

  void take_break(const HttpReply& reply, OpenAiJob& job, bool is_charged) {
    const bool late = reply.outcome == HttpReply::Outcome::timed_out;
    Failure failure{late ? Failure::Kind::timeout : Failure::Kind::transport,
                    fmt::format("{}: {}", address_of(job), reply.error), shortened(reply.body)};
    // Silence or a break may be the connection's: the next attempt gets another one.
    job.wants_fresh_connection = true;
    if (reply.untrusted || reply.too_large) {
      end_job(reply.id, std::move(failure));
    } else {
      last_trouble_ = reply.error;
      try_again(reply.id, std::move(failure), {.is_charged = is_charged});
    }
  }

  void take_answer(const HttpReply& reply, OpenAiJob& job, WireReply parsed) {
    OpenAiEndpoint& endpoint = servers_.at(job.endpoint);
    if (parsed.problem) {
      endpoint.no_answer(job.use);
      const std::string problem = key_.scrub(parsed.problem->message);
      Failure failure{parsed.problem->kind, fmt::format("{}: {}", address_of(job), problem),
                      shortened(reply.body)};
      if (parsed.problem->try_again) {
        last_trouble_ = problem;
        try_again(reply.id, std::move(failure), {.is_charged = true});
      } else {
        end_job(reply.id, std::move(failure));
      }
      return;
    }
    const std::string warning =
        endpoint.answered(job.use, job.call.samples, parsed.choices, job.trials[job.endpoint].why);
    if (!warning.empty()) log_->warning(fmt::format("model '{}': {}", config_.name, warning));
    // A key that JSON escapes hid from the scrubbing above.
    for (Answer& answer : parsed.answers) {
      match(
          answer,
          [&](ChatAnswer& chat) {
            chat.text = key_.scrub(std::move(chat.text));
            chat.reasoning = key_.scrub(std::move(chat.reasoning));
          },
          [](ScoreAnswer&) {}, [](EmbedAnswer&) {});
    }
    Completion completion;
    completion.id = job.call.id;
    completion.answers = std::move(parsed.answers);
    completion.usage = job.usage;
    completion.unreported = job.unreported;
    done_.push_back(std::move(completion));
    queue_.erase(reply.id);
  }

  void take_error(const HttpReply& reply, OpenAiJob& job, const ServerError& error, bool is_charged) {
    Failure failure = failure_of(error, reply, {config_, address_of(job), job.call.request});
    if (sends_otherwise(job, error, failure.kind)) {
      queue_.again(reply.id);
      return;
    }
    const bool may_pass = failure.kind == Failure::Kind::server;
    if (!may_pass && failure.kind != Failure::Kind::unusable) {
      end_job(reply.id, std::move(failure));
      return;
    }
    Again again{.asked = asked_pause(reply, error), .is_charged = is_charged};
    again.refused_for_rate = error.cause == ServerError::Cause::rate;
    job.refusals += again.refused_for_rate || error.cause == ServerError::Cause::loading ? 1 : 0;
    last_trouble_ = error.said();
    try_again(reply.id, std::move(failure), again);
  }

  /// True where the request goes out again without what the server refuses, or by another name.
  [[nodiscard]] bool sends_otherwise(OpenAiJob& job, const ServerError& error, Failure::Kind kind) {
    const bool is_refusal = kind == Failure::Kind::refused || kind == Failure::Kind::unsupported;
    const bool may_be_schema = complains_about_schema(error) &&
                               (kind == Failure::Kind::too_long || kind == Failure::Kind::filtered ||
                                error.cause == ServerError::Cause::server);
    if (!is_refusal && !may_be_schema) return false;
    std::string warning;
    OpenAiEndpoint& endpoint = servers_.at(job.endpoint);
    if (is_refusal && endpoint.falls_back(job.use, error, warning)) {
      if (!warning.empty()) log_->warning(fmt::format("model '{}': {}", config_.name, warning));
      return true;
    }
    return OpenAiEndpoint::tries_without(job.use, error, job.trials[job.endpoint]);
  }

  /// How long a job waits whose server asked for a pause: a server speaks for itself alone. Ready earlier
  /// than its own server wants it, the job still goes only to another one, when that has room.
  [[nodiscard]] milliseconds wait_for_a_server(OpenAiJob& job, Clock::time_point now, milliseconds asked) {
    job.asked_to_wait[job.endpoint] = now + asked;
    Clock::time_point soonest = now + asked;
    if (const auto wait_over = job.first_wait_over(now)) soonest = std::min(soonest, *wait_over);
    if (const auto elsewhere = servers_.balancer().elsewhere(now, job.unwanted(now).excluded))
      soonest = std::min(soonest, *elsewhere);
    return std::chrono::ceil<milliseconds>(soonest - now);
  }

  /// How another attempt is to be made.
  struct Again {
    std::optional<milliseconds> asked = std::nullopt;  ///< for by the server, before it
    bool is_charged = false;                           ///< the last one may have been paid for
    bool refused_for_rate = false;
  };

  /// Sends a job again after a pause, or ends it where no attempt, no time or no money is left.
  void try_again(std::uint64_t id, Failure failure, const Again& again) {
    OpenAiJob& job = queue_.at(id);
    const Clock::time_point now = Clock::now();
    const auto& asked = again.asked;
    // Another server may do better. One that says when it will itself is taken at its word.
    job.avoids_endpoint = asked.value_or(milliseconds(0)) == milliseconds(0);
    const auto wait = asked ? std::optional(wait_for_a_server(job, now, *asked)) : std::nullopt;
    const milliseconds pause =
        pause_before_next(job, wait, again.refused_for_rate, from_seconds(config_.deadline_s));
    const double seconds = std::chrono::duration<double>(pause).count();
    const bool is_reply = failure.kind == Failure::Kind::malformed || failure.kind == Failure::Kind::unusable;
    job.malformed += is_reply ? 1 : 0;
    if (failure.kind == Failure::Kind::server || is_reply) job.said = failure;
    if (job.attempts - job.refusals >= config_.max_attempts || job.malformed >= most_malformed) {
      end_job(id, std::move(failure));
    } else if (now + pause >= *job.deadline) {
      if (failure.kind == Failure::Kind::timeout && job.said) {
        // The deadline cut this attempt short: what the server said before tells more.
        failure = *job.said;
        failure.message += "; then the deadline passed";
      }
      if (asked && now + *asked >= *job.deadline) {
        failure.message += fmt::format("; the server asks to wait {:.0f} s, beyond the deadline",
                                       std::chrono::duration<double>(*asked).count());
      }
      end_job(id, std::move(failure));
    } else if (again.is_charged && job.call.may_pay_again && !job.call.may_pay_again()) {
      failure.kind = Failure::Kind::stopped;
      end_job(id, std::move(failure));
    } else {
      log_->verbose(
          fmt::format("model '{}': {}; trying again in {:.1f} s", config_.name, failure.message, seconds));
      queue_.pause(id, now + pause);
    }
  }

  void end_job(std::uint64_t id, Failure failure) {
    fail(queue_.at(id), std::move(failure));
    queue_.erase(id);
  }

  void fail(const OpenAiJob& job, Failure failure) {
    const double seconds =
        job.attempts > 0 && job.deadline
            ? std::chrono::duration<double>(Clock::now() - *job.deadline).count() + config_.deadline_s
            : 0.0;
    failure.message = fmt::format("model '{}': {}", config_.name, failure.message);
    if (job.attempts > 1) failure.message += fmt::format(" ({} attempts in {:.1f} s)", job.attempts, seconds);
    Completion completion;
    completion.id = job.call.id;
    completion.usage = job.usage;
    completion.unreported = job.unreported;
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
