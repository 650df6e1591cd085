#include "error.hpp"

#include "recon/core/text.hpp"
#include "recon/http/rate_headers.hpp"
#include "recon/http/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "cause.hpp"
#include "error_text.hpp"
#include "reply_json.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_body = 65'536;  ///< of what an error says; the rest is a trace or an echo
constexpr std::size_t most_entries = 16;      ///< of one list in it
constexpr int deepest = 8;

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A key of an object without what differs between servers: "Retry-After", "retryAfter" and "retry_after".
std::string plain_key(std::string_view key) {
  std::string plain = ascii_lower_case(key);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return plain;
}

std::optional<double> number_in(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string text(trim(value.get_ref<const std::string&>()));
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A pause as fields write it: seconds, "12.5s", {"seconds": 12, "nanos": 500000000}, a time since 1970.
std::optional<milliseconds> pause_in(const Json& value, WallTime now) {
  constexpr double first_date_s = 1e9;
  if (value.is_object()) {
    const auto seconds = number_in(at(value, "seconds"));
    if (!seconds) return std::nullopt;
    return pause_of_seconds(*seconds + number_in(at(value, "nanos")).value_or(0) / 1e9);
  }
  if (const auto number = number_in(value))
    return *number < first_date_s ? pause_of_seconds(*number) : pause_until_reset(*number, now);
  return value.is_string() ? parse_duration(trim(value.get_ref<const std::string&>())) : std::nullopt;
}

/// What a server repeats of the request tells nothing about the error.
std::string_view without_echo(std::string_view text) {
  for (const std::string_view echo : {"input_value=", "input=", "'input':", "\"input\":"}) {
    if (const std::size_t at = text.find(echo); at != std::string_view::npos) text = text.substr(0, at);
  }
  return text;
}

/// Goes through an error's body and keeps what its known fields say.
class ErrorReader {
 public:
  explicit ErrorReader(WallTime now) : now_(now) {}

  void read(const Json& value, int depth = 0) {
    if (depth > deepest) return;
    if (value.is_string()) {
      read_text(value.get_ref<const std::string&>(), Rank::message, depth);
    } else if (value.is_array()) {
      std::size_t count = 0;
      for (const Json& entry : value) {
        if (++count > most_entries) break;
        read(entry, depth + 1);
      }
    } else if (value.is_object()) {
      for (const auto& [key, field] : value.items()) read_field(plain_key(key), field, depth);
    }
  }

  void read_body(const std::string& body) {
    const std::string_view text = std::string_view(body).substr(0, longest_body);
    const Json value = Json::parse(text, nullptr, false);
    if (value.is_object() || value.is_array() || value.is_string()) {
      read(value);
    } else if (const auto words = words_of_page(text)) {
      parts.page = true;
      read_text(*words, Rank::message, deepest);
    } else {
      read_text(text, Rank::message, 0);
    }
  }

  [[nodiscard]] ServerError error() {
    error_.wait = field_wait_ ? field_wait_ : header_wait_ ? header_wait_ : text_wait_;
    error_.text = ascii_lower_case(error_.text);
    return std::move(error_);
  }

  ErrorParts parts;

 private:
  /// Which of several texts is the server's reason: the innermost, then messages, then what else there is.
  enum class Rank { none, word, title, message, error_message, inner };
  WallTime now_;
  ServerError error_;
  Rank best_ = Rank::none;
  bool in_error_ = false;
  std::optional<milliseconds> field_wait_;
  std::optional<milliseconds> header_wait_;
  std::optional<milliseconds> text_wait_;

  void read_field(const std::string& key, const Json& field, int depth) {
    if (is_one_of(key, {"message", "msg", "errormessage", "errormsg", "statusmsg", "errordescription",
                        "detail", "description", "exception"})) {
      if (field.is_string()) {
        read_text(field.get_ref<const std::string&>(), in_error_ ? Rank::error_message : Rank::message,
                  depth);
      } else {
        read(field, depth + 1);
      }
    } else if (is_one_of(key, {"error", "errors", "details", "innererror", "metadata", "baseresp", "response",
                               "cause", "upstreamerror", "providererror", "fieldviolations", "body"})) {
      read_part(field, depth);
    } else if (key == "raw") {
      read_raw(field, depth);
    } else if (key == "title") {
      if (field.is_string()) read_text(field.get_ref<const std::string&>(), Rank::title, depth);
    } else if (is_one_of(key, {"code", "type", "status", "reason", "reasons", "statuscode", "errorcode",
                               "errortype"})) {
      read_name(field);
    } else if (is_one_of(key, {"param", "parameter", "field", "loc"})) {
      read_parameter(field);
    } else if (key == "violations") {
      read_quotas(field);
    } else if (key == "headers") {
      read_headers(field);
    } else if (key == "failedgeneration") {
      parts.failed_generation = true;
    } else {
      read_wait(key, field);
    }
  }

  void read_part(const Json& field, int depth) {
    const bool outside = !in_error_;
    if (field.is_string()) {
      const auto& text = field.get_ref<const std::string&>();
      const bool is_word = text.find(' ') == std::string::npos;
      if (is_word) read_name(field);
      read_text(text, is_word ? Rank::word : Rank::title, depth);
      return;
    }
    in_error_ = true;
    read(field, depth + 1);
    if (outside) in_error_ = false;
  }

  /// What a server behind this one said.
  void read_raw(const Json& field, int depth) {
    ErrorReader inner(now_);
    if (field.is_string()) {
      inner.read_body(field.get_ref<const std::string&>());
    } else {
      inner.read(field, depth + 1);
    }
    take(std::move(inner));
  }

  void take(ErrorReader inner) {
    for (std::string& name : inner.parts.names) parts.names.push_back(std::move(name));
    for (std::string& quota : inner.parts.quotas) parts.quotas.push_back(std::move(quota));
    if (!parts.code) parts.code = inner.parts.code;
    parts.failed_generation = parts.failed_generation || inner.parts.failed_generation;
    const ServerError said = inner.error();
    error_.text += said.text + '\n';
    if (error_.parameter.empty()) error_.parameter = said.parameter;
    if (!field_wait_) field_wait_ = said.wait;
    if (said.message.empty()) return;
    error_.message = said.message;
    best_ = Rank::inner;
  }

  void read_text(std::string_view whole, Rank rank, int depth) {
    const std::string_view text = without_echo(whole.substr(0, longest_body));
    if (trim(text).empty()) return;
    if (depth < deepest) {
      if (const auto within = json_within(text)) {
        ErrorReader inner(now_);
        inner.read(*within, depth + 1);
        // The class of the exception stands before it.
        error_.text += std::string(text.substr(0, text.find_first_of("{["))) + '\n';
        const bool tells = !inner.error_.message.empty();
        take(std::move(inner));
        if (tells) return;
      }
    }
    error_.text += std::string(text) + '\n';
    if (!text_wait_) text_wait_ = wait_told_in(text);
    if (rank <= best_) return;
    best_ = rank;
    error_.message = one_line(text);
  }

  void read_name(const Json& field) {
    if (field.is_array()) {
      for (std::size_t i = 0; i < std::min(most_entries, field.size()); ++i) {
        if (field[i].is_string()) read_name(field[i]);
      }
      return;
    }
    if (const auto number = number_in(field)) {
      if (*number >= 400 && *number < 600 && !parts.code) parts.code = static_cast<int>(*number);
      return;
    }
    if (!field.is_string()) return;
    std::string_view name = trim(field.get_ref<const std::string&>());
    // "429 Too Many Requests"
    int status = 0;
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + std::min<std::size_t>(3, name.size()), status);
    if (error == std::errc() && status >= 400 && status < 600 && name.size() > 3 && name[3] == ' ') {
      if (!parts.code) parts.code = status;
      name = trim(name.substr(3));
    }
    constexpr std::size_t longest_name = 80;
    const bool tells =
        name.size() <= longest_name && !is_one_of(ascii_lower_case(name), {"", "error", "none", "null"});
    if (tells) parts.names.emplace_back(name);
  }

  void read_parameter(const Json& field) {
    const Json& last = field.is_array() && !field.empty() ? field.back() : field;
    if (!error_.parameter.empty() || !last.is_string()) return;
    const std::string name = one_line(last.get_ref<const std::string&>());
    if (!is_one_of(ascii_lower_case(name), {"none", "null"})) error_.parameter = name;
  }

  void read_quotas(const Json& field) {
    if (!field.is_array()) return;
    for (std::size_t i = 0; i < std::min(most_entries, field.size()); ++i) {
      std::string quota;
      for (const char* key : {"quotaId", "quotaMetric", "subject", "description"}) {
        const Json& part = at(field[i], key);
        if (part.is_string()) quota += ascii_lower_case(part.get_ref<const std::string&>()) + ' ';
      }
      if (!quota.empty()) parts.quotas.push_back(std::move(quota));
    }
  }

  void read_headers(const Json& field) {
    if (!field.is_object()) return;
    std::optional<double> reset;
    bool is_left = false;
    for (const auto& [name, value] : field.items()) {
      const std::string key = plain_key(name);
      if (key == "retryafter" || key == "retryafterms") {
        read_wait(key, value);
      } else if (key.starts_with("xratelimitreset")) {
        if (!reset) reset = number_in(value);
      } else if (key.starts_with("xratelimitremaining")) {
        is_left = is_left || number_in(value).value_or(0) > 0;
      }
    }
    if (reset && !is_left && *reset >= 0) header_wait_ = pause_until_reset(*reset, now_);
  }

  void read_wait(const std::string& key, const Json& field) {
    if (field_wait_) return;
    if (key == "retryafterms") {
      if (const auto wait_ms = number_in(field)) field_wait_ = pause_of_seconds(*wait_ms / 1000);
    } else if (is_one_of(key, {"retrydelay", "retryafter", "retryafters", "retryafterseconds",
                               "retryaftersecs", "retryin", "estimatedtime", "waitseconds", "resetat",
                               "resetsat", "resetinseconds", "resetsinseconds", "resetafter", "waittime"})) {
      field_wait_ = pause_in(field, now_);
    }
  }
};

