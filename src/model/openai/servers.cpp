#include "servers.hpp"

#include "recon/core/visit.hpp"
#include "recon/http/url.hpp"
#include "recon/model/price.hpp"

#include <algorithm>
#include <limits>
#include <variant>

#include <fmt/format.h>

namespace recon {
namespace {

using Clock = std::chrono::steady_clock;

LoadBalancer::Limits limits_of(const ModelConfig& config) {
  return {static_cast<std::size_t>(std::max(1, config.concurrency)), config.requests_per_minute,
          config.tokens_per_minute, config.queries_per_second};
}

}  // namespace

OpenAiServers::OpenAiServers(const ModelConfig& config, Log& log)
    : model_(config.name), log_(&log), balancer_(config.base_urls.size(), limits_of(config)) {
  WireOptions options;
  options.model = config.model;
  options.chat_template = config.chat_template;
  options.extra_body = config.extra_body;
  options.send_schema = config.json_schema;
  options.max_completion_tokens = config.max_completion_tokens;
  for (const std::string& url : config.base_urls)
    endpoints_.emplace_back(without_trailing_slashes(url), options);
  told_.resize(endpoints_.size());
  troubles_.resize(endpoints_.size());
}

double OpenAiServers::expected_tokens(const Call& call) const {
  const double reply = match(
      call.request,
      [&](const ChatRequest& chat) {
        constexpr double unknown_reply = 256;
        const double most = chat.sampling.max_tokens.value_or(std::numeric_limits<int>::max());
        return std::min(reply_tokens_ > 0 ? reply_tokens_ : unknown_reply, most) * std::max(1, call.samples);
      },
      [](const ScoreRequest&) { return 0.0; }, [](const EmbedRequest&) { return 0.0; });
  return static_cast<double>(estimated_prompt_tokens(call.request)) + reply;
}

void OpenAiServers::learn_reply_tokens(const WireReply& parsed) {
  constexpr double weight = 0.05;
  const auto count = static_cast<double>(std::max<std::size_t>(1, parsed.answers.size()));
  const double reply_tokens = static_cast<double>(parsed.usage.completion) / count;
  reply_tokens_ = reply_tokens_ > 0 ? (1 - weight) * reply_tokens_ + weight * reply_tokens : reply_tokens;
}

void OpenAiServers::ended(const HttpReply& reply, const OpenAiJob& job, const WireReply& parsed,
                          const std::optional<ServerError>& error) {
  LoadBalancer::Ended ended{job.endpoint, job.sent,     end_of(reply, job, error),
                            job.tokens,   std::nullopt, asked_pause(reply, error)};
  if (ended.pause) note_pause(job.endpoint, *ended.pause, error);
  if (reply.outcome != HttpReply::Outcome::answered) troubles_[job.endpoint] = reply.error;
  if (parsed.has_usage) {
    ended.used_tokens = static_cast<double>(parsed.usage.prompt + parsed.usage.completion);
    learn_reply_tokens(parsed);
  }
  const std::string& url = endpoints_[job.endpoint].base_url();
  switch (balancer_.ended(ended, Clock::now())) {
    case LoadBalancer::Change::circuit_opened:
      log_->warning(fmt::format(
          "model '{}': {} does not answer ({}); it is set aside and tried again from time to time", model_,
          url, reply.error));
      break;
    case LoadBalancer::Change::back:
      log_->info(fmt::format("model '{}': {} answers again", model_, url));
      break;
    case LoadBalancer::Change::none:
      break;
  }
}

void OpenAiServers::note_pause(std::size_t server, std::chrono::milliseconds pause,
                               const std::optional<ServerError>& error) {
  const Clock::time_point now = Clock::now();
  const std::string reason = error && !error->limit.empty() ? error->limit : "rate limit";
  if (now + pause > told_[server].until) told_[server] = {"as the server asked: " + reason, now + pause};
  // Once for each time that a server wants more than a minute: a run that stands still should say why.
  if (pause < std::chrono::minutes(1) || now < pause_told_until_) return;
  pause_told_until_ = now + pause;
  log_->warning(fmt::format("model '{}': {} asks to wait {:.0f} s ({})", model_,
                            endpoints_[server].base_url(), std::chrono::duration<double>(pause).count(),
                            reason));
}

std::optional<WaitReason> OpenAiServers::waiting_for(Clock::time_point now, double tokens) const {
  const auto next = balancer_.next(now, tokens);
  if (next && *next > now && balancer_.is_limited(now, tokens))
    return WaitReason{"for the rate limit of the config (rpm, tpm or qps)", *next};
  if (next && *next > now && balancer_.all_circuits_open())
    return WaitReason{"as every server is set aside: " + troubles_.front(), *next};
  const WaitReason* soonest = nullptr;
  for (const WaitReason& told : told_) {
    if (told.until > now && (soonest == nullptr || told.until < soonest->until)) soonest = &told;
  }
  if (soonest != nullptr) return *soonest;
  return std::nullopt;
}

}  // namespace recon
