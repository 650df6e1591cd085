#include "recon/core/json.hpp"

#include "download_fixtures.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class HansardDownloadTest : public DownloadTest {
 protected:
  HansardDownloadTest() {
    source.domain = "pmq";
    source.download.hansard_url = site.url() + "/";
  }
  static std::string calendar_target(int year, int month) {
    return "/overview/calendar.json?year=" + std::to_string(year) + "&month=" + std::to_string(month) +
           "&house=Commons";
  }
  static std::string tree_target(const std::string& day) {
    return "/overview/sectiontrees.json?section=Debate&date=" + day + "&house=Commons";
  }
  static std::string debate_target(const std::string& id) { return "/debates/debate/" + id + ".json"; }

  void calendar(int year, int month, const std::vector<std::string>& days) {
    Json list = Json::array();
    for (const std::string& day : days)
      list.push_back({{"House", "Commons"}, {"ItemDate", day + "T00:00:00"}});
    site.on(calendar_target(year, month), list.dump());
  }
  /// A day whose questions to the prime minister are these debates; none = no such questions.
  void day(const std::string& date, const std::vector<std::string>& debates) {
    Json sections = Json::array();
    sections.push_back(
        {{"Id", 1}, {"ParentId", nullptr}, {"Title", "Oral Answers to Questions"}, {"ExternalId", "o"}});
    if (!debates.empty())
      sections.push_back({{"Id", 2}, {"ParentId", 1}, {"Title", "Prime Minister"}, {"ExternalId", "p"}});
    int id = 3;
    for (const std::string& debate : debates) {
      sections.push_back({{"Id", id++}, {"ParentId", 2}, {"Title", "Engagements"}, {"ExternalId", debate}});
      site.on(debate_target(debate), R"({"Overview":{},"Items":[],"ChildDebates":[]})");
    }
    site.on(tree_target(date), Json::array({Json{{"SectionTreeItems", sections}}}).dump());
  }
};