/// False for what stands there only to say that nothing is wrong: null, "", 0, {"code": 0, "message": ""}.
bool tells(const Json& error) {
  if (error.is_string()) return !error.get_ref<const std::string&>().empty();
  if (error.is_boolean()) return error.get<bool>();
  if (error.is_number()) return error.get<double>() != 0;
  return std::any_of(error.begin(), error.end(),
                     [](const Json& part) { return !part.is_structured() ? tells(part) : !part.empty(); });
}

bool is_success(const Json& code) {
  if (const auto number = number_in(code)) return *number == 0 || (*number >= 200 && *number < 300);
  if (!code.is_string()) return true;
  return is_one_of(ascii_lower_case(code.get_ref<const std::string&>()), {"", "ok", "success"});
}

/// True where a reply of status 200 is an error object.
bool is_error(const Json& reply) {
  if (reply.is_array()) return !reply.empty() && reply.front().is_object() && is_error(reply.front());
  if (!reply.is_object()) return false;
  if (tells(at(reply, "error")) || at(reply, "object") == "error" || at(reply, "type") == "error")
    return true;
  if (!at(reply, "choices").empty() || !at(reply, "data").empty()) return false;
  if (!is_success(at(at(reply, "base_resp"), "status_code"))) return true;
  for (const char* key : {"detail", "errors", "error_msg", "error_message"}) {
    if (tells(at(reply, key))) return true;
  }
  const auto has_text = [&](const char* key) { return at(reply, key).is_string() && tells(at(reply, key)); };
  if (!has_text("message") && !has_text("msg")) return false;
  // With a code it may also be a notice that all went well.
  constexpr std::array codes = {"code", "status", "statusCode", "type"};
  const auto has_code = [&](const char* key) { return reply.contains(key); };
  const bool fails =
      std::any_of(codes.begin(), codes.end(), [&](const char* key) { return !is_success(at(reply, key)); });
  return fails || at(reply, "success") == false || std::none_of(codes.begin(), codes.end(), has_code);
}

}  // namespace

