#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace recon::support {

/// An HTTPS server on 127.0.0.1 with a certificate of its own making, which nobody trusts who is not told to.
/// It answers every request with the same body. One thread, one connection at a time.
class TlsServer {
 public:
  /// The certificate is made out to `host`, an address or a name.
  TlsServer(const std::string& host, const std::string& reply_body);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// "https://127.0.0.1:PORT/v1"
  [[nodiscard]] std::string base_url() const;
  /// Writes the certificate as PEM, for a client that shall trust it.
  void write_certificate(const std::filesystem::path& path) const;
  /// Every byte that came through a finished handshake.
  [[nodiscard]] std::string received() const;
  [[nodiscard]] std::size_t handshakes_tried() const;
  /// The protocols that clients offered (ALPN), such as "h2".
  [[nodiscard]] std::vector<std::string> offered_protocols() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon::support
