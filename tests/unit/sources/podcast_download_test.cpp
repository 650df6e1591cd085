#include "download_fixtures.hpp"
#include "podcast/links.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string tim_index = "/2018/09/20/all-transcripts-from-the-tim-ferriss-show/";

std::string page_of(const std::vector<std::string>& links) {
  std::string page = "<!DOCTYPE html><html><body>";
  for (const std::string& link : links) page += "<p><a href=\"" + link + "\">x</a></p>";
  return page + "</body></html>";
}

/// A page with a transcript, in which `words` are said.
std::string transcript_of(const std::string& words) {
  return R"(<!DOCTYPE html><html><body><div class="ts-segment"><span class="ts-name">A Host</span>)"
         R"(<span class="ts-text">)" +
         words + "</span></div></body></html>";
}

std::vector<std::string> names_of(const PodcastLinks& links) {
  std::vector<std::string> names;
  for (const PodcastPage& page : links.pages) names.push_back(page.name);
  return names;
}

PodcastLinks lex_links(const std::vector<std::string>& links,
                       const std::string& base = "https://lexfridman.com") {
  return parse_podcast_links(page_of(links), podcast_sites()[0], base);
}
PodcastLinks tim_links(const std::vector<std::string>& links) {
  return parse_podcast_links(page_of(links), podcast_sites()[1], "https://tim.blog");
}

TEST(LexLinks, AreThoseToTranscripts) {
  const PodcastLinks links =
      lex_links({"https://lexfridman.com/someone-one-transcript/", "/someone-two-transcript",
                 "https://lexfridman.com/someone-one-transcript/#chapter2_x",
                 "https://lexfridman.com/someone-one-transcript", "/someone-three/",
                 "https://lexfridman.com/category/transcripts/", "mailto:x-transcript",
                 "https://video.example/watch-transcript", "#here", ""});
  EXPECT_THAT(
      links.pages,
      ElementsAre(PodcastPage{"https://lexfridman.com/someone-one-transcript/", "someone-one-transcript"},
                  PodcastPage{"https://lexfridman.com/someone-two-transcript", "someone-two-transcript"}));
  EXPECT_EQ(links.elsewhere, 1U);
}

TEST(LexLinks, LeadToTheConfiguredAddress) {
  const PodcastLinks links =
      lex_links({"https://lexfridman.com/a-transcript/", "https://www.lexfridman.com/b-transcript/",
                 "/c-transcript/", "http://127.0.0.1:81/d-transcript/"},
                "http://127.0.0.1:81");
  for (const PodcastPage& page : links.pages) EXPECT_EQ(page.url, "http://127.0.0.1:81/" + page.name + "/");
  EXPECT_THAT(names_of(links), ElementsAre("a-transcript", "b-transcript", "c-transcript", "d-transcript"));
}

TEST(TimLinks, AreThoseOfDatedPosts) {
  const PodcastLinks links = tim_links(
      {"https://tim.blog/2018/10/30/the-show-transcripts-someone/", "https://tim.blog" + tim_index,
       "https://tim.blog" + tim_index + "feed/", "https://tim.blog/tag/transcripts/",
       "https://tim.blog/2019/01/02/other-post/", "https://files.example/2018/09/1-someone.PDF",
       "/wp-content/2.pdf?x=1", "https://tim.blog/2018/10/30/the-show-transcripts-someone/?share=x"});
  EXPECT_THAT(names_of(links), ElementsAre("the-show-transcripts-someone"));
  EXPECT_EQ(links.pdfs, 2U);
}

TEST(TimLinks, PagesThatEndAlikeHaveNamesOfTheirOwn) {
  const PodcastLinks links =
      tim_links({"https://tim.blog/2018/10/30/transcript/", "https://tim.blog/2019/10/30/transcript/",
                 "https://tim.blog/2019/10/31/transcript-2/"});
  EXPECT_THAT(names_of(links), ElementsAre("2018-10-30-transcript", "2019-10-30-transcript", "transcript-2"));
}

TEST(PodcastLinks, NamesThatNoFileMayHaveAreRefused) {
  const PodcastLinks links = lex_links({"/a%2F..%2F..%2Fb-transcript", "/a:b-transcript",
                                        "/.hidden-transcript", "/" + std::string(300, 'a') + "-transcript",
                                        "/sm\xC3\xB8rrebr\xC3\xB8"
                                        "d-transcript/"});
  EXPECT_THAT(names_of(links), ElementsAre("a%2F..%2F..%2Fb-transcript",
                                           "sm%c3%b8rrebr%c3%b8"
                                           "d-transcript"));
  EXPECT_THAT(links.refused, SizeIs(3));
}

