#include "recon/http/http_client.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "epoll_set.hpp"
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/resource.h>

namespace recon {
namespace {

using Clock = std::chrono::steady_clock;

/// libcurl counts its users itself, so every client may hold one.
class CurlLibrary {
 public:
  CurlLibrary() {
    const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) throw RunError(fmt::format("libcurl cannot start: {}", curl_easy_strerror(code)));
  }
  ~CurlLibrary() { curl_global_cleanup(); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
};

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// The parentheses avoid libcurl's type-checking macro, which needs a literal option.
template <class Value>
void set_option(CURL* handle, CURLoption option, Value value) {
  const CURLcode code = (curl_easy_setopt)(handle, option, value);
  if (code != CURLE_OK) {
    throw RunError(
        fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
  }
}

void check(CURLMcode code, const char* what) {
  if (code != CURLM_OK) throw RunError(fmt::format("libcurl: {}: {}", what, curl_multi_strerror(code)));
}

/// The body is not copied: it must stay until the exchange has ended.
void set_method(CURL* handle, const std::optional<std::string>& body) {
  if (!body) {
    set_option(handle, CURLOPT_HTTPGET, 1L);
    return;
  }
  set_option(handle, CURLOPT_POST, 1L);
  set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  set_option(handle, CURLOPT_POSTFIELDS, body->data());
}

long as_long(std::chrono::milliseconds time) {
  return static_cast<long>(std::max<std::int64_t>(1, time.count()));
}

bool starts_with_any_case(std::string_view line, std::string_view name) {
  return line.size() >= name.size() &&
         std::equal(name.begin(), name.end(), line.begin(),
                    [](char expected, char found) { return expected == ascii_lower_case(found); });
}

/// One reusable handle and what belongs to the exchange it carries.
struct Transfer {
  std::unique_ptr<CURL, EasyDeleter> handle{curl_easy_init()};
  HttpRequest request;
  HttpReply reply;
  std::array<char, CURL_ERROR_SIZE> error{};
  std::size_t body_limit = 0;
  std::chrono::milliseconds stall{0};
  Clock::time_point last_byte;
  bool too_large = false;
  bool stalled = false;
  int times_sent = 0;

  [[nodiscard]] std::string detail(CURLcode code) const {
    const char* text = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
    return collapse_white_space(replace_invalid_utf8(text));
  }
};

/// What libcurl does not know stays as it is.
void measure(CURL* handle, HttpReply& reply) {
  curl_off_t uploaded = 0;
  if (curl_easy_getinfo(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded) == CURLE_OK) reply.sent = uploaded > 0;
  // Zero where the connection never stood; a reused one counts from the start.
  curl_off_t ready = 0;
  if (curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &ready) == CURLE_OK) reply.connected = ready > 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer.reply.body.size() + bytes > transfer.body_limit) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.reply.body.append(data, bytes);
  transfer.last_byte = Clock::now();
  return bytes;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& reply = static_cast<Transfer*>(user)->reply;
  const std::string_view line(data, size * count);
  constexpr std::string_view retry_after = "retry-after:";
  constexpr std::string_view location = "location:";
  if (starts_with_any_case(line, retry_after)) reply.retry_after = trim(line.substr(retry_after.size()));
  if (starts_with_any_case(line, location)) reply.location = trim(line.substr(location.size()));
  constexpr std::array<std::string_view, 4> prefixes = {"x-ratelimit-", "ratelimit-", "anthropic-ratelimit-",
                                                        "retry-after-ms:"};
  for (const std::string_view prefix : prefixes) {
    const std::size_t colon = line.find(':');
    if (!starts_with_any_case(line, prefix) || colon == std::string_view::npos) continue;
    reply.rate_limits.emplace_back(ascii_lower_case(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size * count;
}

/// A server may think for long before it answers, but a body that has begun and stands still belongs to a
/// dead connection.
bool stands_still(const Transfer& transfer, Clock::time_point now) {
  return !transfer.reply.body.empty() && now - transfer.last_byte > transfer.stall;
}

/// What libcurl wants a socket to be watched for.
int on_socket(CURL* /*handle*/, curl_socket_t socket, int what, void* user, void* /*of_socket*/) {
  auto& sockets = *static_cast<EpollSet*>(user);
  if (what == CURL_POLL_REMOVE || what == CURL_POLL_NONE) {
    sockets.forget(socket);
    return 0;
  }
  const bool to_read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
  const bool to_write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
  return sockets.watch(socket, to_read, to_write) ? 0 : -1;
}

/// Called before the request goes out. Where a connection in use breaks before a reply, libcurl would send
/// the request once more by itself, unseen, and it may be paid for twice.
int on_sending(void* user, char* /*address*/, char* /*local_address*/, int /*port*/, int /*local_port*/) {
  auto& transfer = *static_cast<Transfer*>(user);
  return ++transfer.times_sent > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/// The limit on open files is often 1,024 where the system allows far more. Where it can't be raised, libcurl
/// reports connections that can't be opened.
void allow_connections(std::size_t connections) {
  constexpr rlim_t others = 256;  // the program's own files
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, connections + others);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace

struct HttpClient::State {
  CurlLibrary library;
  Options options;
  std::unique_ptr<curl_slist, ListDeleter> headers;
  EpollSet sockets;
  std::unique_ptr<CURLM, MultiDeleter> multi;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> active;
  std::vector<std::unique_ptr<Transfer>> idle;
  Clock::time_point looked_for_stalls;

  explicit State(Options given) : options(std::move(given)) {
    allow_connections(options.connections);
    for (const std::string& header : options.headers) {
      curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
      if (longer == nullptr) throw RunError("out of memory for request headers");
      static_cast<void>(headers.release());  // `longer` now owns the old list
      headers.reset(longer);
    }
    multi.reset(curl_multi_init());
    if (!multi) throw RunError("libcurl cannot start a connection pool");
    check((curl_multi_setopt)(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections)),
          "MAXCONNECTS");
    check((curl_multi_setopt)(multi.get(), CURLMOPT_SOCKETFUNCTION, &on_socket), "SOCKETFUNCTION");
    check((curl_multi_setopt)(multi.get(), CURLMOPT_SOCKETDATA, &sockets), "SOCKETDATA");
  }

  ~State() {
    for (const auto& [handle, transfer] : active) curl_multi_remove_handle(multi.get(), handle);
    active.clear();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] std::unique_ptr<Transfer> make_transfer() const {
    auto transfer = std::make_unique<Transfer>();
    CURL* handle = transfer->handle.get();
    if (handle == nullptr) throw RunError("libcurl cannot make a handle: out of memory");
    transfer->body_limit = options.body_limit;
    transfer->stall = options.stall;
    set_option(handle, CURLOPT_NOSIGNAL, 1L);
    set_option(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set_option(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set_option(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    set_option(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    if (!options.certificates.file.empty())
      set_option(handle, CURLOPT_CAINFO, options.certificates.file.c_str());
    if (!options.certificates.folder.empty())
      set_option(handle, CURLOPT_CAPATH, options.certificates.folder.c_str());
    set_option(handle, CURLOPT_ACCEPT_ENCODING, "");
    set_option(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    set_option(handle, CURLOPT_TCP_KEEPIDLE, 20L);
    set_option(handle, CURLOPT_TCP_KEEPINTVL, 10L);
    set_option(handle, CURLOPT_HTTPHEADER, headers.get());
    set_option(handle, CURLOPT_ERRORBUFFER, transfer->error.data());
    set_option(handle, CURLOPT_WRITEFUNCTION, &on_body);
    set_option(handle, CURLOPT_WRITEDATA, static_cast<void*>(transfer.get()));
    set_option(handle, CURLOPT_HEADERFUNCTION, &on_header);
    set_option(handle, CURLOPT_HEADERDATA, static_cast<void*>(transfer.get()));
    set_option(handle, CURLOPT_PREREQFUNCTION, &on_sending);
    set_option(handle, CURLOPT_PREREQDATA, static_cast<void*>(transfer.get()));
    return transfer;
  }

  /// When libcurl's own timers want to be looked at: 0 is now, nullopt never.
  [[nodiscard]] std::optional<std::int64_t> milliseconds_until_due() const {
    long due = -1;
    check(curl_multi_timeout(multi.get(), &due), "cannot tell when to go on");
    return due < 0 ? std::nullopt : std::optional<std::int64_t>(due);
  }

  /// Moves those exchanges whose sockets are ready or whose timers are due: the others cost nothing.
  void go_on() {
    constexpr const char* what = "cannot go on with the requests in flight";
    int running = 0;
    std::array<EpollSet::Ready, 128> room;
    for (const EpollSet::Ready& ready : sockets.ready(room)) {
      // One exchange's end may close the socket of another and open one with the same number.
      if (!sockets.is_current(ready)) continue;
      const int flags = (ready.to_read ? CURL_CSELECT_IN : 0) | (ready.to_write ? CURL_CSELECT_OUT : 0) |
                        (ready.failed ? CURL_CSELECT_ERR : 0);
      check(curl_multi_socket_action(multi.get(), ready.socket, flags, &running), what);
    }
    if (milliseconds_until_due() == 0)
      check(curl_multi_socket_action(multi.get(), CURL_SOCKET_TIMEOUT, 0, &running), what);
  }

  /// Ends an exchange and keeps its handle for another one.
  void take_out(CURL* handle, CURLcode code, std::vector<HttpReply>& replies) {
    const auto found = active.find(handle);
    check(curl_multi_remove_handle(multi.get(), handle), "cannot end a request");
    if (found == active.end()) return;
    std::unique_ptr<Transfer> transfer = std::move(found->second);
    active.erase(found);
    replies.push_back(end(*transfer, code));
    transfer->request = HttpRequest{};
    if (idle.size() < options.connections) idle.push_back(std::move(transfer));
  }

  void end_stalled(std::vector<HttpReply>& replies) {
    const Clock::time_point now = Clock::now();
    if (now - looked_for_stalls < std::min<Clock::duration>(options.stall / 4, std::chrono::seconds(1)))
      return;
    looked_for_stalls = now;
    std::vector<CURL*> stalled;
    for (const auto& [handle, transfer] : active) {
      transfer->stalled = stands_still(*transfer, now);
      if (transfer->stalled) stalled.push_back(handle);
    }
    for (CURL* handle : stalled) take_out(handle, CURLE_ABORTED_BY_CALLBACK, replies);
  }

  [[nodiscard]] HttpReply end(Transfer& transfer, CURLcode code) const {
    HttpReply reply = std::move(transfer.reply);
    reply.id = transfer.request.id;
    measure(transfer.handle.get(), reply);
    if (code == CURLE_OK) {
      long status = 0;
      if (curl_easy_getinfo(transfer.handle.get(), CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) status = 0;
      reply.status = static_cast<int>(status);
      reply.outcome = HttpReply::Outcome::answered;
      return reply;
    }
    reply.outcome =
        code == CURLE_OPERATION_TIMEDOUT ? HttpReply::Outcome::timed_out : HttpReply::Outcome::failed;
    if (transfer.too_large) {
      reply.error = fmt::format("the reply is larger than {} bytes", transfer.body_limit);
      reply.body.clear();
      reply.too_large = true;
    } else if (transfer.times_sent > 1) {
      reply.error = "the connection broke before a reply came";
      reply.sent = reply.connected = true;
    } else if (transfer.stalled) {
      reply.error = fmt::format("the reply stood still for {} s", transfer.stall.count() / 1000);
    } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
      reply.error = fmt::format(
          "the server's certificate can't be trusted: {}; for a private authority name the file of its "
          "certificates in the environment variable SSL_CERT_FILE",
          transfer.detail(code));
      reply.untrusted = true;
    } else {
      reply.error = transfer.detail(code);
    }
    return reply;
  }
};

TrustedCertificates TrustedCertificates::from(const std::map<std::string, std::string>& environment) {
  const auto value = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  TrustedCertificates certificates{value("SSL_CERT_FILE"), value("SSL_CERT_DIR")};
  if (certificates.file.empty()) certificates.file = value("CURL_CA_BUNDLE");
  return certificates;
}

HttpClient::HttpClient(Options options) : state_(std::make_unique<State>(std::move(options))) {}
HttpClient::~HttpClient() = default;

void HttpClient::start(HttpRequest request) {
  std::unique_ptr<Transfer> transfer;
  if (state_->idle.empty()) {
    transfer = state_->make_transfer();
  } else {
    transfer = std::move(state_->idle.back());
    state_->idle.pop_back();
  }
  transfer->request = std::move(request);
  transfer->reply = HttpReply{};
  transfer->error[0] = '\0';
  transfer->too_large = transfer->stalled = false;
  transfer->times_sent = 0;
  transfer->last_byte = Clock::now();
  CURL* handle = transfer->handle.get();
  set_option(handle, CURLOPT_URL, transfer->request.url.c_str());
  set_option(handle, CURLOPT_FRESH_CONNECT, transfer->request.fresh_connection ? 1L : 0L);
  // Over TLS a server may offer HTTP/2: worth knowing before opening dozens of connections.
  set_option(handle, CURLOPT_PIPEWAIT, transfer->request.url.starts_with("https:") ? 1L : 0L);
  set_method(handle, transfer->request.body);
  set_option(handle, CURLOPT_TIMEOUT_MS, as_long(transfer->request.timeout));
  set_option(handle, CURLOPT_CONNECTTIMEOUT_MS,
             as_long(std::min(transfer->request.timeout, std::chrono::milliseconds(30'000))));
  check(curl_multi_add_handle(state_->multi.get(), handle), "cannot start a request");
  state_->active.emplace(handle, std::move(transfer));
}

std::vector<HttpReply> HttpClient::perform() {
  state_->go_on();
  std::vector<HttpReply> replies;
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(state_->multi.get(), &left)) {
    // The message dies with the handle's removal.
    if (message->msg == CURLMSG_DONE) state_->take_out(message->easy_handle, message->data.result, replies);
  }
  state_->end_stalled(replies);
  return replies;
}

void HttpClient::wait(std::chrono::milliseconds limit) {
  const std::int64_t most = std::clamp<std::int64_t>(limit.count(), 0, 60'000);
  const std::int64_t due = state_->milliseconds_until_due().value_or(most);
  state_->sockets.wait(std::chrono::milliseconds(std::min(most, due)));
}

std::size_t HttpClient::in_flight() const { return state_->active.size(); }

}  // namespace recon
