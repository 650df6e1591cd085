// Downloads replayed from real replies, where these are at hand (they are no part of this project).
#include "recon/core/json.hpp"
#include "recon/sources/session_reader.hpp"

#include <cstdlib>
#include <set>

#include "download_fixtures.hpp"
#include "pmq/hansard_wire.hpp"
#include "podcast/links.hpp"
#include "reddit/wire.hpp"
#include "source_dir.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class RealReplies : public DownloadTest {
 protected:
  static fs::path shared_data() {
    const char* configured = std::getenv("RECON_TEST_DATA");
    if (configured != nullptr && *configured != '\0') return configured;
    return fs::path(RECON_SOURCE_DIR) / ".." / "shared" / "data";
  }
  void SetUp() override {
    if (!fs::exists(shared_data())) GTEST_SKIP() << "no real data; set RECON_TEST_DATA to its folder";
  }
};

TEST_F(RealReplies, ASittingOfTheHansardApi) {
  const fs::path replies = shared_data() / "pmq" / "hansard_api";
  const std::string tree = slurp(replies / "sectiontrees_2026-09-09.excerpt.json");
  const std::string debate = slurp(replies / "debate_C226C460_engagements_2026-09-09.excerpt.json");
  site.on("/overview/calendar.json?year=2026&month=9&house=Commons",
          R"([{"House":"Commons","ItemDate":"2026-09-09T00:00:00"}])")
      .on("/overview/sectiontrees.json?section=Debate&date=2026-09-09&house=Commons", tree)
      .on("/debates/debate/C226C460-61AA-49F3-BBE8-1219B334BEDC.json", debate);
  source.domain = "pmq";
  source.download.hansard_url = site.url();
  add_user("The Prime Minister", "2026-09-01", "2026-10-01");
  EXPECT_EQ(run().text(), "fetched 3, already there 0, not found 0");
  EXPECT_EQ(content("debates/2026-09-09/C226C460-61AA-49F3-BBE8-1219B334BEDC.json"), debate);
  EXPECT_EQ(content("sectiontrees/2026-09-09.json"), tree);
  const auto reader = make_session_reader(source, users);
  while (reader->next()) {
  }
  for (const Reject& reject : reader->rejects())
    ADD_FAILURE() << reject.subject.text() << ": " << reject.causes.at(0).message;
}

TEST_F(RealReplies, ArchiveReplies) {
  const fs::path replies = shared_data() / "reddit" / "pushshift_api";
  std::size_t items = 0;
  std::size_t dated = 0;
  for (const auto& entry : fs::directory_iterator(replies)) {
    for (const ArchivedItem& item : parse_archive_reply(slurp(entry.path()))) {
      ++items;
      if (item.created) ++dated;
    }
  }
  EXPECT_EQ(items, 320U);
  EXPECT_EQ(dated, items);
}

TEST_F(RealReplies, LinksOfATranscriptPage) {
  const std::string page =
      slurp(shared_data() / "podcasts" / "lex" / "html" / "418-israel-palestine-debate-transcript.htm");
  const PodcastLinks links = parse_podcast_links(page, podcast_sites()[0], "https://lexfridman.com");
  EXPECT_THAT(links.pages,
              ElementsAre(PodcastPage{"https://lexfridman.com/israel-palestine-debate-transcript/",
                                      "israel-palestine-debate-transcript"}));
}

}  // namespace
}  // namespace recon::support
