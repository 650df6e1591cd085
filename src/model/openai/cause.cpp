#include "cause.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "cause_words.hpp"
#include "error_text.hpp"

namespace recon {
namespace {

using namespace cause_words;

/// A code, type, status or reason without what differs between servers: "RateLimitError",
/// "rate_limit_exception" and "rate_limit" are "ratelimit".
std::string plain_name(std::string_view name) {
  std::string plain = ascii_lower_case(name);
  std::erase_if(plain, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')); });
  for (const std::string_view end : {"exception", "error"}) {
    if (plain.ends_with(end)) plain.resize(plain.size() - end.size());
  }
  return plain;
}

/// The number behind the first such word that has one: "limit 6,000", "limit: 6000".
std::optional<double> number_after(std::string_view text, std::string_view word) {
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos;) {
    at += word.size();
    while (at < text.size() && (text[at] == ' ' || text[at] == ':')) ++at;
    std::string digits;
    for (; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || text[at] == ','); ++at) {
      if (text[at] != ',') digits += text[at];
    }
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!digits.empty() && error == std::errc()) return number;
  }
  return std::nullopt;
}

/// Decides a cause by names first, then words, then the status.
class Decision {
 public:
  Decision(ServerError& error, const ErrorParts& parts, std::optional<int> status)
      : error_(error), parts_(parts), http_(status) {
    find_name();
    find_status();
  }

  [[nodiscard]] Cause cause() const {
    if (const auto told = told_cause()) return *told;
    switch (status_) {
      case 401:
        return Cause::key;
      case 402:
        return Cause::account;
      case 403:
        return parts_.page ? Cause::gateway : Cause::forbidden;
      case 404:
      case 405:
        return names_missing_model() ? Cause::model : Cause::address;
      case 413:
        return Cause::length;
      case 420:  // of some gateways
      case 429:
        return Cause::rate;
      case 498:  // capacity exceeded
      case 503:
      case 504:
      case 529:
        return Cause::overloaded;
      case 408:
      case 409:
      case 424:
      case 425:
      case 499:  // of gateways: the other side went away
        return Cause::server;
      default:
        break;
    }
    if (status_ >= 500) return Cause::server;
    return names_missing_model() && status_ == 400 ? Cause::model : Cause::request;
  }

