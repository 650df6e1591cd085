#include "openai_cause.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "openai_error_text.hpp"

namespace recon {
namespace {

using Cause = ServerError::Cause;

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

/// What servers call it, most telling first: of several names the one that stands first here decides.
using Names = std::pair<std::string_view, Cause>;
constexpr std::array names = {Names{"jsonvalidatefailed", Cause::generation},
                              Names{"failedgeneration", Cause::generation},
                              Names{"outputparsefailed", Cause::generation},
                              Names{"jsongenerationfailed", Cause::generation},
                              Names{"contentfilter", Cause::content},
                              Names{"contentpolicyviolation", Cause::content},
                              Names{"contentpolicy", Cause::content},
                              Names{"responsibleaipolicyviolation", Cause::content},
                              Names{"moderation", Cause::content},
                              Names{"moderationblocked", Cause::content},
                              Names{"prohibitedcontent", Cause::content},
                              Names{"safety", Cause::content},
                              Names{"datainspectionfailed", Cause::content},
                              Names{"sensitivecontent", Cause::content},
                              Names{"unsafecontent", Cause::content},
                              Names{"contextlengthexceeded", Cause::length},
                              Names{"exceedcontextsize", Cause::length},
                              Names{"contextwindowexceeded", Cause::length},
                              Names{"stringabovemaxlength", Cause::length},
                              Names{"requesttoolarge", Cause::length},
                              Names{"modelmaxprompttokensexceeded", Cause::length},
                              Names{"prompttoolong", Cause::length},
                              Names{"inputtoolong", Cause::length},
                              Names{"invalidrequestprompttoolong", Cause::length},
                              Names{"tokenlimitexceeded", Cause::length},
                              Names{"payloadtoolarge", Cause::length},
                              Names{"contentlengthexceeded", Cause::length},
                              Names{"insufficientquota", Cause::account},
                              Names{"insufficientbalance", Cause::account},
                              Names{"insufficientcredits", Cause::account},
                              Names{"insufficientfunds", Cause::account},
                              Names{"billinghardlimitreached", Cause::account},
                              Names{"billingnotactive", Cause::account},
                              Names{"billing", Cause::account},
                              Names{"creditlimit", Cause::account},
                              Names{"paymentrequired", Cause::account},
                              Names{"exceededcurrentquota", Cause::account},
                              Names{"arrearage", Cause::account},
                              Names{"budgetexceeded", Cause::account},
                              Names{"dailylimitexceeded", Cause::long_quota},
                              Names{"dailyquotaexceeded", Cause::long_quota},
                              Names{"invalidapikey", Cause::key},
                              Names{"apikeyinvalid", Cause::key},
                              Names{"incorrectapikey", Cause::key},
                              Names{"apikeyexpired", Cause::key},
                              Names{"missingapikey", Cause::key},
                              Names{"noapikey", Cause::key},
                              Names{"invalidauthentication", Cause::key},
                              Names{"authentication", Cause::key},
                              Names{"authenticationfailed", Cause::key},
                              Names{"auth", Cause::key},
                              Names{"unauthenticated", Cause::key},
                              Names{"invalidtoken", Cause::key},
                              Names{"tokenexpired", Cause::key},
                              Names{"accesstokenexpired", Cause::key},
                              Names{"accountdeactivated", Cause::key},
                              Names{"unauthorized", Cause::key},
                              Names{"ratelimit", Cause::rate},
                              Names{"tokenquotaexceeded", Cause::rate},
                              Names{"requestquotaexceeded", Cause::rate},
                              Names{"ratelimitexceeded", Cause::rate},
                              Names{"ratelimitreached", Cause::rate},
                              Names{"ratelimited", Cause::rate},
                              Names{"userratelimitexceeded", Cause::rate},
                              Names{"modelratelimit", Cause::rate},
                              Names{"toomanyrequests", Cause::rate},
                              Names{"resourceexhausted", Cause::rate},
                              Names{"throttling", Cause::rate},
                              Names{"throttled", Cause::rate},
                              Names{"quotaexceeded", Cause::rate},
                              Names{"limitrequests", Cause::rate},
                              Names{"servicetiercapacityexceeded", Cause::rate},
                              Names{"overloaded", Cause::overloaded},
                              Names{"queueexceeded", Cause::overloaded},
                              Names{"capacityexceeded", Cause::overloaded},
                              Names{"engineoverloaded", Cause::overloaded},
                              Names{"modeloverloaded", Cause::overloaded},
                              Names{"serveroverloaded", Cause::overloaded},
                              Names{"unavailable", Cause::overloaded},
                              Names{"serviceunavailable", Cause::overloaded},
                              Names{"serverbusy", Cause::overloaded},
                              Names{"servicebusy", Cause::overloaded},
                              Names{"slowdown", Cause::overloaded},
                              Names{"modelnotfound", Cause::model},
                              Names{"modelnotsupported", Cause::model},
                              Names{"deploymentnotfound", Cause::model},
                              Names{"invalidmodel", Cause::model},
                              Names{"unknownmodel", Cause::model},
                              Names{"nosuchmodel", Cause::model},
                              Names{"permissiondenied", Cause::forbidden},
                              Names{"permission", Cause::forbidden},
                              Names{"forbidden", Cause::forbidden},
                              Names{"accessdenied", Cause::forbidden},
                              Names{"requestforbidden", Cause::forbidden},
                              Names{"unsupportedcountryregionterritory", Cause::forbidden},
                              Names{"notsupported", Cause::unsupported},
                              Names{"unimplemented", Cause::unsupported},
                              Names{"deadlineexceeded", Cause::server},
                              Names{"internal", Cause::server},
                              Names{"internalserver", Cause::server},
                              Names{"server", Cause::server},
                              Names{"timeout", Cause::server},
                              Names{"badgateway", Cause::server},
                              Names{"unsupportedparameter", Cause::request},
                              Names{"unsupportedvalue", Cause::request},
                              Names{"extraforbidden", Cause::request},
                              Names{"invalidvalue", Cause::request},
                              Names{"invalidparameter", Cause::request},
                              Names{"invalidrequest", Cause::request},
                              Names{"invalidargument", Cause::request},
                              Names{"badrequest", Cause::request},
                              Names{"validation", Cause::request},
                              Names{"failedprecondition", Cause::request},
                              Names{"outofrange", Cause::request},
                              Names{"unprocessableentity", Cause::request}};

using Phrase = std::string_view;
constexpr std::array generation_phrases = {Phrase{"failed to generate json"},
                                           Phrase{"failed to validate json"}, Phrase{"json_validate_failed"}};
constexpr std::array loading_phrases = {Phrase{"loading model"},     Phrase{"model is loading"},
                                        Phrase{"currently loading"}, Phrase{"still loading"},
                                        Phrase{"is being loaded"},   Phrase{"warming up"},
                                        Phrase{"cold start"},        Phrase{"model is starting"}};
constexpr std::array length_phrases = {Phrase{"range of input length"},
                                       Phrase{"exceeds max length"},
                                       Phrase{"context length"},
                                       Phrase{"context_length"},
                                       Phrase{"maximum context"},
                                       Phrase{"context window"},
                                       Phrase{"context size"},
                                       Phrase{"context limit"},
                                       Phrase{"contextwindowexceeded"},
                                       Phrase{"exceed_context"},
                                       Phrase{"prompt is too long"},
                                       Phrase{"prompt too long"},
                                       Phrase{"input is too long"},
                                       Phrase{"input too long"},
                                       Phrase{"text is too long"},
                                       Phrase{"text too long"},
                                       Phrase{"is too large to process"},
                                       Phrase{"input is too large"},
                                       Phrase{"input too large"},
                                       Phrase{"too many tokens"},
                                       Phrase{"too many input tokens"},
                                       Phrase{"reduce the length"},
                                       Phrase{"reduce your prompt"},
                                       Phrase{"reduce your input"},
                                       Phrase{"shorten your"},
                                       Phrase{"shorter prompt"},
                                       Phrase{"shorter input"},
                                       Phrase{"number of tokens allowed"},
                                       Phrase{"maximum input length"},
                                       Phrase{"maximum prompt length"},
                                       Phrase{"maximum sequence length"},
                                       Phrase{"maximum allowed length"},
                                       Phrase{"maximum number of tokens"},
                                       Phrase{"maximum token limit"},
                                       Phrase{"maximum token length"},
                                       Phrase{"the token limit"},
                                       Phrase{"input token limit"},
                                       Phrase{"input token count"},
                                       Phrase{"tokens must be <="},
                                       Phrase{"max_new_tokens` must be <="},
                                       Phrase{"inputs` must have less than"},
                                       Phrase{"physical batch size"},
                                       Phrase{"too large for model"},
                                       Phrase{"max_model_len"},
                                       Phrase{"max model len"},
                                       Phrase{"model's maximum length"},
                                       Phrase{"request too large"},
                                       Phrase{"payload too large"},
                                       Phrase{"request entity too large"}};
constexpr std::array content_phrases = {Phrase{"敏感内容"},
                                        Phrase{"content management policy"},
                                        Phrase{"content policy"},
                                        Phrase{"content filter"},
                                        Phrase{"content_filter"},
                                        Phrase{"content_policy"},
                                        Phrase{"responsibleaipolicy"},
                                        Phrase{"contentpolicyviolation"},
                                        Phrase{"usage policy"},
                                        Phrase{"usage policies"},
                                        Phrase{"input was flagged"},
                                        Phrase{"prompt was flagged"},
                                        Phrase{"content was flagged"},
                                        Phrase{"flagged by"},
                                        Phrase{"safety system"},
                                        Phrase{"safety filter"},
                                        Phrase{"safety setting"},
                                        Phrase{"safety reasons"},
                                        Phrase{"prohibited content"},
                                        Phrase{"prohibited_content"},
                                        Phrase{"inappropriate content"},
                                        Phrase{"content exists risk"},
                                        Phrase{"sensitive content"}};
constexpr std::array account_phrases = {Phrase{"any credits"},
                                        Phrase{"all available credits"},
                                        Phrase{"please recharge"},
                                        Phrase{"欠费"},
                                        Phrase{"余额不足"},
                                        Phrase{"insufficient_quota"},
                                        Phrase{"billing_hard_limit"},
                                        Phrase{"billing hard limit"},
                                        Phrase{"insufficient credit"},
                                        Phrase{"insufficient balance"},
                                        Phrase{"insufficient account balance"},
                                        Phrase{"insufficient funds"},
                                        Phrase{"insufficient quota"},
                                        Phrase{"credit balance"},
                                        Phrase{"out of credits"},
                                        Phrase{"not enough credits"},
                                        Phrase{"no credits"},
                                        Phrase{"requires more credits"},
                                        Phrase{"credit limit exceeded"},
                                        Phrase{"payment required"},
                                        Phrase{"billing is not active"},
                                        Phrase{"billing not active"},
                                        Phrase{"billing is disabled"},
                                        Phrase{"account is not active"},
                                        Phrase{"check your billing"},
                                        Phrase{"balance is not enough"},
                                        Phrase{"balance is too low"},
                                        Phrase{"key limit exceeded"},
                                        Phrase{"budget has been exceeded"},
                                        Phrase{"spending limit"},
                                        Phrase{"spend limit"},
                                        Phrase{"api usage limits"}};
constexpr std::array long_phrases = {Phrase{"/ day"},
                                     Phrase{"/ month"},
                                     Phrase{"byday"},
                                     Phrase{"per 86400"},
                                     Phrase{"call volume quota"},
                                     Phrase{"per day"},
                                     Phrase{"per-day"},
                                     Phrase{"per_day"},
                                     Phrase{"perday"},
                                     Phrase{"daily"},
                                     Phrase{"(rpd)"},
                                     Phrase{"(tpd)"},
                                     Phrase{" rpd"},
                                     Phrase{" tpd"},
                                     Phrase{"for today"},
                                     Phrase{"per month"},
                                     Phrase{"per-month"},
                                     Phrase{"permonth"},
                                     Phrase{"monthly"},
                                     Phrase{"per week"},
                                     Phrase{"weekly"},
                                     Phrase{"/day"},
                                     Phrase{"/month"}};
constexpr std::array short_phrases = {
    Phrase{"/ min"},     Phrase{"byminute"}, Phrase{"per min"}, Phrase{"per-min"},    Phrase{"per_min"},
    Phrase{"perminute"}, Phrase{"(rpm)"},    Phrase{"(tpm)"},   Phrase{"per second"}, Phrase{"per-second"},
    Phrase{"persecond"}, Phrase{"per hour"}, Phrase{"/min"},    Phrase{" rpm"},       Phrase{" tpm"}};
/// Words that speak of nothing but a key.
constexpr std::array strong_key_phrases = {
    Phrase{"api key not valid"},        Phrase{"invalid api key"},       Phrase{"incorrect api key"},
    Phrase{"invalid_api_key"},          Phrase{"api_key_invalid"},       Phrase{"api key expired"},
    Phrase{"api key is invalid"},       Phrase{"api key is expired"},    Phrase{"api key has expired"},
    Phrase{"api key not found"},        Phrase{"api key is missing"},    Phrase{"api key required"},
    Phrase{"api key is required"},      Phrase{"missing api key"},       Phrase{"no api key"},
    Phrase{"provide an api key"},       Phrase{"pass a valid api key"},  Phrase{"invalid x-api-key"},
    Phrase{"invalid subscription key"}, Phrase{"no auth credentials"},   Phrase{"authenticationerror"},
    Phrase{"authentication fails"},     Phrase{"invalid authentication"}};
constexpr std::array key_phrases = {
    Phrase{"unauthorized"},  Phrase{"unauthenticated"},       Phrase{"not authenticated"},
    Phrase{"invalid token"}, Phrase{"invalid bearer token"},  Phrase{"invalid credentials"},
    Phrase{"token expired"}, Phrase{"authentication failed"}, Phrase{"authorization header"},
    Phrase{"invalid key"},   Phrase{"token is expired"},      Phrase{"authentication required"}};
constexpr std::array rate_phrases = {
    Phrase{"rate limit"},          Phrase{"rate_limit"},         Phrase{"ratelimit"},
    Phrase{"rate-limit"},          Phrase{"too many requests"},  Phrase{"throttl"},
    Phrase{"quota exceeded"},      Phrase{"resource exhausted"}, Phrase{"resource_exhausted"},
    Phrase{"requests per minute"}, Phrase{"tokens per minute"},  Phrase{"too many concurrent"}};
constexpr std::array overload_phrases = {Phrase{"overloaded"},          Phrase{"over capacity"},
                                         Phrase{"at capacity"},         Phrase{"temporarily unavailable"},
                                         Phrase{"service unavailable"}, Phrase{"server busy"},
                                         Phrase{"server is busy"},      Phrase{"high demand"}};
constexpr std::array missing_phrases = {
    Phrase{"not found"},          Phrase{"does not exist"},   Phrase{"doesn't exist"},
    Phrase{"not exist"},          Phrase{"no models loaded"}, Phrase{"not loaded"},
    Phrase{"unknown model"},      Phrase{"invalid model"},    Phrase{"not a valid model"},
    Phrase{"no endpoints found"}, Phrase{"no such model"},    Phrase{"model unloaded"}};

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
