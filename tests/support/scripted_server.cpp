#include "scripted_server.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recon::support {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

Descriptor loopback_socket() {
  Descriptor socket(check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return socket;
}

int port_of(const Descriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

std::size_t content_length(const std::string& head) {
  std::string low = head;
  std::transform(low.begin(), low.end(), low.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const std::string name = "\r\ncontent-length:";
  const std::size_t at = low.find(name);
  return at == std::string::npos ? 0 : std::stoul(low.substr(at + name.size()));
}

struct Connection {
  Descriptor socket;
  std::string in;
  std::string out;
  bool close_when_sent = false;
  bool waiting = false;  ///< a held request; `out` is not sent yet
};

}  // namespace

struct ScriptedServer::State {
  Descriptor listener = loopback_socket();
  Descriptor stop{check(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")};
  int port = port_of(listener);

  mutable std::mutex mutex;  ///< of what follows
  std::deque<Scripted> script;
  Scripted last_resort = Scripted::silence();
  std::vector<ReceivedRequest> received;
  std::size_t connected = 0;

  // Of the server's thread alone.
  std::map<std::size_t, Connection> open;
  std::thread thread;

  void serve() {
    while (true) {
      std::vector<pollfd> polled = {{stop.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
      std::vector<std::size_t> ids;
      for (const auto& [id, connection] : open) {
        const bool sends = !connection.waiting && !connection.out.empty();
        polled.push_back({connection.socket.get(), static_cast<short>(sends ? POLLIN | POLLOUT : POLLIN), 0});
        ids.push_back(id);
      }
      if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
      if (polled[0].revents != 0) return;
      if (polled[1].revents != 0) accept_all();
      for (std::size_t i = 0; i < ids.size(); ++i) {
        if (polled[i + 2].revents != 0) serve_one(ids[i]);
      }
      release_held();
    }
  }

  void accept_all() {
    while (true) {
      Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket.get() < 0) return;
      const std::lock_guard lock(mutex);
      open[connected++].socket = std::move(socket);
    }
  }

  void serve_one(std::size_t id) {
    Connection& connection = open.at(id);
    if (!receive(connection)) {
      open.erase(id);
      return;
    }
    while (take_request(id, connection)) {
    }
    if (!send(connection)) open.erase(id);
  }

  /// False when the peer has gone.
  static bool receive(Connection& connection) {
    char buffer[16'384];
    while (true) {
      const ssize_t bytes = ::recv(connection.socket.get(), buffer, sizeof buffer, 0);
      if (bytes > 0) {
        connection.in.append(buffer, static_cast<std::size_t>(bytes));
      } else {
        return bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
      }
    }
  }

  bool take_request(std::size_t id, Connection& connection) {
    const std::size_t head_end = connection.in.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    const std::size_t size = head_end + 4 + content_length(connection.in.substr(0, head_end));
    if (connection.in.size() < size) return false;
    const std::lock_guard lock(mutex);
    received.push_back(
        {connection.in.substr(0, head_end), connection.in.substr(head_end + 4, size - head_end - 4), id});
    connection.in.erase(0, size);
    Scripted behaviour = last_resort;
    if (!script.empty()) {
      behaviour = std::move(script.front());
      script.pop_front();
    }
    connection.out += behaviour.bytes;
    connection.close_when_sent = behaviour.close_after;
    connection.waiting = behaviour.hold_until > 0;
    hold_until = std::max(hold_until, behaviour.hold_until);
    return true;
  }

  std::size_t hold_until = 0;

  /// False when the connection is over.
  static bool send(Connection& connection) {
    if (connection.waiting) return true;
    while (!connection.out.empty()) {
      const ssize_t bytes =
          ::send(connection.socket.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
      if (bytes < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
      connection.out.erase(0, static_cast<std::size_t>(bytes));
    }
    return !connection.close_when_sent;
  }

  void release_held() {
    const auto waits = [](const auto& entry) { return entry.second.waiting; };
    const auto waiting = std::count_if(open.begin(), open.end(), waits);
    if (hold_until == 0 || static_cast<std::size_t>(waiting) < hold_until) return;
    hold_until = 0;
    for (auto& [id, connection] : open) connection.waiting = false;
  }
};

ScriptedServer::ScriptedServer() : state_(std::make_unique<State>()) {
  check(::listen(state_->listener.get(), 256), "listen");
  state_->thread = std::thread([state = state_.get()] { state->serve(); });
}

ScriptedServer::~ScriptedServer() {
  const std::uint64_t one = 1;
  // An eventfd takes a write of eight bytes as long as its counter is small.
  if (::write(state_->stop.get(), &one, sizeof one) == static_cast<ssize_t>(sizeof one))
    state_->thread.join();
}

ScriptedServer& ScriptedServer::then(Scripted behaviour) {
  const std::lock_guard lock(state_->mutex);
  state_->script.push_back(std::move(behaviour));
  return *this;
}

ScriptedServer& ScriptedServer::otherwise(Scripted behaviour) {
  const std::lock_guard lock(state_->mutex);
  state_->last_resort = std::move(behaviour);
  return *this;
}

int ScriptedServer::port() const { return state_->port; }
std::string ScriptedServer::base_url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/v1"; }

std::vector<ReceivedRequest> ScriptedServer::received() const {
  const std::lock_guard lock(state_->mutex);
  return state_->received;
}

std::size_t ScriptedServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connected;
}

std::string ReceivedRequest::target() const {
  const std::size_t begin = head.find(' ');
  return begin == std::string::npos ? "" : head.substr(begin + 1, head.find(' ', begin + 1) - begin - 1);
}

Scripted Scripted::reply(int status, const std::string& body,
                         const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Type: application/json\r\n";
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  return {bytes + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body, false, 0};
}

Scripted Scripted::chunked(const std::string& body, std::size_t chunk) {
  std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += chunk) {
    const std::string piece = body.substr(at, chunk);
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    bytes += size + piece + "\r\n";
  }
  return {bytes + "0\r\n\r\n", false, 0};
}

Scripted Scripted::claiming(const std::string& body, std::size_t claimed) {
  return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(claimed) + "\r\n\r\n" + body, true, 0};
}

int unused_port() {
  // Bound but never listening, then closed: connecting is refused.
  return port_of(loopback_socket());
}

}  // namespace recon::support
