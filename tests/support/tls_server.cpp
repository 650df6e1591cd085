#include "tls_server.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recon::support {
namespace {

template <auto release>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Release<SSL_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;

void check(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  check(key != nullptr, "no key");
  return key;
}

Certificate make_certificate(EVP_PKEY* key, const std::string& host) {
  Certificate certificate(X509_new());
  check(certificate != nullptr, "no certificate");
  X509* made = certificate.get();
  check(X509_set_version(made, 2) == 1, "version");
  check(ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1, "serial number");
  check(X509_gmtime_adj(X509_getm_notBefore(made), -3600) != nullptr, "first day");
  check(X509_gmtime_adj(X509_getm_notAfter(made), 24L * 3600) != nullptr, "last day");
  check(X509_set_pubkey(made, key) == 1, "public key");
  X509_NAME* name = X509_get_subject_name(made);
  const std::string subject = "recon test";
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0) == 1,
        "subject");
  check(X509_set_issuer_name(made, name) == 1, "issuer");
  const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
  const std::string names = (is_address ? "IP:" : "DNS:") + host;
  for (const auto& [kind, value] : {std::pair<int, std::string>{NID_subject_alt_name, names},
                                    std::pair<int, std::string>{NID_basic_constraints, "critical,CA:TRUE"}}) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    check(extension && X509_add_ext(made, extension.get(), -1) == 1, "extension");
  }
  check(X509_sign(made, key, EVP_sha256()) > 0, "signature");
  return certificate;
}

}  // namespace

struct TlsServer::State {
  Key key;
  Certificate certificate;
  Context context;
  std::string reply;
  int listener = -1;
  int port = 0;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> handshakes{0};
  mutable std::mutex mutex;  ///< owns what follows
  std::string received;
  std::vector<std::string> protocols;
  std::thread thread;

  static int choose_protocol(SSL* /*session*/, const unsigned char** chosen, unsigned char* length,
                             const unsigned char* offered, unsigned int size, void* user) {
    auto& state = *static_cast<State*>(user);
    const std::lock_guard lock(state.mutex);
    for (unsigned int at = 0; at < size; at += 1U + offered[at]) {
      const auto* name = reinterpret_cast<const char*>(offered + at + 1);
      state.protocols.emplace_back(name, offered[at]);
      if (state.protocols.back() == "http/1.1") {
        *chosen = offered + at + 1;
        *length = offered[at];
      }
    }
    return *chosen == nullptr ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_OK;
  }

  void listen() {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, 16) != 0 ||
        ::getsockname(listener, generic, &size) != 0)
      throw std::system_error(errno, std::generic_category(), "TLS server");
    port = ntohs(address.sin_port);
  }

  [[nodiscard]] bool readable(int descriptor) const {
    pollfd entry{descriptor, POLLIN, 0};
    while (!stopping) {
      if (::poll(&entry, 1, 20) > 0) return true;
    }
    return false;
  }

  /// Reads one request; false at the connection's end.
  [[nodiscard]] bool read_request(SSL* session) {
    std::string request;
    while (true) {
      const std::size_t end = request.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t length_at = request.find("Content-Length: ");
        const std::size_t length =
            length_at == std::string::npos ? 0 : std::stoul(request.substr(length_at + 16, 12));
        if (request.size() >= end + 4 + length) break;
      }
      if (SSL_pending(session) == 0 && !readable(SSL_get_fd(session))) return false;
      char buffer[4096];
      const int count = SSL_read(session, buffer, sizeof buffer);
      if (count <= 0) return false;
      request.append(buffer, static_cast<std::size_t>(count));
    }
    const std::lock_guard lock(mutex);
    received += request;
    return true;
  }

  void serve(int descriptor) {
    const Session session(SSL_new(context.get()));
    if (!session || SSL_set_fd(session.get(), descriptor) != 1) return;
    ++handshakes;
    if (!readable(descriptor) || SSL_accept(session.get()) != 1) return;
    while (read_request(session.get())) {
      if (SSL_write(session.get(), reply.data(), static_cast<int>(reply.size())) <= 0) return;
    }
  }

  void run() {
    // A client that goes away in the middle is an error of the write; OpenSSL can't be told so.
    sigset_t broken_pipe;
    if (sigemptyset(&broken_pipe) != 0 || sigaddset(&broken_pipe, SIGPIPE) != 0 ||
        pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr) != 0)
      return;
    while (readable(listener)) {
      const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) continue;
      serve(descriptor);
      ::close(descriptor);
    }
  }
};

TlsServer::TlsServer(const std::string& host, const std::string& reply_body)
    : state_(std::make_unique<State>()) {
  state_->key = make_key();
  state_->certificate = make_certificate(state_->key.get(), host);
  state_->context.reset(SSL_CTX_new(TLS_server_method()));
  check(state_->context != nullptr, "no context");
  SSL_CTX* context = state_->context.get();
  check(SSL_CTX_use_certificate(context, state_->certificate.get()) == 1, "certificate");
  check(SSL_CTX_use_PrivateKey(context, state_->key.get()) == 1, "private key");
  SSL_CTX_set_alpn_select_cb(context, &State::choose_protocol, state_.get());
  state_->reply = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                  std::to_string(reply_body.size()) + "\r\n\r\n" + reply_body;
  state_->listen();
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

TlsServer::~TlsServer() {
  state_->stopping = true;
  state_->thread.join();
  ::close(state_->listener);
}

std::string TlsServer::base_url() const {
  return "https://127.0.0.1:" + std::to_string(state_->port) + "/v1";
}

void TlsServer::write_certificate(const std::filesystem::path& path) const {
  const std::unique_ptr<std::FILE, Release<std::fclose>> file(std::fopen(path.c_str(), "w"));
  check(file && PEM_write_X509(file.get(), state_->certificate.get()) == 1, "writing the certificate");
}

std::string TlsServer::received() const {
  const std::lock_guard lock(state_->mutex);
  return state_->received;
}

std::size_t TlsServer::handshakes_tried() const { return state_->handshakes; }

std::vector<std::string> TlsServer::offered_protocols() const {
  const std::lock_guard lock(state_->mutex);
  return state_->protocols;
}

}  // namespace recon::support
