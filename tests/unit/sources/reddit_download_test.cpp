#include "recon/core/json.hpp"

#include <set>

#include "download_fixtures.hpp"
#include "download_kinds.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Lacks what a test says it lacks, less what lies in the folder by then.
class LackingReader final : public SessionReader {
 public:
  LackingReader(std::set<std::string> wanted, const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".json") continue;
      const bool comments = entry.path().filename().string().find("posts") == std::string::npos;
      const Json body = Json::parse(slurp(entry.path()));
      for (const Json& item : body.at("data")) {
        wanted.erase((comments ? "t1_" : "t3_") + item.at("id").get<std::string>());
        // A comment that came needs its parent.
        if (item.contains("parent_id") && item.at("parent_id").is_string())
          parents_.insert(item.at("parent_id"));
        known_.insert((comments ? "t1_" : "t3_") + item.at("id").get<std::string>());
      }
    }
    for (const std::string& name : parents_) {
      if (!known_.contains(name)) wanted.insert(name);
    }
    missing_.assign(wanted.begin(), wanted.end());
  }
  std::optional<Session> next() override {
    if (read_) return std::nullopt;
    read_ = true;
    return Session{};
  }
  [[nodiscard]] const std::vector<Reject>& rejects() const override { return rejects_; }
  [[nodiscard]] const std::map<std::string, std::size_t>& skips() const override { return skips_; }
  [[nodiscard]] std::vector<std::string> missing() const override {
    return read_ ? missing_ : std::vector<std::string>{};
  }

 private:
  bool read_ = false;
  std::set<std::string> parents_, known_;
  std::vector<std::string> missing_;
  std::vector<Reject> rejects_;
  std::map<std::string, std::size_t> skips_;
};

class RedditDownloadTest : public DownloadTest {
 protected:
  struct Comment {
    std::string id;
    std::int64_t created;
    Json parent = nullptr;
    std::string subreddit = "advice";
    std::string author = "somebody";
    std::string post = "t3_p1";
  };
  RedditDownloadTest() {
    source.domain = "reddit";
    source.download.arctic_shift_url = site.url();
    site.otherwise([this](const HttpRequest& request) { return archive(request.path); });
    std::filesystem::create_directories(source.path);
  }

  /// The archive's own behaviour over `comments`, which are in the order of their time.
  HttpReply archive(const std::string& target) const {
    Json found = Json::array();
    if (target.starts_with("/api/comments/search?")) {
      const std::size_t limit = std::stoul(parameter(target, "limit").value_or("25"));
      const std::int64_t after = std::stoll(parameter(target, "after").value_or("0"));
      const auto subreddit = parameter(target, "subreddit");
      for (const Comment& comment : comments) {
        const bool late = after_is_included ? comment.created >= after : comment.created > after;
        if (late && found.size() < std::min(limit, largest_page) &&
            (!subreddit || comment.subreddit == *subreddit))
          found.push_back(reply_item(comment));
      }
    } else if (target.starts_with("/api/comments/ids?") || target.starts_with("/api/posts/ids?")) {
      const bool of_comments = target.starts_with("/api/comments");
      for (const std::string& id : split(parameter(target, "ids").value_or(""), ',')) {
        for (const Comment& item : of_comments ? held_comments : held_posts) {
          if (item.id == id) found.push_back(reply_item(item));
        }
      }
    } else {
      return {404, "not here"};
    }
    return {200, Json{{"data", found}}.dump()};
  }
  static Json reply_item(const Comment& comment) {
    Json item = {{"id", comment.id},
                 {"created_utc", comment.created},
                 {"subreddit", comment.subreddit},
                 {"author", comment.author}};
    if (comment.parent.is_null()) {
      item.update({{"title", "What should be done?"}, {"selftext", "A long story about a garden fence."}});
    } else {
      item.update(
          {{"parent_id", comment.parent}, {"link_id", comment.post}, {"body", "An answer of some length."}});
    }
    return item;
  }