TEST_F(HansardDownloadTest, FetchesTheDebatesOfTheTenure) {
  add_user("The Prime Minister", "2011-03-09", "2011-04-06");
  calendar(2011, 3, {"2011-03-02", "2011-03-09", "2011-03-10"});
  calendar(2011, 4, {"2011-04-05", "2011-04-06"});
  day("2011-03-09", {"AAA-1", "BBB-2"});
  day("2011-03-10", {});
  day("2011-04-05", {});
  const DownloadSummary summary = run();
  EXPECT_EQ(summary.text(), "fetched 7, already there 0, not found 0");
  EXPECT_THAT(site.take_targets(),
              ElementsAre(calendar_target(2011, 3), calendar_target(2011, 4), tree_target("2011-03-09"),
                          debate_target("AAA-1"), debate_target("BBB-2"), tree_target("2011-03-10"),
                          tree_target("2011-04-05")));
  EXPECT_THAT(files(),
              ElementsAre("calendar/2011-03.json", "calendar/2011-04.json", "debates/2011-03-09/AAA-1.json",
                          "debates/2011-03-09/BBB-2.json", "sectiontrees/2011-03-09.json",
                          "sectiontrees/2011-03-10.json", "sectiontrees/2011-04-05.json"));
  EXPECT_EQ(run().text(), "fetched 0, already there 7, not found 0");
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(HansardDownloadTest, TenuresThatOverlapAreFetchedOnce) {
  add_user("One", "2011-03-01", "2011-03-10");
  add_user("Two", "2011-03-09", "2011-03-31");
  calendar(2011, 3, {"2011-03-09"});
  day("2011-03-09", {"AAA"});
  EXPECT_EQ(run().fetched, 3U);
  EXPECT_THAT(site.received(), SizeIs(3));
}

TEST_F(HansardDownloadTest, GoesOnWhereItWasInterrupted) {
  add_user("One", "2011-03-01", "2011-03-31");
  calendar(2011, 3, {"2011-03-09", "2011-03-16"});
  day("2011-03-09", {"AAA"});
  day("2011-03-16", {"BBB"});
  clock.interrupt = [&] { return site.received().size() >= 3; };
  EXPECT_THROW(static_cast<void>(run()), Interrupted);
  clock.interrupt = nullptr;
  const std::size_t kept = files().size();
  static_cast<void>(site.take_targets());
  const DownloadSummary summary = run();
  EXPECT_EQ(summary.already_there, kept);
  EXPECT_EQ(summary.fetched + summary.already_there, 5U);
  EXPECT_THAT(site.received(), SizeIs(5 - kept));
}

TEST_F(HansardDownloadTest, WithoutACalendarEveryWeekdayIsLookedAt) {
  add_user("One", "2011-03-04", "2011-03-09");  // a Friday to a Tuesday
  for (const char* date : {"2011-03-04", "2011-03-07", "2011-03-08"}) day(date, {});
  EXPECT_EQ(run().text(), "fetched 3, already there 0, not found 1");
  calendar(2011, 3, {});
  EXPECT_EQ(run().text(), "fetched 1, already there 3, not found 0");
  EXPECT_THAT(files(), ElementsAre("calendar/2011-03.json", "sectiontrees/2011-03-04.json",
                                   "sectiontrees/2011-03-07.json", "sectiontrees/2011-03-08.json"));
}

TEST_F(HansardDownloadTest, AFailedCalendarIsNotTakenForAnEmptyOne) {
  add_user("One", "2011-03-01", "2011-03-31");
  site.on(calendar_target(2011, 3), HttpReply{500, "broken"});
  const DownloadSummary summary = run();
  EXPECT_EQ(summary.failed, 1U);
  EXPECT_THAT(site.take_targets(), Not(Contains(HasSubstr("sectiontrees"))));
}

TEST_F(HansardDownloadTest, AMonthThatIsNotOverIsAskedForAgainTomorrow) {
  add_user("One", "2026-11-01");
  calendar(2026, 11, {"2026-11-18", "2026-11-20", "2026-11-25"});
  day("2026-11-18", {"BBB"});
  EXPECT_EQ(run().fetched, 3U);  // neither today nor the future
  EXPECT_THAT(files(), ElementsAre("calendar/2026-11_as_of_2026-11-20.json", "debates/2026-11-18/BBB.json",
                                   "sectiontrees/2026-11-18.json"));
  clock.date += std::chrono::days(1);
  day("2026-11-20", {"CCC"});
  EXPECT_EQ(run().text(), "fetched 3, already there 2, not found 0");
}

TEST_F(HansardDownloadTest, ARecentDayWithoutQuestionsIsAskedForUntilItIsSettled) {
  add_user("One", "2026-11-01");
  calendar(2026, 11, {"2026-11-05", "2026-11-06", "2026-11-07", "2026-11-18"});
  day("2026-11-05", {});
  day("2026-11-06", {});
  day("2026-11-07", {});
  day("2026-11-18", {"BBB"});
  clock.date = std::chrono::year(2026) / 11 / 19;
  site.replace(tree_target("2026-11-06"), HttpReply{200, "null"});
  site.replace(tree_target("2026-11-07"), HttpReply{200, "[]"});
  EXPECT_EQ(
      run().text(),
      "fetched 4, already there 0, not found 0; left out 2 recent days without Prime Minister's Questions "
      "(the next run asks again)");
  EXPECT_THAT(files(), ElementsAre("calendar/2026-11_as_of_2026-11-19.json", "debates/2026-11-18/BBB.json",
                                   "sectiontrees/2026-11-05.json", "sectiontrees/2026-11-18.json"));
  static_cast<void>(site.take_targets());

  // One of them comes out, and the other is old enough to be believed.
  clock.date = std::chrono::year(2026) / 11 / 21;
  site.replace(tree_target("2026-11-06"), HttpReply{200, "[]"});
  site.on(debate_target("CCC"), R"({"Overview":{},"Items":[]})");
  site.replace(tree_target("2026-11-07"), HttpReply{200, R"([{"SectionTreeItems":[
      {"Id":1,"ParentId":null,"Title":"Oral Answers to Questions","ExternalId":"o"},
      {"Id":2,"ParentId":1,"Title":"Prime Minister","ExternalId":"CCC"}]}])"});
  EXPECT_EQ(run().text(), "fetched 4, already there 3, not found 0");
  EXPECT_THAT(site.take_targets(), ElementsAre(calendar_target(2026, 11), tree_target("2026-11-06"),
                                               tree_target("2026-11-07"), debate_target("CCC")));
  EXPECT_EQ(run().text(), "fetched 0, already there 7, not found 0");
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(HansardDownloadTest, RecentDaysWithoutQuestionsAreNoWrongAddress) {
  add_user("One", "2026-11-18");
  day("2026-11-18", {});
  day("2026-11-19", {});
  const DownloadSummary summary = run();  // the calendar is not there
  EXPECT_EQ(summary.not_found, 1U);
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(HansardDownloadTest, AHostileIdIsNamedAndNothingElseLost) {
  add_user("One", "2011-03-01", "2011-03-31");
  calendar(2011, 3, {"2011-03-09"});
  day("2011-03-09", {"../../x", "GOOD"});
  testing::internal::CaptureStderr();
  const DownloadSummary summary = run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("'../../x'"));
  EXPECT_EQ(summary.failed, 1U);
  EXPECT_EQ(summary.fetched, 3U);
  EXPECT_THAT(site.take_targets(), Not(Contains(HasSubstr(".."))));
}

