#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace recon::support {

struct HttpRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body = {};
};

struct HttpReply {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< besides Content-Type and Content-Length
  bool hang_up = false;  ///< closes the connection instead of replying
};

/// A small HTTP/1.1 server on 127.0.0.1 with a port of the system's choice, for tests. One thread serves
/// every connection and calls the handler, so that any number of idle connections costs nothing and replies
/// keep the order in which requests were complete.
class LoopbackServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;

  /// Listens when it returns. Throws std::system_error when no socket can be had.
  explicit LoopbackServer(Handler handler);
  /// Closes every connection and waits for the thread.
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] int port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon::support