  /// The first half of the download: what precedes the reading of sessions.
  DownloadSummary histories() {
    Fetcher fetcher = make_fetcher();
    try {
      download_reddit(source, users, fetcher, log);
    } catch (const Error&) {
      // Sessions are read by the source's own reader, whose tests are elsewhere.
    }
    return fetcher.summary();
  }
  DownloadSummary missing(const std::set<std::string>& wanted) {
    Fetcher fetcher = make_fetcher();
    download_missing(source, fetcher, log,
                     [&] { return std::make_unique<LackingReader>(wanted, source.path); });
    return fetcher.summary();
  }
  [[nodiscard]] std::set<std::string> stored_ids() const {
    std::set<std::string> ids;
    for (const std::string& file : files()) {
      if (!file.starts_with("api/comments_")) continue;
      const Json body = Json::parse(content(file));
      for (const Json& item : body.at("data")) ids.insert(item.at("id"));
    }
    return ids;
  }
  [[nodiscard]] std::set<std::string> all_ids() const {
    std::set<std::string> ids;
    for (const Comment& comment : comments) ids.insert(comment.id);
    return ids;
  }
  void write_comments(int count, int per_second) {
    for (int i = 0; i < count; ++i)
      comments.push_back({"c" + std::to_string(i), 1'300'000'000 + i / per_second});
  }

  std::vector<Comment> comments;       ///< of the user
  std::vector<Comment> held_comments;  ///< by id
  std::vector<Comment> held_posts;
  bool after_is_included = false;
  std::size_t largest_page = 100;
};

TEST_F(RedditDownloadTest, PagesThroughTheWholeHistory) {
  add_user("An_Author");
  write_comments(250, 7);
  for (const bool included : {false, true}) {
    after_is_included = included;
    std::filesystem::remove_all(source.path / "api");
    static_cast<void>(histories());
    EXPECT_EQ(stored_ids(), all_ids()) << included;
  }
  EXPECT_THAT(files(), Contains("api/comments_An_Author.00001.json"));
}

TEST_F(RedditDownloadTest, CommentsOfOneSecondThatAPageCutsAreNotLost) {
  add_user("author");
  write_comments(230, 60);  // seconds end at 60, 120, ...: the hundredth stands in mid-second
  static_cast<void>(histories());
  EXPECT_EQ(stored_ids(), all_ids());
}

TEST_F(RedditDownloadTest, AShortPageIsNotTheEnd) {
  add_user("author");
  write_comments(90, 1);
  largest_page = 40;  // whatever was asked for
  static_cast<void>(histories());
  EXPECT_EQ(stored_ids(), all_ids());
}

TEST_F(RedditDownloadTest, ASecondFullerThanAPageIsAFailureAndNoLoop) {
  add_user("author");
  write_comments(300, 150);
  testing::internal::CaptureStderr();
  EXPECT_EQ(histories().failed, 1U);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("brings nothing new though it is full"));
  EXPECT_THAT(site.received(), SizeIs(2));
}

TEST_F(RedditDownloadTest, AnEmptyHistoryIsAFailureAndAskedForAgain) {
  add_user("auhtor");
  testing::internal::CaptureStderr();
  const DownloadSummary summary = run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("the archive has no comment by auhtor; check the name"));
  EXPECT_EQ(summary.text(), "fetched 0, already there 0, not found 0, failed 1");
  EXPECT_THAT(site.take_targets(), ElementsAre("/api/comments/search?author=auhtor&limit=100&sort=asc"));
  EXPECT_THAT(files(), IsEmpty());
  write_comments(3, 1);  // the archive is well again
  static_cast<void>(histories());
  EXPECT_EQ(stored_ids(), all_ids());
}

TEST_F(RedditDownloadTest, AFailedHistoryEndsWithASummaryAndNoCount) {
  add_user("someone_x");
  for (const int status : {403, 404}) {
    site.replace("/api/comments/search?author=someone_x&limit=100&sort=asc", HttpReply{status, "closed"});
    Log loud(LogLevel::normal, LogFormat::text);
    Fetcher fetcher = make_fetcher();
    testing::internal::CaptureStderr();
    EXPECT_EQ(download(source, users, fetcher, loud).failed, 1U) << status;
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("run again")) << status;
    EXPECT_THAT(said, HasSubstr("failed 1")) << status;
    EXPECT_THAT(said, Not(HasSubstr("0 comments"))) << status;
  }
}

