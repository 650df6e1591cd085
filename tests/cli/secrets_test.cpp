// A key goes to its server and nowhere else, whatever the server does with it.

#include <filesystem>

#include "scripted_server.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string key = "secret-canary-key";

void expect_no_key_in_files(World& world) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.file("."))) {
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_THAT(slurp(entry.path()), Not(HasSubstr(key))) << entry.path();
  }
  EXPECT_GT(files, 3U);
}

void expect_silence(World& world, const std::vector<std::string>& arguments) {
  for (const char* format : {"text", "json"}) {
    std::vector<std::string> loud = arguments;
    loud.insert(loud.end(), {"-v", "--log-format", format});
    const ProgramResult result = world.recon(loud);
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(key))) << arguments.front();
  }
}

TEST(Secrets, AWholeRunAndAllThatLooksAtItNeverShowTheKey) {
  World world({1, 8, 3, 8, 4}, {.faults = {{FaultKind::unusable_text, 5, CallKind::judge_listwise},
                                           {FaultKind::server_error, 7, std::nullopt}}});
  expect_silence(world, {"run", "--config", "config.yaml"});
  ASSERT_GT(world.server().count(), 0U);
  EXPECT_THAT(world.server().received()[0].authorization, HasSubstr(key)) << "the server gets it";
  const std::string pair = world.records("pairs.jsonl").at(0).at("pair_id");
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"report", "--config", "config.yaml"},
           {"plan", "--config", "config.yaml"},
           {"why", pair, "--config", "config.yaml"},
           {"explain", pair, "--config", "config.yaml"},
           {"failures", "--config", "config.yaml"},
           {"cache", "stats", "--config", "config.yaml"},
           {"cache", "verify", "--config", "config.yaml"},
           {"cache", "export", "--config", "config.yaml", "--output", world.file("export.jsonl").string()}})
    expect_silence(world, command);
  expect_no_key_in_files(world);
}

/// Replies in which a server repeats what it was sent.
std::vector<Scripted> echoes() {
  const std::string escaped = "s\\u0065cret-canary-key";
  const auto chat = [](const std::string& content) {
    return Scripted::reply(
        200, R"({"choices": [{"message": {"content": ")" + content + R"("}, "finish_reason": "stop"}]})");
  };
  return {Scripted::reply(401, R"({"error": {"message": "Incorrect API key: secret-canary-key"}})"),
          Scripted::reply(400, R"({"error": {"message": ")" + escaped + R"("}})"),
          Scripted::reply(302, "", {{"Location", "http://elsewhere.example/?key=" + key}}),
          Scripted::reply(500, key),
          Scripted::reply(200, "{\"broken\": \"" + key),
          chat(key),
          chat(escaped)};
}

TEST(Secrets, AServerThatRepeatsTheKeyDoesNotSpreadIt) {
  for (const Scripted& echo : echoes()) {
    World world({1, 4, 2, 4, 2});
    ScriptedServer server;
    server.otherwise(echo);
    expect_silence(world, {"synthesize", "--config", "config.yaml", "--set",
                           "models.planted.base_url=" + server.base_url(), "--set",
                           "models.planted.max_attempts=2", "--set", "models.planted.deadline_s=2"});
    ASSERT_FALSE(server.received().empty());
    EXPECT_THAT(server.received().front().head, HasSubstr(key));
    expect_no_key_in_files(world);
  }
}

TEST(Secrets, AKeyInAHeaderOfItsOwnIsNotShownEither) {
  for (const Scripted& echo :
       {Scripted::reply(401, "no: api-key: " + key),
        Scripted::reply(200, R"({"error": {"code": 401, "message": ")" + key + R"("}})")}) {
    World world({1, 4, 2, 4, 2});
    ScriptedServer server;
    server.otherwise(echo);
    expect_silence(world, {"synthesize", "--config", "config.yaml", "--set",
                           "models.planted.base_url=" + server.base_url() + "?api-version=1", "--set",
                           "models.planted.api_key_header=api-key", "--set", "models.planted.deadline_s=2"});
    ASSERT_FALSE(server.received().empty());
    EXPECT_THAT(server.received().front().head, HasSubstr("\r\napi-key: " + key + "\r\n"));
    EXPECT_THAT(server.received().front().head, Not(HasSubstr("Authorization")));
    expect_no_key_in_files(world);
  }
}

}  // namespace
}  // namespace recon::support
