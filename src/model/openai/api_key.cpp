#include "api_key.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace recon {
namespace {

bool is_local(const std::string& url) {
  const std::string_view host =
      std::string_view(url).substr(std::min(url.size(), std::string_view("http://").size()));
  return host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
}

}  // namespace

ApiKey::ApiKey(const ModelConfig& config, const ConfigDocument::Environment& environment)
    : header_name_(config.api_key_header) {
  if (config.api_key_env.empty()) return;
  const auto found = environment.find(config.api_key_env);
  if (found == environment.end()) return;
  value_ = trim(found->second);
  constexpr std::size_t shortest_secret = 8;
  if (value_.size() < shortest_secret) return;
  std::string escaped = Json(value_).dump(-1, ' ', false, Json::error_handler_t::replace);
  escaped = escaped.substr(1, escaped.size() - 2);
  std::string with_slashes = escaped;
  for (std::size_t at = 0; (at = with_slashes.find('/', at)) != std::string::npos; at += 2)
    with_slashes.insert(at, 1, '\\');
  // Most keys need no escapes: then there is one form to look for.
  for (const std::string& form : {value_, escaped, with_slashes}) {
    if (std::find(forms_.begin(), forms_.end(), form) == forms_.end()) forms_.push_back(form);
  }
}

std::string ApiKey::header() const {
  if (header_name_.empty()) return "Authorization: Bearer " + value_;
  return header_name_ + ": " + value_;
}

std::string ApiKey::scrub(std::string text) const {
  for (const std::string& form : forms_) {
    for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos; at += 3)
      text.replace(at, form.size(), "***");
  }
  return text;
}

void ApiKey::check(const ModelConfig& config, Log& log) const {
  const std::string& variable = config.api_key_env;
  if (variable.empty()) return;
  if (value_.empty()) {
    throw UsageError(fmt::format(
        "model '{}': the environment variable {} (api_key_env) is not set; set it to the key of {}",
        config.name, variable, config.base_urls.front()));
  }
  const auto printable = [](char c) { return c > ' ' && c < 127; };
  if (!std::all_of(value_.begin(), value_.end(), printable)) {
    throw UsageError(fmt::format(
        "model '{}': the key in {} holds a space, a line break or another character that no key has",
        config.name, variable));
  }
  for (const std::string& url : config.base_urls) {
    if (!url.starts_with("http://") || is_local(url)) continue;
    log.warning(fmt::format("model '{}': the key in {} travels unencrypted to {}; use https", config.name,
                            variable, url));
  }
}

}  // namespace recon
