#include "attempt.hpp"

#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/http/rate_headers.hpp"
#include "recon/http/retry.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "error_text.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using std::chrono::milliseconds;

bool is_good(const HttpReply& reply) {
  return reply.outcome == HttpReply::Outcome::answered && reply.status >= 200 && reply.status < 300;
}

/// True where `word` stands in `text` as a word of its own.
bool has_word(std::string_view text, std::string_view word) {
  const auto in_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; at += word.size()) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end]))) return true;
  }
  return false;
}

/// What to set where the server refuses one of the request's parameters; empty where it names none.
std::string parameter_remedy(const ServerError& error, const ChatRequest& chat) {
  const auto names = [&](std::string_view name) {
    return error.parameter == name || has_word(error.text, name);
  };
  const Sampling& sampling = chat.sampling;
  const bool limits_reply = names("max_tokens") || names("max_completion_tokens");
  if (sampling.max_tokens && limits_reply) return ": lower max_tokens, or set `max_tokens: null`";
  const std::array<std::pair<const char*, bool>, 3> sent = {
      {{"temperature", sampling.temperature.has_value()},
       {"top_p", sampling.top_p.has_value()},
       {"top_k", sampling.top_k.has_value()}}};
  for (const auto& [name, is_sent] : sent) {
    if (is_sent && names(name)) return fmt::format(": set `{}: null`, so that none is sent", name);
  }
  return "";
}

std::string extra_body_remedy(const ServerError& error, const ModelConfig& config) {
  for (const auto& [key, value] : config.extra_body.items()) {
    if (error.parameter == key || has_word(error.text, ascii_lower_case(key)))
      return fmt::format(": take '{}' out of the model's extra_body", key);
  }
  return "";
}

std::string key_message(const ServerError& error, const std::string& variable) {
  const std::string said = error.said();
  if (variable.empty()) {
    return fmt::format(
        "the server wants a key ({}): name the environment variable that holds it in api_key_env", said);
  }
  if (error.cause == ServerError::Cause::key)
    return fmt::format("the server refuses the key in {} ({}): set a valid key and run again", variable,
                       said);
  return fmt::format(
      "the key in {} is not allowed this ({}): allow it there, or set another key and run again", variable,
      said);
}

/// "the key in KEY_VARIABLE", or what can be said of it where the config names none.
std::string account_of(const std::string& variable) {
  return variable.empty() ? "this server" : fmt::format("the key in {}", variable);
}

std::string request_message(const ServerError& error, const HttpReply& reply, const Asked& asked) {
  if (reply.status >= 300 && reply.status < 400) {
    return fmt::format(
        "{}: HTTP {}: the server redirects to {}; redirects are not followed: put the final address in "
        "base_url",
        asked.address, reply.status, reply.location.empty() ? "nowhere" : one_line(reply.location));
  }
  std::string remedy = match(
      asked.request, [&](const ChatRequest& chat) { return parameter_remedy(error, chat); },
      [](const ScoreRequest&) { return std::string(); }, [](const EmbedRequest&) { return std::string(); });
  if (remedy.empty()) remedy = extra_body_remedy(error, asked.config);
  return fmt::format("the server refuses the request ({}){}", error.said(), remedy);
}

std::string length_message(const ServerError& error, const Request& request) {
  constexpr const char* of_prompts =
      "lower context_tokens or max_tokens, or give the server a larger context window";
  const char* remedy = match(
      request, [](const ChatRequest&) { return of_prompts; }, [](const ScoreRequest&) { return of_prompts; },
      [](const EmbedRequest&) { return "lower context_tokens, or let the server take longer texts"; });
  return fmt::format("the request is longer than the server takes ({}): {}", error.said(), remedy);
}

std::string address_message(const ServerError& error, const Asked& asked) {
  return fmt::format(
      "{} {} ({}): base_url must be the address up to where /chat/completions and the like begin, usually "
      "ending in /v1, and the model '{}' (or its deployment) must be there",
      asked.address, error.status == 405 ? "takes no such request" : "is unknown to the server", error.said(),
      asked.config.model);
}

