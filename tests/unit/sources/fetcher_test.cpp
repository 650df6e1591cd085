#include "recon/sources/fetcher.hpp"

#include <fstream>

#include "download_fixtures.hpp"
#include "scripted_server.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class FetcherTest : public DownloadTest {
 protected:
  [[nodiscard]] FetchRequest request(const std::string& target = "/a",
                                     const std::string& file = "a.json") const {
    FetchRequest result;
    result.url = site.url() + target;
    result.file = file;
    return result;
  }
  Fetcher fetcher = make_fetcher();
};

TEST_F(FetcherTest, KeepsTheBodyAsItCame) {
  const std::string body("two\r\nlines\0\xFF", 12);
  site.on("/a", body);
  const FetchResult result = fetcher.fetch(request("/a", "deep/er/a.json"));
  EXPECT_EQ(result.outcome, FetchOutcome::fetched);
  EXPECT_EQ(result.body, body);
  EXPECT_EQ(content("deep/er/a.json"), body);
  EXPECT_THAT(files(), ElementsAre("deep/er/a.json"));
}

TEST_F(FetcherTest, SaysWhoAsks) {
  site.on("/a", "x");
  ASSERT_TRUE(fetcher.fetch(request()).has_body());
  const HttpRequest received = site.received().front();
  EXPECT_EQ(received.method, "GET");
  EXPECT_THAT(received.headers.at("user-agent"), MatchesRegex("recon/[0-9.]+ \\(\\+research; see README\\)"));
}

TEST_F(FetcherTest, WhatIsThereIsNotAskedFor) {
  site.on("/a", "x");
  ASSERT_TRUE(fetcher.fetch(request()).has_body());
  Fetcher later = make_fetcher();
  const FetchResult result = later.fetch(request());
  EXPECT_EQ(result.outcome, FetchOutcome::already_there);
  EXPECT_EQ(result.body, "x");
  EXPECT_THAT(site.received(), SizeIs(1));
  EXPECT_EQ(later.summary().text(), "fetched 0, already there 1, not found 0");
}

TEST_F(FetcherTest, AsksNoFasterThanItMay) {
  site.on("/a", "x").on("/b", "x").on("/c", "x");
  for (const char* target : {"/a", "/b", "/c"})
    ASSERT_TRUE(fetcher.fetch(request(target, std::string(target + 1))).has_body());
  EXPECT_EQ(clock.take_slept(), seconds(2));
}

TEST_F(FetcherTest, NotThereIsAnAnswer) {
  site.on("/gone", HttpReply{410});
  EXPECT_EQ(fetcher.fetch(request()).outcome, FetchOutcome::not_found);
  EXPECT_EQ(fetcher.fetch(request("/gone", "b")).outcome, FetchOutcome::not_found);
  EXPECT_THAT(site.received(), SizeIs(2));
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(fetcher.summary().text(), "fetched 0, already there 0, not found 2");
}

TEST_F(FetcherTest, WaitsAsLongAsTheServerAsks) {
  for (const int status : {429, 503}) {
    const std::string target = "/" + std::to_string(status);
    site.on(target, HttpReply{status, "", {{"Retry-After", "90"}}}).on(target, "x");
    static_cast<void>(clock.take_slept());
    EXPECT_EQ(fetcher.fetch(request(target, target.substr(1))).outcome, FetchOutcome::fetched);
    EXPECT_GE(clock.take_slept(), seconds(90)) << status;
  }
  EXPECT_THAT(site.received(), SizeIs(4));
}

TEST_F(FetcherTest, LeavesAServerAloneThatAsksForMoreThanMinutes) {
  site.on("/a", HttpReply{429, "enough", {{"Retry-After", "7200"}}});
  const std::string said = message_of<DownloadStopped>([&] { static_cast<void>(fetcher.fetch(request())); });
  EXPECT_THAT(said, HasSubstr("7200 s"));
  EXPECT_THAT(said, HasSubstr("enough"));
  EXPECT_THAT(site.received(), SizeIs(1));
}

TEST_F(FetcherTest, ServerErrorsAreTriedAgainSlowlyAndNotForEver) {
  site.on("/a", HttpReply{500, "broken"}).on("/a", HttpReply{500, "broken"}).on("/a", "x");
  EXPECT_EQ(fetcher.fetch(request()).outcome, FetchOutcome::fetched);
  EXPECT_GE(clock.take_slept(), seconds(3));
  site.on("/b", HttpReply{500, "broken"});
  static_cast<void>(site.take_targets());
  EXPECT_EQ(fetcher.fetch(request("/b", "b")).outcome, FetchOutcome::failed);
  EXPECT_THAT(site.received(), SizeIs(6));
  EXPECT_LT(clock.take_slept(), minutes(5));
  EXPECT_EQ(fetcher.summary().failed, 1U);
  EXPECT_THAT(files(), ElementsAre("a.json"));
}

TEST_F(FetcherTest, AskedToWaitAgainAndAgainItGivesUp) {
  site.on("/a", HttpReply{429, "", {{"Retry-After", "599"}}});
  EXPECT_EQ(fetcher.fetch(request()).outcome, FetchOutcome::failed);
  EXPECT_LE(clock.take_slept(), minutes(20));
  EXPECT_THAT(site.received(), SizeIs(3));
}