TEST_F(HansardDownloadTest, AnErrorBodyIsNoDebate) {
  add_user("One", "2011-03-01", "2011-03-31");
  calendar(2011, 3, {"2011-03-09"});
  day("2011-03-09", {"AAA"});
  Site broken;
  broken.otherwise([](const HttpRequest&) {
    return HttpReply{200, R"({"Message":"An error has occurred."})"};
  });
  EXPECT_EQ(run().fetched, 3U);
  std::filesystem::remove(source.path / "debates/2011-03-09/AAA.json");
  source.download.hansard_url = broken.url();
  const DownloadSummary summary = run();
  EXPECT_EQ(summary.failed, 1U);
  EXPECT_THAT(files(), Not(Contains("debates/2011-03-09/AAA.json")));
}

TEST_F(HansardDownloadTest, ADebateThatIsNotThereIsNamed) {
  add_user("One", "2011-03-01", "2011-03-31");
  calendar(2011, 3, {"2011-03-09"});
  day("2011-03-09", {"AAA", "BBB"});
  site.replace(debate_target("AAA"), HttpReply{404});
  testing::internal::CaptureStderr();
  const DownloadSummary summary = run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("AAA is in the day's list, but not there"));
  EXPECT_EQ(summary.text(), "fetched 3, already there 0, not found 1");
}

TEST_F(HansardDownloadTest, UsersNeedADateFromWhichToLook) {
  add_user("One");
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }), HasSubstr("'user_0' has no 'from'"));
  users.clear();
  add_user("One", "2027-01-01", "2028-01-01");
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }), HasSubstr("before 2026-11-20"));
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(HansardDownloadTest, AWrongAddressIsNoEmptyArchive) {
  add_user("One", "2011-03-01", "2011-03-03");
  EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(run()); }), HasSubstr("source.download"));
  source.download.hansard_url = "hansard.example";
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }), HasSubstr("hansard_url"));
}

TEST_F(HansardDownloadTest, AnAddressWithAPasswordIsRefusedAndNotRepeated) {
  add_user("One", "2011-03-01", "2011-03-31");
  const std::string host = site.url().substr(std::string("http://").size());
  for (const std::string& address :
       {"http://user:secret@" + host, "http://secret@" + host + "/", "http://user:se/cret@" + host,
        std::string("user:secret@host"), "http://" + host + "/?key=secret", "http://" + host + "#secret"}) {
    source.download.hansard_url = address;
    testing::internal::CaptureStderr();
    Log loud(LogLevel::verbose, LogFormat::text);
    std::string said = message_of<UsageError>([&] {
      Fetcher fetcher = make_fetcher(true);
      static_cast<void>(download(source, users, fetcher, loud));
    });
    EXPECT_THAT(said, HasSubstr("source.download.hansard_url")) << address;
    said += testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, Not(HasSubstr("cret"))) << address;
  }
  EXPECT_THAT(site.received(), IsEmpty());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(HansardDownloadTest, ADryRunPlansTheFirstStep) {
  add_user("One", "2011-03-01", "2011-05-01");
  EXPECT_EQ(run(true).planned, 2U);
  EXPECT_THAT(site.received(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(source.path));
}

TEST_F(HansardDownloadTest, TwoDownloadsIntoOneFolderAreRefused) {
  add_user("One", "2011-03-01", "2011-03-31");
  calendar(2011, 3, {"2011-03-09"});
  std::string second;
  site.otherwise([&](const HttpRequest&) { return HttpReply{200, "[]"}; });
  clock.interrupt = [&, inside = false]() mutable {
    if (!inside && second.empty()) {
      inside = true;
      second = message_of<RunError>([&] { static_cast<void>(run()); });
    }
    return false;
  };
  static_cast<void>(run());
  EXPECT_THAT(second, HasSubstr("in use by another recon process"));
}

TEST_F(DownloadTest, SourcesThatAreNotDownloadedSayHowToGetThem) {
  add_user("One");
  source.domain = "scotus";
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }),
              HasSubstr("github.com/walkerdb/supreme_court_transcripts"));
  source.domain = "sessions";
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }), HasSubstr("nothing to download"));
  source.domain = "letters";
  EXPECT_THROW(static_cast<void>(run()), UsageError);
  EXPECT_FALSE(std::filesystem::exists(source.path));
}

TEST_F(DownloadTest, NeedsUsersAndAFolder) {
  source.domain = "pmq";
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }), HasSubstr("users"));
  add_user("One", "2011-03-01", "2011-03-31");
  put(source.path, "a file");
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }), HasSubstr("is a file"));
}

}  // namespace
}  // namespace recon::support
