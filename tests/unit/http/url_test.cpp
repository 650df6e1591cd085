#include "recon/http/url.hpp"

#include <gtest/gtest.h>

namespace recon {
namespace {

const std::string base = "https://site.example/a/page?x=1#here";

TEST(ParseUrl, GivesThePartsWithTheDefaultPort) {
  const auto url = parse_url("HTTPS://Site.Example/A/b?q=%20#top");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "site.example");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->path, "/A/b");
  EXPECT_EQ(url->query, "q=%20");
  EXPECT_EQ(url->fragment, "top");
  EXPECT_EQ(parse_url("http://127.0.0.1:8080")->port, "8080");
  EXPECT_EQ(parse_url("http://127.0.0.1:8080")->path, "/");
}

TEST(ParseUrl, RefusesWhatIsNoWebAddress) {
  for (const std::string& address :
       {std::string(""), std::string("site.example"), std::string("/path"),
        std::string("ftp://site.example/"), std::string("file:///etc/hostname"),
        std::string("javascript:x()"), std::string("http://"), std::string("http://a.example/\0b", 19)}) {
    EXPECT_FALSE(parse_url(address)) << address;
  }
}

TEST(ResolveUrl, FollowsEveryFormOfReference) {
  EXPECT_EQ(resolve_url(base, "https://other.example/b"), "https://other.example/b");
  EXPECT_EQ(resolve_url(base, "//other.example/b"), "https://other.example/b");
  EXPECT_EQ(resolve_url(base, "/b?y=2"), "https://site.example/b?y=2");
  EXPECT_EQ(resolve_url(base, "next"), "https://site.example/a/next");
  EXPECT_EQ(resolve_url(base, "../up"), "https://site.example/up");
  EXPECT_EQ(resolve_url(base, "/two words"), "https://site.example/two%20words");
  EXPECT_EQ(resolve_url(base, "/b#part"), "https://site.example/b");
}

TEST(ResolveUrl, RefusesOtherSchemes) {
  for (const char* reference : {"mailto:someone@site.example", "javascript:x()", "file:///etc/passwd"}) {
    EXPECT_EQ(resolve_url(base, reference), std::nullopt) << reference;
  }
}

bool same(const std::string& from, const std::string& to) {
  return is_same_server(*parse_url(from), *parse_url(to));
}

TEST(IsSameServer, NeedsHostSchemeAndPort) {
  EXPECT_TRUE(same("https://site.example/a", "https://SITE.example:443/b"));
  EXPECT_FALSE(same("https://site.example/", "https://www.site.example/"));
  EXPECT_FALSE(same("https://site.example/", "https://site.example:444/"));
  EXPECT_FALSE(same("https://site.example/", "https://site.example.evil.example/"));
  EXPECT_FALSE(same("https://site.example/", "https://site.example@evil.example/"));
}

TEST(IsSameServer, MayBecomeSaferButNotLessSafe) {
  EXPECT_TRUE(same("http://site.example/", "https://site.example/"));
  EXPECT_FALSE(same("https://site.example/", "http://site.example/"));
  EXPECT_FALSE(same("http://site.example:8080/", "https://site.example/"));
}

TEST(WithPath, PutsAPathBeforeTheQuery) {
  EXPECT_EQ(with_path("http://x/v1", "/chat"), "http://x/v1/chat");
  EXPECT_EQ(with_path("http://x/v1//", "/chat"), "http://x/v1/chat");
  EXPECT_EQ(with_path("https://x/d/?api-version=1/2&b=", "/chat"), "https://x/d/chat?api-version=1/2&b=");
  EXPECT_EQ(with_path("http://x?a=1", "/chat"), "http://x/chat?a=1");
}

TEST(WithoutTrailingSlashes, LeavesTheQuery) {
  EXPECT_EQ(without_trailing_slashes("http://x/v1//"), "http://x/v1");
  EXPECT_EQ(without_trailing_slashes("http://x/v1/?a=b/"), "http://x/v1?a=b/");
}

TEST(EscapeQuery, EscapesAllButTheUnreserved) {
  EXPECT_EQ(escape_query("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(escape_query("a b&c=d/\xC3\xA9+%"), "a%20b%26c%3Dd%2F%C3%A9%2B%25");
}

}  // namespace
}  // namespace recon
