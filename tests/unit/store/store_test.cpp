#include "recon/store/store.hpp"

#include "recon/core/error.hpp"
#include "recon/core/files.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <set>

#include "store_fixture.hpp"
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace recon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Store : public StoreFixture {};

/// Runs `work` in a child process and returns its wait status.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child < 0) throw RunError("fork failed");
  if (child == 0) {
    int code = 99;
    try {
      code = work();
    } catch (const std::exception&) {
      code = 98;
    }
    ::_exit(code);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw RunError("waitpid failed");
  return status;
}

TEST(QuestionKeyDigest, DependsOnEveryPart) {
  std::set<Digest> digests = {key_of("a").digest(), key_of("b").digest()};
  QuestionKey key = key_of("a");
  key.identity = "other";
  digests.insert(key.digest());
  key = key_of("a");
  key.purpose = "baseline";
  digests.insert(key.digest());
  key = key_of("a");
  key.seed = 43;
  digests.insert(key.digest());
  key = key_of("a");
  key.replicate = 1;
  digests.insert(key.digest());
  EXPECT_THAT(digests, SizeIs(6));
}

TEST(QuestionKeyDigest, DoesNotDependOnTheOrderOfFields) {
  QuestionKey one = key_of("a");
  QuestionKey other = key_of("a");
  one.request = Json::parse(R"({"x": 1, "y": {"p": 1, "q": 2}})");
  other.request = Json::parse(R"({"y": {"q": 2, "p": 1}, "x": 1})");
  EXPECT_EQ(one.digest(), other.digest());
}

TEST(QuestionKeyDigest, KeepsNeighbouringFieldsApart) {
  QuestionKey one = key_of("a");
  QuestionKey other = key_of("a");
  one.identity = "ab";
  one.purpose = "c";
  other.identity = "a";
  other.purpose = "bc";
  EXPECT_NE(one.digest(), other.digest());
}

TEST_F(Store, ReturnsAnswersBySampleAfterReopening) {
  {
    ResponseStore store(path_, false);
    store.commit({chat("q", 2, "third"), chat("q", 0, "first"), chat("other", 0, "else")});
    EXPECT_THAT(texts_of(store, "q"), ElementsAre("0 first", "2 third"));
  }
  ResponseStore store(path_, false);
  EXPECT_THAT(texts_of(store, "q"), ElementsAre("0 first", "2 third"));
  EXPECT_THAT(texts_of(store, "never asked"), IsEmpty());
}

TEST_F(Store, KeepsEveryKindOfAnswerExactly) {
  ResponseStore store(path_, false);
  StoredCompletion completion;
  completion.question = question("q");
  completion.answers.push_back(
      {0, ChatAnswer{"text \n \"quoted\" \xc3\xa9", "thought", Finish::length, "", 2, 40, 39}});
  completion.answers.push_back({1, ScoreAnswer{-12.345678901234567, 17}});
  completion.answers.push_back({2, EmbedAnswer{{0.1F, -2.5e-20F, 3.0F}}});
  store.commit({completion});
  const auto answers = store.answers(question("q"));
  ASSERT_THAT(answers, SizeIs(3));
  const auto& chat_answer = std::get<ChatAnswer>(answers[0].answer);
  EXPECT_EQ(chat_answer.text, "text \n \"quoted\" \xc3\xa9");
  EXPECT_EQ(chat_answer.reasoning, "thought");
  EXPECT_EQ(chat_answer.finish, Finish::length);
  EXPECT_EQ(chat_answer.repaired, 2);
  EXPECT_EQ(chat_answer.prompt_tokens, 40);
  EXPECT_EQ(chat_answer.estimated_prompt_tokens, 39);
  EXPECT_EQ(std::get<ScoreAnswer>(answers[1].answer).log_probability, -12.345678901234567);
  EXPECT_EQ(std::get<EmbedAnswer>(answers[2].answer).vector, (std::vector<float>{0.1F, -2.5e-20F, 3.0F}));
}

TEST_F(Store, WhatIsStoredFirstStays) {
  ResponseStore store(path_, false);
  store.commit({chat("q", 0, "first")});
  store.commit({chat("q", 0, "second"), chat("q", 1, "new")});
  EXPECT_THAT(texts_of(store, "q"), ElementsAre("0 first", "1 new"));
}

