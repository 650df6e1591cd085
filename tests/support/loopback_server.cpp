#include "loopback_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <list>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recon::support {

namespace {

constexpr std::size_t largest_request = std::size_t{256} << 20U;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Where one connection stands.
struct Connection {
  explicit Connection(Descriptor accepted) : descriptor(std::move(accepted)) {}
  Descriptor descriptor;
  std::string input;
  std::string output;
  bool continued = false;  ///< "100 Continue" was sent for the request being read
  bool closing = false;    ///< to be closed once `output` is out
};

struct Head {
  HttpRequest request;
  std::size_t size = 0;    ///< bytes of the head, with the empty line
  std::size_t length = 0;  ///< bytes of the body
};

/// The head of the request at the start of `input`; nullopt while it is incomplete.
std::optional<Head> parse_head(std::string_view input) {
  const auto end = input.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Head head;
  head.size = end + 4;
  std::string_view rest = input.substr(0, end);
  const auto take_line = [&rest] {
    const auto stop = rest.find("\r\n");
    const std::string_view line = rest.substr(0, stop);
    rest = stop == std::string_view::npos ? std::string_view{} : rest.substr(stop + 2);
    return line;
  };
  const std::string_view first = take_line();
  const auto space = first.find(' ');
  const auto second = first.find(' ', space + 1);
  if (space == std::string_view::npos || second == std::string_view::npos) return head;
  head.request.method = std::string(first.substr(0, space));
  head.request.path = std::string(first.substr(space + 1, second - space - 1));
  while (!rest.empty()) {
    const std::string_view line = take_line();
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    head.request.headers[lower(line.substr(0, colon))] = std::string(trimmed(line.substr(colon + 1)));
  }
  if (const auto found = head.request.headers.find("content-length"); found != head.request.headers.end()) {
    for (const char c : found->second) {
      if (c < '0' || c > '9' || head.length > largest_request) return head;
      head.length = head.length * 10 + static_cast<std::size_t>(c - '0');
    }
  }
  return head;
}

std::string wire_form(const HttpReply& reply) {
  std::string text =
      "HTTP/1.1 " + std::to_string(reply.status) + " Status\r\nContent-Type: application/json\r\n";
  for (const auto& [name, value] : reply.headers) {
    text += name;
    text += ": ";
    text += value;
    text += "\r\n";
  }
  text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
  return text + reply.body;
}

}  // namespace

struct LoopbackServer::State {
  explicit State(Handler given) : handler(std::move(given)) {}

  Handler handler;
  Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  std::array<int, 2> wake{-1, -1};
  int port = 0;
  std::list<Connection> connections;
  std::thread thread;

  void listen();
  void serve();
  void accept_all();
  bool receive(Connection& connection);
  bool answer(Connection& connection);
  static bool send_some(Connection& connection);
};

void LoopbackServer::State::listen() {
  if (listener.get() < 0) throw_errno("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, size) != 0) throw_errno("bind");
  if (::listen(listener.get(), 1024) != 0) throw_errno("listen");
  if (::getsockname(listener.get(), generic, &size) != 0) throw_errno("getsockname");
  port = ntohs(address.sin_port);
  if (::pipe2(wake.data(), O_CLOEXEC) != 0) throw_errno("pipe");
}

void LoopbackServer::State::accept_all() {
  while (true) {
    Descriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (accepted.get() < 0) return;
    connections.emplace_back(std::move(accepted));
  }
}

/// Reads what has come and answers complete requests; false when the connection has ended.
bool LoopbackServer::State::receive(Connection& connection) {
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got = ::recv(connection.descriptor.get(), buffer.data(), buffer.size(), 0);
    if (got == 0) return false;
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      return false;
    }
    connection.input.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return answer(connection);
}

bool LoopbackServer::State::answer(Connection& connection) {
  while (!connection.closing) {
    auto head = parse_head(connection.input);
    if (!head) break;
    if (head->request.method.empty() || head->length > largest_request ||
        head->request.headers.contains("transfer-encoding")) {
      connection.output += wire_form({.status = 400, .body = R"({"error":{"message":"bad request"}})"});
      connection.closing = true;
      break;
    }
    if (connection.input.size() < head->size + head->length) {
      const auto expect = head->request.headers.find("expect");
      if (!connection.continued && expect != head->request.headers.end()) {
        connection.output += "HTTP/1.1 100 Continue\r\n\r\n";
        connection.continued = true;
      }
      break;
    }
    head->request.body = connection.input.substr(head->size, head->length);
    connection.input.erase(0, head->size + head->length);
    connection.continued = false;
    const HttpReply reply = handler(head->request);
    if (reply.hang_up) return false;
    connection.output += wire_form(reply);
    const auto kept = head->request.headers.find("connection");
    connection.closing = kept != head->request.headers.end() && lower(kept->second) == "close";
  }
  return send_some(connection);
}

bool LoopbackServer::State::send_some(Connection& connection) {
  while (!connection.output.empty()) {
    const ssize_t sent =
        ::send(connection.descriptor.get(), connection.output.data(), connection.output.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK;
    }
    connection.output.erase(0, static_cast<std::size_t>(sent));
  }
  return !connection.closing;
}

void LoopbackServer::State::serve() {
  std::vector<pollfd> waiting;
  while (true) {
    waiting.clear();
    waiting.push_back({wake[0], POLLIN, 0});
    waiting.push_back({listener.get(), POLLIN, 0});
    for (const Connection& connection : connections) {
      const int events = POLLIN | (connection.output.empty() ? 0 : POLLOUT);
      waiting.push_back({connection.descriptor.get(), static_cast<short>(events), 0});
    }
    if (::poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (waiting[0].revents != 0) return;
    auto at = waiting.begin() + 2;
    for (auto connection = connections.begin(); connection != connections.end(); ++at) {
      bool open = true;
      if ((at->revents & POLLOUT) != 0) open = send_some(*connection);
      if (open && (at->revents & (POLLIN | POLLHUP | POLLERR)) != 0) open = receive(*connection);
      connection = open ? std::next(connection) : connections.erase(connection);
    }
    if (waiting[1].revents != 0) accept_all();
  }
}

LoopbackServer::LoopbackServer(Handler handler) : state_(std::make_unique<State>(std::move(handler))) {
  state_->listen();
  state_->thread = std::thread([state = state_.get()] { state->serve(); });
}

LoopbackServer::~LoopbackServer() {
  ::close(state_->wake[1]);  // readable at the other end: the thread leaves its loop
  state_->thread.join();
  ::close(state_->wake[0]);
}

int LoopbackServer::port() const { return state_->port; }

}  // namespace recon::support
