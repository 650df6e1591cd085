#include "recon/http/url.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <memory>

#include <curl/curl.h>

namespace recon {
namespace {

struct UrlDeleter {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlDeleter>;

UrlHandle make_handle() {
  UrlHandle handle(curl_url());
  if (!handle) throw RunError("libcurl cannot read an address: out of memory");
  return handle;
}

bool set(const UrlHandle& handle, const std::string& address, unsigned flags) {
  // libcurl stops at a NUL, and an address has none.
  return address.find('\0') == std::string::npos &&
         curl_url_set(handle.get(), CURLUPART_URL, address.c_str(), flags) == CURLUE_OK;
}

/// Empty where the address has no such part.
std::string part(const UrlHandle& handle, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle.get(), what, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::optional<Url> parts(const UrlHandle& handle) {
  Url url;
  url.scheme = lower(part(handle, CURLUPART_SCHEME));
  url.host = lower(part(handle, CURLUPART_HOST));
  url.port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url.path = part(handle, CURLUPART_PATH);
  url.query = part(handle, CURLUPART_QUERY);
  url.fragment = part(handle, CURLUPART_FRAGMENT);
  if ((url.scheme != "http" && url.scheme != "https") || url.host.empty()) return std::nullopt;
  return url;
}

}  // namespace

std::optional<Url> parse_url(const std::string& address) {
  const UrlHandle handle = make_handle();
  if (!set(handle, address, 0)) return std::nullopt;
  return parts(handle);
}

std::optional<std::string> resolve_url(const std::string& base, const std::string& reference) {
  const UrlHandle handle = make_handle();
  if (!set(handle, base, 0) || !set(handle, reference, CURLU_URLENCODE) || !parts(handle))
    return std::nullopt;
  if (curl_url_set(handle.get(), CURLUPART_FRAGMENT, nullptr, 0) != CURLUE_OK) return std::nullopt;
  std::string resolved = part(handle, CURLUPART_URL);
  if (resolved.empty()) return std::nullopt;
  return resolved;
}

bool is_same_server(const Url& from, const Url& to) {
  if (from.host != to.host) return false;
  if (from.scheme == to.scheme) return from.port == to.port;
  return from.scheme == "http" && to.scheme == "https" && from.port == "80" && to.port == "443";
}

std::string without_trailing_slashes(std::string_view base) {
  const std::size_t query = std::min(base.find('?'), base.size());
  std::string_view path = base.substr(0, query);
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path) + std::string(base.substr(query));
}

std::string with_path(std::string_view base, std::string_view path) {
  const std::size_t query = std::min(base.find('?'), base.size());
  return without_trailing_slashes(base.substr(0, query)) + std::string(path) +
         std::string(base.substr(query));
}

std::string escape_query(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view kept = "-._~";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kept.find(c) != std::string_view::npos;
    if (plain) {
      escaped += c;
    } else {
      escaped += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return escaped;
}

}  // namespace recon