TEST_F(FetcherTest, OtherRefusalsAreNotRepeated) {
  site.on("/a", HttpReply{403, "no\nrobots"});
  testing::internal::CaptureStderr();
  EXPECT_EQ(fetcher.fetch(request()).outcome, FetchOutcome::failed);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("/a: HTTP 403: no robots"));
  EXPECT_THAT(site.received(), SizeIs(1));
}

TEST_F(FetcherTest, ABrokenConnectionIsTriedAgain) {
  HttpReply broken;
  broken.hang_up = true;
  site.on("/a", broken).on("/a", "x");
  EXPECT_EQ(fetcher.fetch(request()).outcome, FetchOutcome::fetched);
}

TEST_F(FetcherTest, AServerThatCannotBeReachedStopsTheDownload) {
  FetchRequest away = request();
  away.url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/";
  EXPECT_EQ(fetcher.fetch(away).outcome, FetchOutcome::failed);
  EXPECT_EQ(fetcher.fetch(away).outcome, FetchOutcome::failed);
  EXPECT_THROW(static_cast<void>(fetcher.fetch(away)), DownloadStopped);
  EXPECT_EQ(fetcher.summary().failed, 3U);
}

TEST_F(FetcherTest, ManyFailuresInARowStopTheDownload) {
  site.otherwise([](const HttpRequest&) { return HttpReply{403, "blocked"}; });
  for (int i = 0; i < 19; ++i) EXPECT_EQ(fetcher.fetch(request()).outcome, FetchOutcome::failed);
  EXPECT_THROW(static_cast<void>(fetcher.fetch(request())), DownloadStopped);
}

TEST_F(FetcherTest, ABodyThatIsNotWhatWasAskedForIsNotKept) {
  site.on("/a", "error").on("/a", "right");
  FetchRequest checked = request();
  checked.check = [](std::string_view body) {
    if (body != "right") throw RunError("found nonsense");
  };
  EXPECT_EQ(fetcher.fetch(checked).body, "right");
  site.on("/b", "error");
  checked.url = site.url() + "/b";
  checked.file = "b";
  testing::internal::CaptureStderr();
  EXPECT_EQ(fetcher.fetch(checked).outcome, FetchOutcome::failed);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("found nonsense"));
  EXPECT_THAT(files(), ElementsAre("a.json"));
}

TEST_F(FetcherTest, ASpoiltFileIsAFailureThatSaysWhatToDo) {
  std::filesystem::create_directories(source.path);
  put(source.path / "a.json", "spoilt");
  FetchRequest checked = request();
  checked.check = [](std::string_view) { throw RunError("found nonsense"); };
  testing::internal::CaptureStderr();
  EXPECT_EQ(fetcher.fetch(checked).outcome, FetchOutcome::failed);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("delete the file and run again"));
  EXPECT_THAT(site.received(), IsEmpty());
  EXPECT_EQ(content("a.json"), "spoilt");
}

TEST_F(FetcherTest, TheLighterRequestFollowsOneThatWasTooMuch) {
  site.on("/a?limit=100", HttpReply{422, R"({"data":null,"error":"Timeout"})"}).on("/a?limit=25", "x");
  FetchRequest heavy = request("/a?limit=100");
  heavy.lighter_url = site.url() + "/a?limit=25";
  EXPECT_EQ(fetcher.fetch(heavy).body, "x");
  EXPECT_THAT(site.take_targets(), ElementsAre("/a?limit=100", "/a?limit=25"));
}

TEST_F(FetcherTest, TheLighterRequestFollowsServerErrorsAndSilence) {
  HttpReply silent;
  silent.hang_up = true;
  int number = 0;
  for (const HttpReply& trouble : {HttpReply{500, "broken"}, HttpReply{503, "busy"}, silent}) {
    const std::string target = "/" + std::to_string(number++);
    site.on(target + "?limit=100", trouble).on(target + "?limit=25", "x");
    FetchRequest heavy = request(target + "?limit=100", target.substr(1));
    heavy.lighter_url = site.url() + target + "?limit=25";
    EXPECT_EQ(fetcher.fetch(heavy).body, "x") << target;
  }
}

TEST_F(FetcherTest, WhoIsAskedToSlowDownAsksForNoSmallerPieces) {
  site.on("/a?limit=100", HttpReply{429, "slow down", {{"Retry-After", "5"}}})
      .on("/a?limit=100", HttpReply{408, "late"})
      .on("/a?limit=100", "error")
      .on("/a?limit=100", "right");
  FetchRequest heavy = request("/a?limit=100");
  heavy.lighter_url = site.url() + "/a?limit=25";
  heavy.check = [](std::string_view body) {
    if (body != "right") throw RunError("found nonsense");
  };
  EXPECT_EQ(fetcher.fetch(heavy).body, "right");
  EXPECT_THAT(site.take_targets(),
              ElementsAre("/a?limit=100", "/a?limit=100", "/a?limit=100", "/a?limit=100"));
}

