#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// One request: a POST of its body, or a GET where it has none.
struct HttpRequest {
  std::uint64_t id = 0;
  std::string url;
  std::optional<std::string> body;
  std::chrono::milliseconds timeout{0};  ///< of the whole exchange, connecting included
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
  bool too_large = false;  ///< failed because it went beyond the limit: another attempt would as well
};

/// Many requests in flight on one thread, over libcurl's multi interface: connections and handles are reused,
/// redirects not followed, certificates always checked, only http and https spoken. It never tries anything
/// twice.
class HttpClient {
 public:
  struct Options {
    std::vector<std::string> headers;  ///< sent with every request; may hold a secret and is never shown
    std::size_t connections = 16;      ///< kept open between requests
    std::size_t body_limit = std::size_t{64} << 20;  ///< bytes of a reply, after decompression
    std::chrono::milliseconds stall{30'000};         ///< longest pause within a body that has begun
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
