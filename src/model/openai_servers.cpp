#include "openai_servers.hpp"

#include "recon/model/price.hpp"

#include <algorithm>
#include <limits>
#include <variant>

#include <fmt/format.h>

namespace recon {
namespace {

using Clock = std::chrono::steady_clock;

Traffic::Limits limits_of(const ModelConfig& config) {
  return {static_cast<std::size_t>(std::max(1, config.concurrency)), config.requests_per_minute,
          config.tokens_per_minute, config.queries_per_second};
}

std::string without_trailing_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

OpenAiServers::OpenAiServers(const ModelConfig& config, Log& log)
    : model_(config.name), log_(&log), traffic_(config.base_urls.size(), limits_of(config)) {
  WireOptions options;
  options.model = config.model;
  options.chat_template = config.chat_template;
  options.extra_body = config.extra_body;
  options.send_schema = config.json_schema;
  for (const std::string& url : config.base_urls)
    endpoints_.emplace_back(without_trailing_slashes(url), options);
}

double OpenAiServers::expected_tokens(const Call& call) const {
  double reply = 0;
  if (const auto* chat = std::get_if<ChatRequest>(&call.request)) {
    constexpr double unknown_reply = 256;
    const double most = chat->sampling.max_tokens.value_or(std::numeric_limits<int>::max());
    reply = std::min(reply_tokens_ > 0 ? reply_tokens_ : unknown_reply, most) * std::max(1, call.samples);
  }
  return static_cast<double>(estimated_prompt_tokens(call.request)) + reply;
}

void OpenAiServers::learn_reply_tokens(const WireReply& parsed) {
  constexpr double weight = 0.05;
  const auto count = static_cast<double>(std::max<std::size_t>(1, parsed.answers.size()));
  const double reply_tokens = static_cast<double>(parsed.usage.completion) / count;
  reply_tokens_ = reply_tokens_ > 0 ? (1 - weight) * reply_tokens_ + weight * reply_tokens : reply_tokens;
}

void OpenAiServers::ended(const HttpReply& reply, const OpenAiJob& job, const WireReply& parsed) {
  Traffic::Ended ended{job.endpoint, job.sent,     end_of(reply, job),
                       job.tokens,   std::nullopt, asked_pause(reply)};
  warn_of_long_pause(job.endpoint, ended.pause);
  if (parsed.has_usage) {
    ended.used_tokens = static_cast<double>(parsed.usage.prompt + parsed.usage.completion);
    learn_reply_tokens(parsed);
  }
  const std::string& url = endpoints_[job.endpoint].base_url();
  switch (traffic_.ended(ended, Clock::now())) {
    case Traffic::Change::set_aside:
      log_->warning(fmt::format(
          "model '{}': {} does not answer ({}); it is set aside and tried again from time to time", model_,
          url, reply.error));
      break;
    case Traffic::Change::back:
      log_->info(fmt::format("model '{}': {} answers again", model_, url));
      break;
    case Traffic::Change::none:
      break;
  }
}

/// Once for each time that a server wants more than a minute: a run that stands still should say why.
void OpenAiServers::warn_of_long_pause(std::size_t server, std::optional<std::chrono::milliseconds> pause) {
  const Clock::time_point now = Clock::now();
  if (!pause || *pause < std::chrono::minutes(1) || now < pause_told_until_) return;
  pause_told_until_ = now + *pause;
  log_->warning(fmt::format("model '{}': {} asks to wait {:.0f} s", model_, endpoints_[server].base_url(),
                            std::chrono::duration<double>(*pause).count()));
}

}  // namespace recon