TEST_F(FetcherTest, OnceTooMuchTheRequestStaysLight) {
  site.on("/a?limit=100", HttpReply{422, "Timeout"})
      .on("/a?limit=25", HttpReply{429, "slow down"})
      .on("/a?limit=25", "x");
  FetchRequest heavy = request("/a?limit=100");
  heavy.lighter_url = site.url() + "/a?limit=25";
  EXPECT_EQ(fetcher.fetch(heavy).body, "x");
  EXPECT_THAT(site.take_targets(), ElementsAre("/a?limit=100", "/a?limit=25", "/a?limit=25"));
}

TEST_F(FetcherTest, WhatIsNotToBeKeptIsAskedForAgain) {
  site.on("/a", "early").on("/a", "final");
  FetchRequest passing = request();
  passing.keep = [](std::string_view body) { return body == "final"; };
  EXPECT_EQ(fetcher.fetch(passing).body, "early");
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(fetcher.summary().text(), "fetched 0, already there 0, not found 0");
  EXPECT_EQ(fetcher.fetch(passing).body, "final");
  EXPECT_EQ(content("a.json"), "final");
  EXPECT_EQ(fetcher.summary().text(), "fetched 1, already there 0, not found 0");
}

TEST_F(FetcherTest, FollowsRedirectsOfTheSameServer) {
  site.on("/a", HttpReply{301, "", {{"Location", "/b"}}})
      .on("/b", HttpReply{302, "", {{"Location", site.url() + "/c"}}})
      .on("/c", "x");
  EXPECT_EQ(fetcher.fetch(request()).body, "x");
  EXPECT_EQ(clock.take_slept(), seconds(2)) << "each hop is a request";
}

TEST_F(FetcherTest, RedirectsElsewhereAreRefused) {
  Site other;
  other.on("/a", "x");
  int number = 0;
  for (const std::string& location :
       {other.url() + "/a", std::string("https://elsewhere.example/"), std::string("//elsewhere.example/"),
        std::string("file:///etc/hostname"), std::string("https://127.0.0.1/a")}) {
    const std::string target = "/" + std::to_string(number++);
    site.on(target, HttpReply{302, "", {{"Location", location}}});
    EXPECT_EQ(fetcher.fetch(request(target)).outcome, FetchOutcome::failed) << location;
  }
  EXPECT_THAT(other.received(), IsEmpty());
  EXPECT_THAT(site.received(), SizeIs(5));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(FetcherTest, RedirectsInACircleEnd) {
  site.on("/a", HttpReply{302, "", {{"Location", "/a"}}});
  EXPECT_EQ(fetcher.fetch(request()).outcome, FetchOutcome::failed);
  EXPECT_THAT(site.received(), SizeIs(6));
}

TEST_F(FetcherTest, ABodyBeyondTheLimitIsRefusedAtOnce) {
  Fetcher::Options options;
  options.folder = source.path;
  options.body_limit = 100;
  Fetcher small(options, clock, log);
  site.on("/a", std::string(101, 'x'));
  EXPECT_EQ(small.fetch(request()).outcome, FetchOutcome::failed);
  EXPECT_THAT(site.received(), SizeIs(1));
}

TEST_F(FetcherTest, NoNameLeadsOutOfTheFolder) {
  site.otherwise([](const HttpRequest&) { return HttpReply{200, "x"}; });
  for (const char* file : {"../x", "a/../../x", "/tmp/x", "", ".", "a/./b", ".hidden", "a//"}) {
    EXPECT_THROW(static_cast<void>(fetcher.fetch(request("/a", file))), RunError) << file;
  }
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(FetcherTest, StopsWhenAskedTo) {
  site.on("/a", "x").on("/b", "x");
  ASSERT_TRUE(fetcher.fetch(request()).has_body());
  clock.interrupt = [] { return true; };
  const std::string said =
      message_of<Interrupted>([&] { static_cast<void>(fetcher.fetch(request("/b", "b"))); });
  EXPECT_THAT(said, HasSubstr("fetched 1"));
  EXPECT_THAT(said, HasSubstr("run again"));
  EXPECT_THAT(site.received(), SizeIs(1));
}

TEST_F(FetcherTest, StopsAlsoWhileItWaits) {
  site.on("/a", HttpReply{429, "", {{"Retry-After", "500"}}});
  const auto begin = clock.now();
  clock.interrupt = [&] { return clock.now() - begin > seconds(5); };
  EXPECT_THROW(static_cast<void>(fetcher.fetch(request())), Interrupted);
  EXPECT_LT(clock.take_slept(), seconds(6));
}

TEST_F(FetcherTest, ADryRunOpensNoConnection) {
  Fetcher dry = make_fetcher(true);
  Log loud(LogLevel::normal, LogFormat::text);
  EXPECT_EQ(dry.fetch(request()).outcome, FetchOutcome::planned);
  EXPECT_EQ(dry.summary().planned, 1U);
  EXPECT_THAT(site.received(), IsEmpty());
  EXPECT_THAT(files(), IsEmpty());
}

}  // namespace
}  // namespace recon::support
