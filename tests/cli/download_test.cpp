// `recon download` against a local server: files, resuming, exit codes.

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "loopback_server.hpp"
#include "program.hpp"
#include "run_program.hpp"
#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Download : public testing::Test {
 protected:
  Download() : server_([this](const HttpRequest& request) { return answer(request); }) {
    write_config("pmq");
  }

  void write_config(const std::string& domain, const std::string& address_key = "hansard_url",
                    const std::string& user_info = "", const std::string& name = "A Leader") {
    put(folder / "config.yaml",
        "run_dir: run\nsource:\n  domain: " + domain +
            "\n  path: raw\n  download: {requests_per_second: 1000, " + address_key + ": \"http://" +
            user_info + "127.0.0.1:" + std::to_string(server_.port()) +
            "\"}\nusers:\n  - {id: leader, name: " + name + ", from: 2011-03-01, to: 2011-04-01}\n");
  }
  [[nodiscard]] ProgramCall call(std::vector<std::string> options = {}) const {
    std::vector<std::string> arguments = {"download", "--config", "config.yaml"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return {program_under_test(), std::move(arguments), {{"no_proxy", "127.0.0.1"}}, folder.path(), ""};
  }
  [[nodiscard]] ProgramResult download(std::vector<std::string> options = {}) const {
    return run_program(call(std::move(options)));
  }

  TestFolder folder;
  std::atomic<int> requests = 0;
  std::atomic<bool> debate_is_broken = false;
  std::atomic<bool> asks_to_wait = false;

 private:
  LoopbackServer server_;  // last: its thread uses the rest

  HttpReply answer(const HttpRequest& request) {
    ++requests;
    if (asks_to_wait) return {429, "", {{"Retry-After", "300"}}};
    if (request.path.starts_with("/overview/calendar.json"))
      return {200, R"([{"House":"Commons","ItemDate":"2011-03-09T00:00:00"}])"};
    if (request.path.starts_with("/overview/sectiontrees.json")) {
      return {
          200,
          R"([{"SectionTreeItems":[{"Id":1,"ParentId":null,"Title":"Oral Answers to Questions","ExternalId":"a"},
                       {"Id":2,"ParentId":1,"Title":"Prime Minister","ExternalId":"ABC-1"}]}])"};
    }
    if (debate_is_broken) return {403, "closed"};
    return {200, R"({"Overview":{},"Items":[],"ChildDebates":[]})"};
  }
};

TEST_F(Download, FetchesOnceAndSaysWhatItDid) {
  const ProgramResult first = download();
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, IsEmpty());
  EXPECT_THAT(first.err, HasSubstr("fetched 3, already there 0, not found 0"));
  EXPECT_EQ(slurp(folder / "raw/debates/2011-03-09/ABC-1.json"),
            R"({"Overview":{},"Items":[],"ChildDebates":[]})");
  requests = 0;
  const ProgramResult second = download();
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("fetched 0, already there 3, not found 0"));
  EXPECT_EQ(requests, 0);
}

TEST_F(Download, WhatCouldNotBeFetchedIsExit3AndTheNextRunsWork) {
  debate_is_broken = true;
  const ProgramResult broken = download();
  EXPECT_EQ(broken.exit_code, 3) << broken.err;
  EXPECT_THAT(broken.err, HasSubstr("ABC-1.json: HTTP 403: closed"));
  EXPECT_THAT(broken.err, HasSubstr("run again"));
  debate_is_broken = false;
  requests = 0;
  EXPECT_EQ(download().exit_code, 0);
  EXPECT_EQ(requests, 1);
}

TEST_F(Download, AHistoryThatIsRefusedIsExit3) {
  write_config("reddit", "arctic_shift_url", "", "someone_x");
  debate_is_broken = true;
  const ProgramResult refused = download();
  EXPECT_EQ(refused.exit_code, 3) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("HTTP 403: closed"));
  EXPECT_THAT(refused.err, HasSubstr("fetched 0, already there 0, not found 0, failed 1"));
  EXPECT_THAT(refused.err, HasSubstr("run again"));
  EXPECT_THAT(refused.err, Not(HasSubstr("0 comments")));
}

TEST_F(Download, AnAddressWithAPasswordIsRefusedUnseen) {
  write_config("pmq", "hansard_url", "user:secret@");
  for (const ProgramResult& result : {download(), download({"--dry-run"})}) {
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr("source.download.hansard_url"));
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(requests, 0);
}

TEST_F(Download, ADryRunOpensNoConnectionAndWritesNothing) {
  const ProgramResult result = download({"--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("would fetch http://127.0.0.1:"));
  EXPECT_THAT(result.err, HasSubstr("raw/calendar/2011-03.json"));
  EXPECT_EQ(requests, 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "raw"));
}

TEST_F(Download, SourcesThatAreNotDownloadedAreWrongUsage) {
  write_config("scotus");
  const ProgramResult result = download();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("https://github.com/walkerdb/supreme_court_transcripts"));
  write_config("sessions");
  EXPECT_EQ(download().exit_code, 2);
  put(folder / "config.yaml", "run_dir: run\n");
  EXPECT_EQ(download().exit_code, 2);
  EXPECT_EQ(requests, 0);
}

TEST_F(Download, CtrlCStopsItWhileItWaits) {
  asks_to_wait = true;
  RunningProgram running(call());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (requests == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  ASSERT_EQ(requests, 1);
  running.send(SIGINT);
  const ProgramResult result = running.wait();
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("run again to go on"));
}

}  // namespace
}  // namespace recon::support