std::string message_of(const ServerError& error, const HttpReply& reply, const Asked& asked) {
  using Cause = ServerError::Cause;
  const std::string& variable = asked.config.api_key_env;
  switch (error.cause) {
    case Cause::key:
    case Cause::forbidden:
      return key_message(error, variable);
    case Cause::account:
      return fmt::format("the account of {} has no money or credit left ({}): add some and run again",
                         account_of(variable), error.said());
    case Cause::long_quota:
      return fmt::format("the quota of {} is used up ({}): run again when it is renewed, or have it raised",
                         account_of(variable), error.said());
    case Cause::rate:
    case Cause::overloaded:
    case Cause::loading:
    case Cause::server:
      break;
    case Cause::length:
      return length_message(error, asked.request);
    case Cause::content:
      return fmt::format("the server's content filter withholds the request ({})", error.said());
    case Cause::generation:
      return fmt::format("the model's text did not fit the reply's JSON schema ({})", error.said());
    case Cause::model:
      return fmt::format(
          "the server does not know the model '{}' ({}; asked was {}): set `model` to a name that the server "
          "lists, or start that model there",
          asked.config.model, error.said(), asked.address);
    case Cause::address:
      return address_message(error, asked);
    case Cause::unsupported:
      return fmt::format("the server at {} cannot do this ({})", asked.address, error.said());
    case Cause::gateway:
      return fmt::format(
          "something in front of {} refuses the request ({}): check the address, and whether this machine "
          "may "
          "reach it",
          asked.address, error.said());
    case Cause::request:
      return request_message(error, reply, asked);
  }
  return fmt::format("{}: {}", asked.address, error.said());
}

}  // namespace

UnwantedServers OpenAiJob::unwanted(std::chrono::steady_clock::time_point now) const {
  UnwantedServers servers;
  for (const auto& [server, until] : asked_to_wait) {
    if (until > now) servers.excluded.push_back(server);
  }
  if (avoids_endpoint) servers.deprioritised.push_back(endpoint);
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

RequestOption OpenAiJob::left_out_at(std::size_t server) const {
  const auto trial = trials.find(server);
  return trial == trials.end() ? RequestOption::none : trial->second.left_out;
}

LoadBalancer::End end_of(const HttpReply& reply, const OpenAiJob& job,
                         const std::optional<ServerError>& error) {
  switch (reply.outcome) {
    case HttpReply::Outcome::timed_out:
      // Too little time to blame the server.
      if (job.cut_by_deadline) return LoadBalancer::End::broken;
      return reply.connected ? LoadBalancer::End::timed_out : LoadBalancer::End::unreachable;
    case HttpReply::Outcome::failed:
      return reply.connected ? LoadBalancer::End::broken : LoadBalancer::End::unreachable;
    case HttpReply::Outcome::answered:
      break;
  }
  if (!error) return LoadBalancer::End::answered;
  switch (error->cause) {
    case ServerError::Cause::rate:
      return LoadBalancer::End::throttled;
    case ServerError::Cause::overloaded:
    case ServerError::Cause::loading:
      return LoadBalancer::End::overloaded;
    default:
      return LoadBalancer::End::rejected;
  }
}

bool may_be_paid(const HttpReply& reply, const std::optional<ServerError>& error) {
  if (reply.outcome != HttpReply::Outcome::answered) return reply.sent;
  if (!error) return true;
  if (error->cause == ServerError::Cause::generation) return true;
  // From a gateway whose patience ended, or whose server went away.
  constexpr std::array<int, 4> from_gateways = {408, 502, 504, 524};
  return !is_good(reply) &&
         std::find(from_gateways.begin(), from_gateways.end(), reply.status) != from_gateways.end();
}

std::optional<milliseconds> asked_pause(const HttpReply& reply, const std::optional<ServerError>& error) {
  auto told = exact_retry_after(reply.rate_limits);
  if (!told) told = retry_after_pause(reply.retry_after);
  // A header may be rounded down to 0 where the body is exact.
  const bool may_pass = error && kind_of(error->cause) == Failure::Kind::server;
  if (may_pass && error->wait) told = std::max(told.value_or(milliseconds(0)), *error->wait);
  return told ? told : rate_limit_pause(reply.rate_limits);
}

Failure failure_of(const ServerError& error, const HttpReply& reply, const Asked& asked) {
  return {kind_of(error.cause), message_of(error, reply, asked), shortened(reply.body)};
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
