#include "recon/http/http_client.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>

#include "scripted_server.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon::support {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpClientTest : public ::testing::Test {
 protected:
  HttpClientTest() { EXPECT_EQ(::setenv("no_proxy", "127.0.0.1", 1), 0); }

  HttpReply post(const std::string& url) {
    HttpClient client(options);
    return exchange(client, {5, url, "{}", milliseconds(10'000)});
  }
  static HttpReply exchange(HttpClient& client, HttpRequest request) {
    client.start(std::move(request));
    for (int round = 0; round < 2000; ++round) {
      auto replies = client.perform();
      if (!replies.empty()) return std::move(replies.front());
      client.wait(milliseconds(10));
    }
    ADD_FAILURE() << "no reply";
    return {};
  }
  HttpReply post() { return post(server.base_url()); }

  ScriptedServer server;
  HttpClient::Options options;
};

void append_little_endian(std::string& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>((value >> (8 * i)) & 255U));
}

/// A gzip file with one stored block.
std::string gzip(const std::string& text) {
  std::string bytes("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01", 11);
  const auto size = static_cast<std::uint32_t>(text.size());
  append_little_endian(bytes, size, 2);
  append_little_endian(bytes, ~size, 2);
  bytes += text;
  std::uint32_t checksum = 0xFFFFFFFFU;
  for (const char c : text) {
    checksum ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) checksum = (checksum >> 1) ^ ((checksum & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  append_little_endian(bytes, ~checksum, 4);
  append_little_endian(bytes, size, 4);
  return bytes;
}

TEST_F(HttpClientTest, ReadsCompressedReplies) {
  server.then(Scripted::reply(200, gzip("plain text"), {{"Content-Encoding", "gzip"}}));
  const HttpReply reply = post();
  EXPECT_EQ(reply.body, "plain text");
  EXPECT_EQ(reply.id, 5U);
  EXPECT_THAT(server.received().front().head, HasSubstr("Accept-Encoding: "));
}

TEST_F(HttpClientTest, ARequestWithoutABodyIsAGet) {
  server.otherwise(Scripted::reply(200, "fetched"));
  HttpClient client(options);
  const HttpReply reply =
      exchange(client, {1, server.base_url() + "/page?x=1", std::nullopt, milliseconds(10'000)});
  EXPECT_EQ(reply.body, "fetched");
  const ReceivedRequest received = server.received().front();
  EXPECT_THAT(received.head, StartsWith("GET /v1/page?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(received.head, Not(HasSubstr("Content-")));
  EXPECT_EQ(received.body, "");
}

TEST_F(HttpClientTest, AReusedHandleForgetsTheLastMethod) {
  server.otherwise(Scripted::reply(200, "ok"));
  HttpClient client(options);
  for (const std::optional<std::string>& body :
       {std::optional<std::string>("{\"a\":1}"), std::optional<std::string>(),
        std::optional<std::string>("")}) {
    EXPECT_EQ(exchange(client, {1, server.base_url(), body, milliseconds(10'000)}).body, "ok");
  }
  const auto received = server.received();
  ASSERT_EQ(received.size(), 3U);
  EXPECT_THAT(received[0].head, StartsWith("POST "));
  EXPECT_EQ(received[0].body, "{\"a\":1}");
  EXPECT_THAT(received[1].head, StartsWith("GET "));
  EXPECT_EQ(received[1].body, "");
  EXPECT_THAT(received[2].head, StartsWith("POST "));
  EXPECT_THAT(received[2].head, HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(HttpClientTest, KeepsStatusAndTheHeadersThatMatter) {
  server.then(Scripted::reply(301, "", {{"Retry-AFTER", " 17 "}, {"location", "http://elsewhere/"}}));
  const HttpReply reply = post();
  EXPECT_EQ(reply.outcome, HttpReply::Outcome::answered);
  EXPECT_EQ(reply.status, 301);
  EXPECT_EQ(reply.retry_after, "17");
  EXPECT_EQ(reply.location, "http://elsewhere/");
}

TEST_F(HttpClientTest, AReplyBeyondTheLimitIsCutOff) {
  options.body_limit = 100;
  server.then(Scripted::reply(200, std::string(100, 'x'))).then(Scripted::reply(200, std::string(101, 'x')));
  EXPECT_EQ(post().body.size(), 100U);
  const HttpReply reply = post();
  EXPECT_EQ(reply.outcome, HttpReply::Outcome::failed);
  EXPECT_THAT(reply.error, HasSubstr("larger than 100 bytes"));
  EXPECT_TRUE(reply.too_large);
}

TEST_F(HttpClientTest, ABodyThatStandsStillIsGivenUp) {
  options.stall = milliseconds(50);
  server.then({"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun", false, 0});
  const HttpReply reply = post();
  EXPECT_EQ(reply.outcome, HttpReply::Outcome::failed);
  EXPECT_THAT(reply.error, HasSubstr("stood still"));
  EXPECT_EQ(reply.body, "begun");
}

TEST_F(HttpClientTest, OtherProtocolsAreNotSpoken) {
  const HttpReply reply = post("file:///etc/hostname");
  EXPECT_EQ(reply.outcome, HttpReply::Outcome::failed);
  EXPECT_EQ(reply.body, "");
}

}  // namespace
}  // namespace recon::support