std::string ServerError::said() const {
  std::string words = fmt::format("HTTP {}", in_good_reply ? 200 : status);
  if (in_good_reply) words += status == 0 ? " with an error" : fmt::format(" with error {}", status);
  if (!name.empty()) words += ' ' + name;
  if (message.empty()) return words;
  words += ": " + message;
  if (!parameter.empty() && message.find(parameter) == std::string::npos)
    words += fmt::format(" ({})", parameter);
  return words;
}

ServerError error_of_status(int status, const std::string& body, WallTime now) {
  ErrorReader reader(now);
  reader.read_body(body);
  ServerError error = reader.error();
  decide_cause(error, reader.parts, status);
  return error;
}

std::optional<ServerError> error_in_good_reply(const Json& reply, WallTime now) {
  if (!is_error(reply)) return std::nullopt;
  ErrorReader reader(now);
  reader.read(reply);
  ServerError error = reader.error();
  error.in_good_reply = true;
  decide_cause(error, reader.parts, std::nullopt);
  return error;
}

Failure::Kind kind_of(ServerError::Cause cause) {
  using Cause = ServerError::Cause;
  switch (cause) {
    case Cause::key:
    case Cause::forbidden:
      return Failure::Kind::unauthorized;
    case Cause::account:
    case Cause::long_quota:
      return Failure::Kind::quota;
    case Cause::rate:
    case Cause::overloaded:
    case Cause::loading:
    case Cause::server:
      return Failure::Kind::server;
    case Cause::length:
      return Failure::Kind::too_long;
    case Cause::content:
      return Failure::Kind::filtered;
    case Cause::generation:
      return Failure::Kind::unusable;
    case Cause::unsupported:
      return Failure::Kind::unsupported;
    case Cause::model:
    case Cause::address:
    case Cause::gateway:
    case Cause::request:
      break;
  }
  return Failure::Kind::refused;
}

bool complains_about_n(const ServerError& error) {
  if (error.parameter == "n") return true;
  const std::string_view text = error.text;
  const auto in_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '\\';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != 'n') continue;
    const bool begins = i == 0 || !in_word(text[i - 1]);
    if (begins && (i + 1 == text.size() || !in_word(text[i + 1]))) return true;
  }
  return false;
}

bool complains_about_schema(const ServerError& error) {
  constexpr std::array<std::string_view, 8> phrases = {"response_format", "json_schema",         "schema",
                                                       "guided",          "structured output",   "grammar",
                                                       "json mode",       "requested parameters"};
  return says_any(error.text, phrases) || says_any(ascii_lower_case(error.parameter), phrases);
}

bool wants_max_completion_tokens(const ServerError& error) {
  const bool names_new = error.text.find("max_completion_tokens") != std::string::npos;
  const bool names_old = error.text.find("max_tokens") != std::string::npos;
  const bool refuses_old = error.parameter == "max_tokens" && error.name == "unsupported_parameter";
  return (names_new && names_old) || refuses_old;
}

}  // namespace recon