  /// As told: 0 where a reply of status 200 names none.
  [[nodiscard]] int status() const { return http_ || parts_.code || named_ ? http_.value_or(status_) : 0; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  ServerError& error_;
  const ErrorParts& parts_;
  std::optional<int> http_;
  std::optional<Cause> named_;
  std::string name_;
  int status_ = 500;

  [[nodiscard]] bool says(const auto& phrases) const { return says_any(error_.text, phrases); }
  [[nodiscard]] bool is_named(Cause cause) const { return named_ == cause; }

  void find_name() {
    std::size_t best = names.size();
    for (const std::string& name : parts_.names) {
      const std::string plain = plain_name(name);
      const auto found =
          std::find_if(names.begin(), names.end(), [&](const Names& known) { return known.first == plain; });
      const auto place = static_cast<std::size_t>(found - names.begin());
      if (place >= best) continue;
      best = place;
      named_ = found->second;
      name_ = name;
    }
    if (parts_.failed_generation) named_ = Cause::generation;
  }

  void find_status() {
    const int inner = parts_.code.value_or(0);
    if (http_) {
      // A proxy that says 400 or 500 to what another server said to it.
      const bool is_vague = http_ == 400 || http_ == 500 || http_ == 502 || http_ == 503;
      const bool is_telling = inner == 401 || inner == 402 || inner == 403 || inner == 413 || inner == 429;
      status_ = is_vague && is_telling ? inner : *http_;
    } else if (inner != 0) {
      status_ = inner;
    } else if (named_) {
      status_ = status_of_name();
    }
  }

  [[nodiscard]] int status_of_name() const {
    switch (*named_) {
      case Cause::key:
        return 401;
      case Cause::account:
        return 402;
      case Cause::forbidden:
        return 403;
      case Cause::model:
        return 404;
      case Cause::rate:
      case Cause::long_quota:
        return 429;
      case Cause::overloaded:
      case Cause::loading:
        return 503;
      case Cause::server:
      case Cause::unsupported:
        return 500;
      default:
        return 400;
    }
  }

  /// The cause that names and words tell, whatever the status.
  [[nodiscard]] std::optional<Cause> told_cause() const {
    const bool is_limit = status_ == 429 || is_named(Cause::rate);
    if (is_named(Cause::generation) || (!is_limit && says(generation_phrases))) return Cause::generation;
    if (is_named(Cause::content) || (!is_limit && says(content_phrases))) return Cause::content;
    if (!is_limit && status_ != 401 && says(loading_phrases)) return Cause::loading;
    if (is_too_long(is_limit)) return Cause::length;
    if (const auto quota = quota_cause(is_limit)) return quota;
    if (is_named(Cause::key) || (!is_limit && says(strong_key_phrases))) return Cause::key;
    const bool may_be_key = status_ != 404 && (status_ < 500 || !http_);
    if (!is_limit && may_be_key && says(key_phrases)) return Cause::key;
    const bool may_be_overload =
        status_ != 401 && status_ != 403 && status_ != 404 && (status_ < 500 || !http_);
    if (is_limit || (status_ != 401 && status_ != 404 && says(rate_phrases))) return Cause::rate;
    if (is_named(Cause::overloaded) || (may_be_overload && says(overload_phrases))) return Cause::overloaded;
    if (is_named(Cause::model)) return Cause::model;
    if (is_named(Cause::forbidden) && status_ < 500) return Cause::forbidden;
    if (is_named(Cause::unsupported)) return Cause::unsupported;
    return std::nullopt;
  }

  [[nodiscard]] bool is_too_long(bool is_limit) const {
    // What one request asks for beyond the whole allowance never passes, however long it waits.
    const auto limit = number_after(error_.text, "limit");
    const auto requested = number_after(error_.text, "requested");
    const bool never_passes = limit && requested && *requested > *limit;
    if (is_named(Cause::length) || status_ == 413) return true;
    if (is_limit) return never_passes && error_.text.find("too large") != std::string::npos;
    return says(length_phrases) && !is_about_the_reply();
  }

  /// True where max_tokens alone is more than the model can give.
  [[nodiscard]] bool is_about_the_reply() const {
    constexpr std::array of_reply = {Phrase{"max_tokens"}, Phrase{"max_completion_tokens"}};
    constexpr std::array of_prompt = {Phrase{"context"}, Phrase{"prompt"}, Phrase{"input"}};
    return (says(of_reply) || says_any(error_.parameter, of_reply)) && !says(of_prompt);
  }

  /// Money, the quota of a day, or neither. Servers write "check your plan and billing" below any quota.
  [[nodiscard]] std::optional<Cause> quota_cause(bool is_limit) const {
    const bool is_about_limits = is_limit || status_ == 402 || status_ == 403 || says(rate_phrases);
    for (const std::string& quota : parts_.quotas) {
      if (says_any(quota, long_phrases)) return Cause::long_quota;
    }
    if (!parts_.quotas.empty()) return is_about_limits ? std::optional(Cause::rate) : std::nullopt;
    if (is_named(Cause::account)) return Cause::account;
    if (is_named(Cause::long_quota)) return Cause::long_quota;
    if (says(account_phrases)) return Cause::account;
    if (is_about_limits && says(long_phrases) && !says(short_phrases)) return Cause::long_quota;
    const bool is_spent = error_.text.find("exceeded your current quota") != std::string::npos;
    return is_spent && !error_.wait && !says(short_phrases) ? std::optional(Cause::account) : std::nullopt;
  }

  [[nodiscard]] bool names_missing_model() const {
    return error_.text.find("model") != std::string::npos && says(missing_phrases);
  }
};

std::string limit_words(const ServerError& error, const ErrorParts& parts) {
  std::string text = error.text;
  for (const std::string& quota : parts.quotas) text += quota;
  const auto has = [&](std::string_view word) { return text.find(word) != std::string::npos; };
  switch (error.cause) {
    case Cause::overloaded:
      return "the server has too much to do";
    case Cause::loading:
      return "the server is loading the model";
    case Cause::rate:
    case Cause::long_quota:
      break;
    default:
      return "";
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> periods = {
      {{"per day", "day"},
       {"per-day", "day"},
       {"per_day", "day"},
       {"perday", "day"},
       {"daily", "day"},
       {"per min", "minute"},
       {"per-min", "minute"},
       {"per_min", "minute"},
       {"permin", "minute"},
       {"tpm", "minute"},
       {"rpm", "minute"},
       {"per second", "second"}}};
  const auto period =
      std::find_if(periods.begin(), periods.end(), [&](const auto& known) { return has(known.first); });
  if (period == periods.end()) return "rate limit";
  const std::string_view what = has("quota") ? "quota" : has("token") ? "tokens" : "requests";
  return std::string(what) + " per " + std::string(period->second);
}

}  // namespace

void decide_cause(ServerError& error, const ErrorParts& parts, std::optional<int> status) {
  const Decision decision(error, parts, status);
  error.cause = decision.cause();
  error.status = decision.status();
  error.name = decision.name();
  if (error.name.empty() && !parts.names.empty()) error.name = parts.names.front();
  error.limit = limit_words(error, parts);
}

}  // namespace recon
