#include "openai_attempt.hpp"

#include "recon/core/text.hpp"
#include "recon/http/rate_headers.hpp"
#include "recon/http/retry.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "openai_error.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using std::chrono::milliseconds;

/// Text from a server, fit for a message.
std::string one_line(const std::string& text) {
  return collapse_white_space(replace_invalid_utf8(std::string_view(text).substr(0, 300)));
}

bool is_retried(int status) {
  return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

bool is_good(const HttpReply& reply) {
  return reply.outcome == HttpReply::Outcome::answered && reply.status >= 200 && reply.status < 300;
}

}  // namespace

UnwantedServers OpenAiJob::unwanted(std::chrono::steady_clock::time_point now) const {
  UnwantedServers servers;
  for (const auto& [server, until] : asked_to_wait) {
    if (until > now) servers.never.push_back(server);
  }
  if (avoids_endpoint) servers.rather_not.push_back(endpoint);
  return servers;
}

std::optional<std::chrono::steady_clock::time_point> OpenAiJob::first_wait_over(
    std::chrono::steady_clock::time_point now) const {
  std::optional<std::chrono::steady_clock::time_point> first;
  for (const auto& [server, until] : asked_to_wait) {
    if (until > now && (!first || until < *first)) first = until;
  }
  return first;
}

Traffic::End end_of(const HttpReply& reply, const OpenAiJob& job) {
  switch (reply.outcome) {
    case HttpReply::Outcome::timed_out:
      // Too little time to blame the server.
      if (job.cut_by_deadline) return Traffic::End::broken;
      return reply.connected ? Traffic::End::timed_out : Traffic::End::unreachable;
    case HttpReply::Outcome::failed:
      return reply.connected ? Traffic::End::broken : Traffic::End::unreachable;
    case HttpReply::Outcome::answered:
      break;
  }
  if (reply.status == 429) return Traffic::End::busy;
  const bool overloaded = reply.status == 503 || reply.status == 504 || reply.status == 529;
  if (overloaded) return Traffic::End::overloaded;
  return is_good(reply) ? Traffic::End::answered : Traffic::End::turned_down;
}

bool may_be_paid(const HttpReply& reply) {
  if (reply.outcome != HttpReply::Outcome::answered) return reply.sent;
  // From a gateway whose patience ended, or whose server went away.
  constexpr std::array<int, 4> from_gateways = {408, 502, 504, 524};
  return is_good(reply) ||
         std::find(from_gateways.begin(), from_gateways.end(), reply.status) != from_gateways.end();
}

std::optional<milliseconds> asked_pause(const HttpReply& reply) {
  if (const auto exact = exact_retry_after(reply.rate_limits)) return exact;
  const auto after = retry_after_pause(reply.retry_after);
  return after ? after : rate_limit_pause(reply.rate_limits);
}

Failure failure_of_status(const HttpReply& reply, const ApiKey& key, const std::string& api_key_env) {
  Failure failure{Failure::Kind::refused,
                  fmt::format("HTTP {}: {}", reply.status, key.scrub(server_message(reply.body))),
                  shortened(reply.body)};
  if (reply.status == 402 || (reply.status == 429 && complains_about_quota(reply.body))) {
    failure.kind = Failure::Kind::quota;
  } else if (is_retried(reply.status)) {
    failure.kind = Failure::Kind::server;
  } else if (reply.status >= 300 && reply.status < 400) {
    failure.message = fmt::format(
        "HTTP {}: the server redirects to {}; redirects are not followed: put the final address in base_url",
        reply.status, reply.location.empty() ? "nowhere" : one_line(key.scrub(reply.location)));
  } else if (reply.status == 401 || reply.status == 403) {
    // 403 may also be about what this one request says.
    if (reply.status == 401) failure.kind = Failure::Kind::unauthorized;
    failure.message += api_key_env.empty()
                           ? "; the server wants a key: name its environment variable in api_key_env"
                           : fmt::format("; check the key in the environment variable {}", api_key_env);
  } else if (reply.status == 400 || reply.status == 413 || reply.status == 422) {
    if (complains_about_length(reply.body)) {
      failure.kind = Failure::Kind::too_long;
    } else if (complains_about_content(reply.body)) {
      failure.kind = Failure::Kind::filtered;
    }
  }
  return failure;
}

milliseconds pause_before_next(const OpenAiJob& job, std::optional<milliseconds> asked, bool refused_for_rate,
                               milliseconds deadline) {
  const milliseconds backoff = backoff_pause(job.attempts, deadline, job.call.id);
  if (!asked) return backoff;
  if (!refused_for_rate) return std::max(*asked, backoff);
  return *asked + std::min(backoff, milliseconds(10) + *asked / 20);
}

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

}  // namespace recon
