#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace recon {

/// An http or https address in its parts; scheme and host in lower case.
struct Url {
  std::string scheme;
  std::string host;
  std::string port;      ///< also where the address leaves it to the scheme
  std::string path;      ///< at least "/"
  std::string query;     ///< without '?'
  std::string fragment;  ///< without '#'
};

/// Nullopt for what is no http or https address.
[[nodiscard]] std::optional<Url> parse_url(const std::string& address);

/// What `reference` (absolute, "//host/...", "/path" or relative) means on the page `base`, without a
/// fragment; nullopt where that is no http or https address.
[[nodiscard]] std::optional<std::string> resolve_url(const std::string& base, const std::string& reference);

/// True where a redirect from one to the other stays with the same server: the same host, and the same scheme
/// and port or the step from http to https at their default ports.
[[nodiscard]] bool is_same_server(const Url& from, const Url& to);

/// A base URL without slashes at the end of its path; a query stays.
[[nodiscard]] std::string without_trailing_slashes(std::string_view base);

/// A base URL with `path` (which begins with a slash) after its own path and before its query.
[[nodiscard]] std::string with_path(std::string_view base, std::string_view path);

/// Text as the value of a query parameter: everything but letters, digits and "-._~" as %XX.
[[nodiscard]] std::string escape_query(std::string_view text);

}  // namespace recon
