#pragma once

#include "recon/core/json.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace recon::support {

/// What the server does with one request, down to the bytes.
struct Scripted {
  std::string bytes;         ///< sent as they are; may be wrong in any way
  bool close_after = false;  ///< closes the connection when they are sent (or at once, where there are none)
  std::size_t hold_until =
      0;  ///< waits until so many requests are waiting like this one; then all are answered

  /// A right HTTP reply with Content-Length.
  static Scripted reply(int status, const std::string& body,
                        const std::vector<std::pair<std::string, std::string>>& headers = {});
  static Scripted json(const Json& body) { return reply(200, body.dump()); }
  /// A right HTTP reply in chunks of `chunk` bytes.
  static Scripted chunked(const std::string& body, std::size_t chunk);
  /// A reply whose Content-Length says `claimed`, then the connection is closed.
  static Scripted claiming(const std::string& body, std::size_t claimed);
  /// Reads the request and never answers.
  static Scripted silence() { return {}; }
  static Scripted hang_up() { return {"", true, 0}; }
  [[nodiscard]] Scripted held_until(std::size_t waiting) const {
    Scripted held = *this;
    held.hold_until = waiting;
    return held;
  }
};

struct ReceivedRequest {
  std::string head;  ///< request line and headers as they came
  std::string body;
  std::size_t connection = 0;  ///< in the order of connecting
  [[nodiscard]] std::string target() const;
  [[nodiscard]] Json json() const { return Json::parse(body); }
};

/// An HTTP server on 127.0.0.1 that follows a script, for tests of faults: the n-th request gets the n-th
/// scripted behaviour, and each one after the script's end the last resort (`otherwise`). One thread.
class ScriptedServer {
 public:
  ScriptedServer();
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  ScriptedServer& then(Scripted behaviour);
  ScriptedServer& otherwise(Scripted behaviour);

  [[nodiscard]] int port() const;
  /// "http://127.0.0.1:PORT/v1"
  [[nodiscard]] std::string base_url() const;
  [[nodiscard]] std::vector<ReceivedRequest> received() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A port of 127.0.0.1 on which nothing listens.
[[nodiscard]] int unused_port();

}  // namespace recon::support