TEST_F(Store, NeverChangesOrForgetsAnAnswer) {
  { ResponseStore(path_, false).commit({chat("q", 0, "first")}); }
  SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
  EXPECT_THROW(database.exec("UPDATE answers SET answer = '{}'"), SQLite::Exception);
  EXPECT_THROW(database.exec("DELETE FROM answers"), SQLite::Exception);
}

TEST_F(Store, ReturnsTheLatestFailure) {
  ResponseStore store(path_, false);
  EXPECT_FALSE(store.failure(question("q")));
  store.commit({failed("q", Failure::Kind::timeout, "slow"), failed("other", Failure::Kind::refused, "no")});
  store.commit({failed("q", Failure::Kind::unusable, "no scores")});
  const auto failure = store.failure(question("q"));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, Failure::Kind::unusable);
  EXPECT_EQ(failure->message, "no scores");
  EXPECT_EQ(failure->raw, "raw \xef\xbf\xbd reply") << "the store holds valid UTF-8 only";
}

TEST_F(Store, AddsUpUsage) {
  ResponseStore store(path_, false);
  EXPECT_EQ(store.total_usage().prompt, 0);
  StoredCompletion one = chat("q", 0, "a");
  one.usage = {.prompt = 100, .cached = 60, .completion = 20, .reasoning = 5};
  StoredCompletion other = failed("p", Failure::Kind::unusable, "no");
  other.usage = {.prompt = 11, .cached = 0, .completion = 3, .reasoning = 0};
  store.commit({one, other, chat("r", 0, "free")});
  const Usage usage = store.total_usage();
  EXPECT_EQ(usage.prompt, 111);
  EXPECT_EQ(usage.cached, 60);
  EXPECT_EQ(usage.completion, 23);
  EXPECT_EQ(usage.reasoning, 5);
}

TEST_F(Store, RemembersQuestionsWithTheNextCommit) {
  {
    ResponseStore store(path_, false);
    QuestionKey key = key_of("q");
    key.seed = 0xffffffffffffffffU;
    key.replicate = 2;
    store.remember(key.digest(), key, "user/session/3");
    store.remember(key.digest(), key, "user/session/3");
    store.commit({});
    store.remember(question("lost"), key_of("lost"), "never committed");
  }
  SQLite::Database database(path_.string(), SQLite::OPEN_READONLY);
  SQLite::Statement select(database,
                           "SELECT identity, purpose, seed, replicate, record, parts FROM questions");
  ASSERT_TRUE(select.executeStep());
  EXPECT_EQ(select.getColumn(0).getString(), "server model");
  EXPECT_EQ(select.getColumn(1).getString(), "candidates");
  EXPECT_EQ(static_cast<std::uint64_t>(select.getColumn(2).getInt64()), 0xffffffffffffffffU);
  EXPECT_EQ(select.getColumn(3).getInt(), 2);
  EXPECT_EQ(select.getColumn(4).getString(), "user/session/3");
  const Json parts = Json::parse(select.getColumn(5).getString());
  EXPECT_EQ(parts.at("messages"), digest_of("\"q\"").hex());
  EXPECT_TRUE(parts.contains("sampling"));
  EXPECT_FALSE(select.executeStep());
}

TEST_F(Store, TwoObjectsShareOneFile) {
  ResponseStore one(path_, false);
  ResponseStore other(path_, false);
  one.commit({chat("q", 0, "from one")});
  EXPECT_THAT(texts_of(other, "q"), ElementsAre("0 from one"));
  other.commit({chat("q", 0, "from other"), chat("q", 1, "from other")});
  EXPECT_THAT(texts_of(one, "q"), ElementsAre("0 from one", "1 from other"));
}

TEST_F(Store, AQuestionThatWasForgottenInFlightComesBackWithItsAnswer) {
  ResponseStore one(path_, false);
  one.remember(question("q"), key_of("q"), "record");
  one.commit({});
  ASSERT_THAT(one.questions_of("record"), SizeIs(1));
  (void)forget_answers(path_, [](std::string_view, std::string_view) { return true; });
  ASSERT_THAT(one.questions_of("record"), IsEmpty());
  one.commit({chat("q", 0, "late")});
  ASSERT_THAT(one.questions_of("record"), SizeIs(1));
  EXPECT_EQ(one.questions_of("record")[0].answers, 1U);
}