TEST(PodcastLinks, AnIndexWithoutTranscriptsIsAnError) {
  EXPECT_THROW(static_cast<void>(lex_links({"/about/"})), RunError);
  EXPECT_THROW(static_cast<void>(parse_podcast_links("", podcast_sites()[0], "https://lexfridman.com")),
               RunError);
}

class PodcastDownloadTest : public DownloadTest {
 protected:
  PodcastDownloadTest() {
    source.domain = "podcast";
    source.download.lex_url = site.url();
    source.download.tim_url = site.url();
  }
};

TEST_F(PodcastDownloadTest, FetchesTheTranscriptsOfTheUsersPodcasts) {
  add_user("lex fridman");
  site.on("/podcast/", page_of({"https://lexfridman.com/a-transcript/", "/b-transcript/", "/old.pdf"}))
      .on("/a-transcript/", transcript_of("One."))
      .on("/b-transcript/", transcript_of("Two."));
  EXPECT_EQ(run().text(), "fetched 3, already there 0, not found 0; left out 1 transcripts that are PDFs");
  EXPECT_THAT(files(), ElementsAre("lex.listing", "lex/a-transcript.html", "lex/b-transcript.html"));
  EXPECT_EQ(content("lex/a-transcript.html"), transcript_of("One."));
  static_cast<void>(site.take_targets());
  EXPECT_EQ(run().already_there, 3U);
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(PodcastDownloadTest, FetchesBothWhereBothAreWanted) {
  add_user("Tim Ferriss");
  add_user("Lex Fridman");
  site.on("/podcast/", page_of({"/a-transcript/"})).on("/a-transcript/", transcript_of("One."));
  site.on(tim_index, page_of({"https://tim.blog/2020/01/02/x-transcript/"}))
      .on("/2020/01/02/x-transcript/",
          R"(<html><body><div class="entry-content"><p><strong>A Host:</strong> Welcome.</p>
             <p><strong>A Guest:</strong> Hello.</p><p><strong>A Host:</strong> So?</p></div></body></html>)");
  EXPECT_EQ(run().fetched, 4U);
  EXPECT_THAT(files(),
              ElementsAre("lex.listing", "lex/a-transcript.html", "tim.listing", "tim/x-transcript.html"));
}

TEST_F(PodcastDownloadTest, AnEpisodeThatIsNotThereIsNamed) {
  add_user("Lex Fridman");
  site.on("/podcast/", page_of({"/a-transcript/", "/b-transcript/"})).on("/b-transcript/", " \n ");
  testing::internal::CaptureStderr();
  const DownloadSummary summary = run();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("/a-transcript/ is in the index, but not there"));
  EXPECT_THAT(said, HasSubstr("the page is empty"));
  EXPECT_EQ(summary.not_found, 1U);
  EXPECT_EQ(summary.failed, 1U);
}

TEST_F(PodcastDownloadTest, APageWithoutATranscriptIsAFailureAndNotKept) {
  add_user("Lex Fridman");
  const std::string checking =
      "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><p>Checking your browser "
      "before "
      "you go on.</p></body></html>";
  site.on("/podcast/", page_of({"/a-transcript/", "/b-transcript/"}))
      .on("/a-transcript/", checking)
      .on("/b-transcript/", transcript_of("Two."));
  testing::internal::CaptureStderr();
  const DownloadSummary summary = run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("/a-transcript/: the page holds no transcript; open it in a browser"));
  EXPECT_EQ(summary.text(), "fetched 2, already there 0, not found 0, failed 1");
  EXPECT_THAT(files(), ElementsAre("lex.listing", "lex/b-transcript.html"));
  site.replace("/a-transcript/", HttpReply{200, transcript_of("One.")});
  EXPECT_EQ(run().text(), "fetched 1, already there 2, not found 0");
}

TEST_F(PodcastDownloadTest, AddressesAreCheckedBeforeAnythingIsFetched) {
  add_user("Lex Fridman");
  add_user("Tim Ferriss");
  source.download.tim_url = "https://user:secret@tim.blog";
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }), HasSubstr("tim_url"));
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(PodcastDownloadTest, AnIndexThatMovedOrChangedIsAFailure) {
  add_user("Lex Fridman");
  EXPECT_EQ(run().failed, 1U);
  site.on("/podcast/", "<p>Under construction</p>");
  EXPECT_EQ(run().failed, 1U);
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(PodcastDownloadTest, OtherHostsAreNotKnown) {
  add_user("Someone Else");
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }),
              HasSubstr("'Lex Fridman' and 'Tim Ferriss'"));
}

}  // namespace
}  // namespace recon::support
