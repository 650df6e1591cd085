#include <csignal>

#include "openai_fixture.hpp"
#include "test_folder.hpp"
#include "tls_server.hpp"

namespace recon::support {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class Tls : public OpenAiFixture {
 protected:
  Tls() {
    // As the program does: OpenSSL tells of a broken connection by a signal first.
    EXPECT_NE(::signal(SIGPIPE, SIG_IGN), SIG_ERR);
    config.deadline_s = 5;
    config.timeout_s = 5;
    config.api_key_env = "TESTED_KEY";
    environment["TESTED_KEY"] = "key-12345";
  }
  void ask_at(const TlsServer& tls) { config.base_urls = {tls.base_url()}; }
  TestFolder folder_;
};

TEST_F(Tls, AnUntrustedCertificateIsRefusedOnceAndTheKeyStaysHere) {
  const TlsServer tls("127.0.0.1", completion_body({"never read"}).dump());
  ask_at(tls);
  const Failure failure = failure_of(ask());
  EXPECT_EQ(failure.kind, Failure::Kind::transport);
  EXPECT_THAT(failure.message, HasSubstr("certificate can't be trusted"));
  EXPECT_THAT(failure.message, HasSubstr("SSL_CERT_FILE"));
  EXPECT_EQ(tls.handshakes_tried(), 1U);
  EXPECT_EQ(tls.received(), "");
}

TEST_F(Tls, ACertificateNamedInTheEnvironmentIsTrusted) {
  const TlsServer tls("127.0.0.1", completion_body({"over TLS"}).dump());
  ask_at(tls);
  tls.write_certificate(folder_ / "ca.pem");
  environment["SSL_CERT_FILE"] = (folder_ / "ca.pem").string();
  EXPECT_EQ(text_of(ask()), "over TLS");
  EXPECT_THAT(tls.received(), HasSubstr("key-12345"));
}

TEST_F(Tls, ACertificateOfAnotherHostIsRefused) {
  const TlsServer tls("elsewhere.example", completion_body({"never read"}).dump());
  ask_at(tls);
  tls.write_certificate(folder_ / "ca.pem");
  environment["CURL_CA_BUNDLE"] = (folder_ / "ca.pem").string();
  EXPECT_THAT(failure_of(ask()).message, HasSubstr("certificate can't be trusted"));
  EXPECT_EQ(tls.received(), "");
}

TEST_F(Tls, Http2IsOffered) {
  const TlsServer tls("127.0.0.1", completion_body({"x"}).dump());
  ask_at(tls);
  tls.write_certificate(folder_ / "ca.pem");
  environment["SSL_CERT_FILE"] = (folder_ / "ca.pem").string();
  EXPECT_EQ(text_of(ask()), "x");
  EXPECT_THAT(tls.offered_protocols(), Contains("h2"));
}

}  // namespace
}  // namespace recon::support