TEST_F(Store, ASecondReaderSeesWhatIsCommittedAndLetsGoOfTheLog) {
  ResponseStore one(path_, false);
  one.commit({chat("q", 0, "first")});
  const std::unique_ptr<ResponseStore> reader = one.second_reader();
  EXPECT_THAT(texts_of(*reader, "q"), ElementsAre("0 first"));
  one.commit({chat("r", 0, "later")});
  SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
  const auto log_is_in_use = [&] {
    return database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() != 0;
  };
  EXPECT_TRUE(log_is_in_use());
  reader->end_snapshot();
  EXPECT_FALSE(log_is_in_use());
  EXPECT_THAT(texts_of(*reader, "r"), ElementsAre("0 later"));
}

TEST_F(Store, ASecondReaderWorksBesideARollbackJournalToo) {
  ResponseStore one(path_, false, StoreJournal::rollback);
  const std::unique_ptr<ResponseStore> reader = one.second_reader();
  for (int sample = 0; sample < 20; ++sample) {
    one.commit({chat("q", sample, "a")});
    EXPECT_EQ(reader->answers(question("q")).size(), static_cast<std::size_t>(sample) + 1);
  }
}

TEST_F(Store, ManyProcessesCreateAndFillOneFile) {
  constexpr int processes = 4;
  constexpr int commits = 25;
  std::vector<pid_t> children;
  for (int process = 0; process < processes; ++process) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int code = 1;
      try {
        ResponseStore store(path_, false);
        for (int i = 0; i < commits; ++i) store.commit({chat("q", process * commits + i, "x")});
        code = 0;
      } catch (const std::exception&) {
        code = 2;
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_THAT(texts_of(ResponseStore(path_, true), "q"), SizeIs(processes * commits));
}

TEST_F(Store, AKilledProcessLosesNothingCommitted) {
  const int status = in_child([&] {
    ResponseStore store(path_, false);
    for (int i = 0; i < 20; ++i) store.commit({chat("q", i, "kept")});
    SQLite::Database half(path_.string(),
                          SQLite::OPEN_READWRITE);  // a second writer dies inside its transaction
    half.exec(
        "BEGIN IMMEDIATE; INSERT INTO answers(question, sample, answer, created) VALUES (x'00', 0, 'null', "
        "'never')");
    ::raise(SIGKILL);
    return 0;
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(texts_of(ResponseStore(path_, true), "q"), SizeIs(20))
      << "also for a replay right after the kill";
  ResponseStore store(path_, false);
  EXPECT_THAT(texts_of(store, "q"), SizeIs(20));
  store.commit({chat("q", 20, "more")});
  EXPECT_THAT(texts_of(store, "q"), SizeIs(21));
}

TEST_F(Store, AFailedWriteKeepsWhatWasStoredAndCanBeTriedAgain) {
  const int status = in_child([&] {
    if (std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 10;
    ResponseStore store(path_, false);
    store.commit({chat("q", 0, "kept")});
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return 11;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 200'000;  // the next write of a file beyond this fails, as on a full disk
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 12;
    store.remember(question("big"), key_of("big"), "record");
    const std::string message = error_of([&] {
      store.commit({chat("q", 1, "small"), chat("big", 0, std::string(400'000, 'x'))});
    });
    if (message.find(path_.string()) == std::string::npos ||
        message.find("free some space and run again") == std::string::npos)
      return 13;
    if (texts_of(store, "q").size() != 1) return 14;  // all or nothing
    limit.rlim_cur = before;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 15;
    store.commit({chat("q", 1, "small")});
    return 0;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_THAT(texts_of(ResponseStore(path_, false), "q"), ElementsAre("0 kept", "1 small"));
}

TEST_F(Store, MakesMissingFolders) {
  const auto path = folder_ / "shared" / "deep" / "responses.sqlite";
  { ResponseStore(path, false).commit({chat("q", 0, "a")}); }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(Store, RefusesAMissingFileForReplay) {
  EXPECT_THAT(error_of([&] { ResponseStore store(path_, true); }),
              AllOf(HasSubstr(path_.string()), HasSubstr("--replay")));
  EXPECT_FALSE(std::filesystem::exists(path_)) << "and does not create it";
}

TEST_F(Store, RefusesAFolder) {
  EXPECT_THAT(error_of([&] { ResponseStore store(folder_, false); }), HasSubstr("folder"));
}

TEST_F(Store, RefusesAFileThatIsNoDatabase) {
  const std::string text(5000, 'x');
  write_file(path_, text);
  for (const bool read_only : {false, true}) {
    EXPECT_THAT(error_of([&] { ResponseStore store(path_, read_only); }),
                AllOf(HasSubstr(path_.string()), HasSubstr("no response store")));
  }
  EXPECT_EQ(read_file(path_), text);
}

TEST_F(Store, RefusesAForeignDatabaseAndLeavesItAlone) {
  {
    SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("CREATE TABLE recipes(name)");
  }
  const std::string before = read_file(path_);
  for (const bool read_only : {false, true}) {
    EXPECT_THAT(error_of([&] { ResponseStore store(path_, read_only); }), HasSubstr("not a response store"));
  }
  EXPECT_EQ(read_file(path_), before);
}

TEST_F(Store, RefusesANewerFormat) {
  { ResponseStore store(path_, false); }
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 2");
  EXPECT_THAT(error_of([&] { ResponseStore store(path_, false); }),
              AllOf(HasSubstr("format 2"), HasSubstr("format 1")));
}

TEST_F(Store, RefusesATruncatedFile) {
  {
    ResponseStore store(path_, false);
    for (int i = 0; i < 40; ++i) store.commit({chat("q", i, std::string(1000, 'x'))});
  }
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  EXPECT_THAT(error_of([&] { ResponseStore store(path_, false); }),
              AllOf(HasSubstr(path_.string()), HasSubstr("damaged")));
  EXPECT_THAT(error_of([&] { ResponseStore store(path_, true); }), HasSubstr("damaged"));
}

TEST_F(Store, TakesAnEmptyFileAsNewButNotForReplay) {
  write_file(path_, "");
  EXPECT_THAT(error_of([&] { ResponseStore store(path_, true); }), HasSubstr("not a response store"));
  ResponseStore store(path_, false);
  store.commit({chat("q", 0, "a")});
  EXPECT_THAT(texts_of(store, "q"), SizeIs(1));
}

TEST_F(Store, NamesAnAnswerThatCannotBeRead) {
  { ResponseStore store(path_, false); }
  {
    SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
    SQLite::Statement insert(
        database, "INSERT INTO answers(question, sample, answer, created) VALUES (?, 0, '{\"cut', 'now')");
    insert.bind(1, question("q").bytes().data(), 32);
    insert.exec();
  }
  ResponseStore store(path_, false);
  EXPECT_THAT(error_of([&] { static_cast<void>(store.answers(question("q"))); }),
              AllOf(HasSubstr(path_.string()), HasSubstr(question("q").hex())));
}

TEST_F(Store, ReadOnlyNeverWrites) {
  { ResponseStore(path_, false).commit({chat("q", 0, "a")}); }
  const std::string before = read_file(path_);
  {
    ResponseStore store(path_, true);
    store.remember(question("p"), key_of("p"), "record");
    EXPECT_THAT(error_of([&] { store.commit({chat("q", 1, "b")}); }), HasSubstr("reading only"));
    EXPECT_THAT(texts_of(store, "q"), ElementsAre("0 a"));
  }
  EXPECT_EQ(read_file(path_), before);
}

/// Opens and reads as somebody who may write neither the file nor its folder; the number of answers.
int answers_without_write_access(const std::filesystem::path& path) {
  if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 90;
  if (::access(path.c_str(), W_OK) == 0 || ::access(path.parent_path().c_str(), W_OK) == 0) return 91;
  return static_cast<int>(texts_of(ResponseStore(path, true), "q").size());
}

TEST_F(Store, ReplaysFromAFolderThatCannotBeWritten) {
  const auto path = folder_ / "with ?odd#name 100%.sqlite";
  { ResponseStore(path, false).commit({chat("q", 0, "a"), chat("q", 1, "b")}); }
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0555), 0);
  const int status = in_child([&] { return answers_without_write_access(path); });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
}

TEST_F(Store, ReplaysAReadOnlyCopyOfAKilledRunOrSaysWhyNot) {
  ASSERT_TRUE(WIFSIGNALED(in_child([&] {
    ResponseStore store(path_, false);
    for (int i = 0; i < 5; ++i) store.commit({chat("q", i, "a")});
    ::raise(SIGKILL);
    return 0;
  })));
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    ASSERT_EQ(::chmod(entry.path().c_str(), 0444), 0);
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0555), 0);
  const int status = in_child([&] { return answers_without_write_access(path_); });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_THAT(WEXITSTATUS(status), 5) << "answers in the log must not be overlooked";
}

}  // namespace
}  // namespace recon