TEST_F(RedditDownloadTest, AFailedHistoryLeavesTheOthersThreadsToBeCompleted) {
  add_user("author");
  add_user("someone_x");
  comments = {{"c2", 1'300'000'020, "t1_c1", "advice", "author", "t3_p1"}};
  held_comments = {{"c1", 1'300'000'010, "t3_p1"}};
  held_posts = {{"p1", 1'300'000'000}};
  site.on("/api/comments/search?author=someone_x&limit=100&sort=asc", HttpReply{403, "closed"});
  const DownloadSummary summary = run();
  EXPECT_EQ(summary.failed, 1U);
  EXPECT_EQ(summary.fetched, 4U);
  EXPECT_THAT(site.take_targets(), Contains("/api/posts/ids?ids=p1"));
}

TEST_F(RedditDownloadTest, OneSubredditOfSeveralMayHaveNoComment) {
  add_user("author");
  comments = {{"c9", 1'300'000'090, "t3_p9", "advice", "author", "t3_p9"}};
  source.subreddits = {"advice", "cooking"};
  EXPECT_EQ(run().failed, 0U);
  EXPECT_THAT(files(), Not(Contains(HasSubstr("cooking"))));
  comments.clear();
  std::filesystem::remove_all(source.path / "api");
  testing::internal::CaptureStderr();
  EXPECT_EQ(run().failed, 1U);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("no comment by author in r/advice or in r/cooking; check the name"));
}

TEST_F(RedditDownloadTest, EachSubredditHasAHistoryOfItsOwn) {
  add_user("author");
  write_comments(3, 1);
  comments[1].subreddit = "cooking";
  source.subreddits = {"advice", "cooking"};
  static_cast<void>(histories());
  EXPECT_EQ(stored_ids(), all_ids());
  EXPECT_THAT(
      files(),
      ElementsAre("api/comments_author.advice.00001.json", "api/comments_author.advice.00002.json",
                  "api/comments_author.cooking.00001.json", "api/comments_author.cooking.00002.json"));
}

TEST_F(RedditDownloadTest, GoesOnAtTheFirstPageThatIsNotThere) {
  add_user("author");
  write_comments(250, 1);
  clock.interrupt = [&] { return site.received().size() >= 2; };
  static_cast<void>(histories());
  clock.interrupt = nullptr;
  ASSERT_LT(stored_ids().size(), 250U);
  static_cast<void>(histories());
  EXPECT_EQ(stored_ids(), all_ids());
  static_cast<void>(site.take_targets());
  static_cast<void>(histories());
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(RedditDownloadTest, AnErrorBodyIsTriedAgainAndNeverKept) {
  add_user("author");
  site.on("/api/comments/search?author=author&limit=100&sort=asc", R"({"data":null,"error":"Slow down"})");
  site.on("/api/comments/search?author=author&limit=25&sort=asc", R"({"data":null,"error":"Slow down"})");
  testing::internal::CaptureStderr();
  EXPECT_EQ(histories().failed, 1U);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Slow down"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(RedditDownloadTest, WhatTakesTheServerTooLongIsAskedForInSmallerPages) {
  add_user("author");
  write_comments(3, 1);
  site.on("/api/comments/search?author=author&limit=100&sort=asc", HttpReply{422, R"({"error":"Timeout"})"});
  static_cast<void>(histories());
  EXPECT_EQ(stored_ids(), all_ids());
  EXPECT_THAT(site.take_targets()[1], HasSubstr("limit=25"));
}

TEST_F(RedditDownloadTest, NamesThatAreNoneAreRefused) {
  for (const char* name : {"../x", "a b", "a&limit=1", "", "a.b"}) {
    users.clear();
    add_user(name);
    EXPECT_THROW(static_cast<void>(run()), UsageError) << name;
  }
  users.clear();
  add_user("author");
  source.subreddits = {"r/advice"};
  EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(run()); }),
              HasSubstr("source.subreddits: 'r/advice'"));
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(RedditDownloadTest, FetchesMissingAncestorsRoundByRound) {
  held_comments = {{"c1", 1, "t1_c2"}, {"c2", 1, "t1_c3"}, {"c3", 1, "t3_p1"}};
  held_posts = {{"p1", 1}};
  const DownloadSummary summary = missing({"t1_c1"});
  EXPECT_EQ(summary.text(), "fetched 4, already there 0, not found 0");
  EXPECT_THAT(site.take_targets(), ElementsAre("/api/comments/ids?ids=c1", "/api/comments/ids?ids=c2",
                                               "/api/comments/ids?ids=c3", "/api/posts/ids?ids=p1"));
  EXPECT_EQ(missing({"t1_c1"}).fetched, 0U);
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(RedditDownloadTest, WhatTheArchiveLacksIsNotAskedForTwice) {
  held_posts = {{"p1", 1}};
  static_cast<void>(missing({"t1_gone", "t3_lost", "t3_p1"}));
  EXPECT_THAT(site.take_targets(), ElementsAre("/api/comments/ids?ids=gone", "/api/posts/ids?ids=lost,p1"));
  EXPECT_EQ(content("api/absent.txt"), "t1_gone\nt3_lost\n");
  static_cast<void>(missing({"t1_gone", "t3_lost", "t3_p1", "t3_other"}));
  EXPECT_THAT(site.take_targets(), ElementsAre("/api/posts/ids?ids=other"));
  EXPECT_EQ(content("api/absent.txt"), "t1_gone\nt3_lost\nt3_other\n");
}

TEST_F(RedditDownloadTest, ALostListOfAbsentNamesIsMadeAnewFromWhatWasFetched) {
  static_cast<void>(missing({"t1_gone"}));
  std::filesystem::remove(source.path / "api/absent.txt");
  static_cast<void>(site.take_targets());
  EXPECT_EQ(missing({"t1_gone"}).already_there, 1U);
  EXPECT_THAT(site.received(), IsEmpty());
  EXPECT_EQ(content("api/absent.txt"), "t1_gone\n");
}

TEST_F(RedditDownloadTest, BatchesHoldNoMoreIdsThanTheArchiveTakes) {
  std::set<std::string> wanted;
  for (int i = 0; i < 1001; ++i) {
    const std::string id = "x" + std::to_string(i);
    wanted.insert("t1_" + id);
    held_comments.push_back({id, 1});
    if (i > 500) continue;
    wanted.insert("t3_" + id);
    held_posts.push_back({id, 1});
  }
  EXPECT_EQ(missing(wanted).fetched, 6U);
  std::size_t asked = 0;
  for (const std::string& target : site.take_targets()) {
    const std::size_t ids = split(*parameter(target, "ids"), ',').size();
    EXPECT_LE(ids, target.starts_with("/api/posts") ? 250U : 500U);
    asked += ids;
  }
  EXPECT_EQ(asked, 1502U);
}

TEST_F(RedditDownloadTest, AFailedBatchIsTriedInTheNextRunOnly) {
  site.on("/api/comments/ids?ids=c1", HttpReply{500, "broken"});
  held_posts = {{"p1", 1}};
  const DownloadSummary summary = missing({"t1_c1", "t3_p1"});
  EXPECT_EQ(summary.failed, 1U);
  EXPECT_EQ(summary.fetched, 1U);
  EXPECT_FALSE(std::filesystem::exists(source.path / "api/absent.txt"));
  held_comments = {{"c1", 1}};
  site.replace("/api/comments/ids?ids=c1", archive("/api/comments/ids?ids=c1"));
  EXPECT_EQ(missing({"t1_c1", "t3_p1"}).fetched, 1U);
}

TEST_F(RedditDownloadTest, MissingNamesThatAreNoneAreNotSent) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(missing({"t1_a&b=c", "t5_sub"}).failed, 2U);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("t1_a&b=c"));
  EXPECT_THAT(site.received(), IsEmpty());
}

TEST_F(RedditDownloadTest, TheSourcesReaderFindsWholeThreadsAfterwards) {
  add_user("author");
  comments = {{"c3", 1'300'000'030, "t1_c2", "advice", "author", "t3_p1"},
              {"c9", 1'300'000'090, "t3_p9", "advice", "author", "t3_p9"}};
  held_comments = {{"c2", 1'300'000'020, "t1_c1"}, {"c1", 1'300'000'010, "t3_p1"}};
  held_posts = {{"p1", 1'300'000'000}};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run().failed, 0U);
    EXPECT_EQ(content("api/absent.txt"), "t3_p9\n");
    const auto reader = make_session_reader(source, users);
    std::vector<Session> sessions;
    while (auto session = reader->next()) sessions.push_back(std::move(*session));
    ASSERT_THAT(sessions, SizeIs(1));
    EXPECT_THAT(sessions.front().turns, SizeIs(4));
    EXPECT_THAT(reader->missing(), ElementsAre("t3_p9"));
    for (const Reject& reject : reader->rejects())
      ADD_FAILURE() << reject.subject.text() << ": " << reject.causes.at(0).message;
    const std::size_t asked = site.take_targets().size();
    EXPECT_EQ(asked, i == 0 ? 5U : 0U);
  }
}

TEST_F(RedditDownloadTest, RepliesWithNothingInThemAreNoRejectsLater) {
  add_user("author");
  comments = {{"c9", 1'300'000'090, "t3_p9", "advice", "author", "t3_p9"}};
  EXPECT_EQ(run().failed, 0U);
  EXPECT_THAT(files(), Contains(HasSubstr("missing_posts")));
  const auto reader = make_session_reader(source, users);
  while (reader->next()) {
  }
  for (const Reject& reject : reader->rejects())
    ADD_FAILURE() << reject.subject.text() << ": " << reject.causes.at(0).message;
}

TEST_F(RedditDownloadTest, ADryRunPlansTheHistoriesFirst) {
  add_user("author");
  EXPECT_EQ(run(true).planned, 1U);
  EXPECT_THAT(site.received(), IsEmpty());
}

}  // namespace
}  // namespace recon::support
