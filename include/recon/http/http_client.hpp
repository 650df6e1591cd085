#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace recon {

/// One request: a POST of its body, or a GET where it has none.
struct HttpRequest {
  std::uint64_t id = 0;
  std::string url;
  std::optional<std::string> body;
  std::chrono::milliseconds timeout{0};  ///< of the whole exchange, connecting included
  bool fresh_connection = false;         ///< no open connection is reused: the last one may be dead
};

/// How one request ended. Of the headers only those that matter to the caller are kept.
struct HttpReply {
  enum class Outcome { answered, timed_out, failed };
  std::uint64_t id = 0;
  Outcome outcome = Outcome::failed;
  int status = 0;     ///< when answered
  std::string body;   ///< when answered; else what came before the end
  std::string error;  ///< one line, when not answered
  std::string retry_after;
  std::string location;
  /// Headers that tell of rate limits (x-ratelimit-..., retry-after-ms, ...), names in lower case.
  std::vector<std::pair<std::string, std::string>> rate_limits;
  bool sent = false;       ///< the request's body went out, as a whole or in part
  bool connected = false;  ///< there was a connection, so the server lives
  bool too_large = false;  ///< failed because it went beyond the limit: another attempt would as well
  bool untrusted =
      false;  ///< failed because the server's certificate can't be trusted: another attempt would too
};

/// Certificates trusted instead of the system's own (empty: the system's); from SSL_CERT_FILE or
/// CURL_CA_BUNDLE, and SSL_CERT_DIR, as other programs do.
struct TrustedCertificates {
  std::string file;
  std::string folder;
  [[nodiscard]] static TrustedCertificates from(const std::map<std::string, std::string>& environment);
};

/// Many requests in flight on one thread, over libcurl's multi interface: connections and handles are reused,
/// HTTP/2 is spoken where an https server offers it, redirects are not followed, certificates always checked,
/// only http and https spoken. Proxies come from the usual variables (https_proxy, http_proxy, all_proxy,
/// no_proxy). It never tries anything twice.
class HttpClient {
 public:
  struct Options {
    std::vector<std::string> headers;  ///< sent with every request; may hold a secret and is never shown
    std::size_t connections = 16;      ///< kept open between requests
    std::size_t body_limit = std::size_t{64} << 20;  ///< bytes of a reply, after decompression
    std::chrono::milliseconds stall{30'000};         ///< longest pause within a body that has begun
    TrustedCertificates certificates = {};
  };
  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void start(HttpRequest request);
  /// Moves every exchange as far as it goes without waiting, and returns those that ended.
  [[nodiscard]] std::vector<HttpReply> perform();
  /// Waits until an exchange can go on, at most `limit`.
  void wait(std::chrono::milliseconds limit);
  [[nodiscard]] std::size_t in_flight() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon
