// The whole chain with the embedded engine, on a tiny model with random weights.

#include <chrono>
#include <csignal>
#include <thread>

#include "program.hpp"
#include "tiny_gguf.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

/// The tiny model reads bytes and has a short window: short prompts, short contexts.
constexpr const char* config = R"(
run_dir: run
seed: 7
source: {domain: sessions, path: sessions-source.jsonl}
users: [{id: user_one, name: Namewordone}]
split: {train_targets: 16, train_1_targets: 8, test_targets: 8}
context_tokens: 40
prompts: {backward: backward.txt, reconstruct: reconstruct.txt, generate: generate.txt, leak: leak.txt}
models:
  tiny: {provider: llama, path: tiny.gguf}
  lexical: {provider: hashing, dimensions: 256}
retrieve: {model: lexical, k: 1}
synthesize: {model: tiny, candidates: 4, max_tokens: 12}
reconstruct: {model: tiny, max_tokens: 12}
judge: {scorer: likelihood}
generate: {model: tiny, example_context_tokens: 30, max_tokens: 12}
evaluate: {metric: likelihood}
)";

class EmbeddedModel : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_embedded_model()) GTEST_SKIP() << "the program under test is built without the engine";
  }
  EmbeddedModel() {
    write_tiny_gguf(world_.file("tiny.gguf"));
    put(world_.file("backward.txt"), "=== system ===\nThink.\n=== user ===\n{{context}}\n{{action}}\n");
    put(world_.file("reconstruct.txt"), "=== system ===\nSay.\n=== user ===\n{{context}}\n{{reasoning}}\n");
    put(world_.file("generate.txt"),
        "=== system ===\nSay.\n=== user "
        "===\n{{#examples}}{{context}}{{#reasoning}}{{reasoning}}{{/reasoning}}{{action}}"
        "{{/examples}}\n{{context}}\n");
    put(world_.file("leak.txt"),
        "=== system ===\nSay.\n=== user ===\nNow.{{#reasoning}}{{reasoning}}{{/reasoning}}\n");
    world_.write_config(config);
  }
  ProgramResult run(const std::string& run_dir, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"run", "--config", "config.yaml", "--run-dir", run_dir};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return world_.recon(arguments);
  }
  World world_{WorldSize{1, 8, 4, 16, 8}};
};

TEST_F(EmbeddedModel, KilledAndResumedEqualsAnUninterruptedRunAndAReplay) {
  const ProgramResult whole = run("whole");
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_THAT(whole.out, testing::HasSubstr("recon-select against backward"));
  const auto expected = run_bytes(world_.file("whole"));
  ASSERT_TRUE(expected.contains("verdicts.jsonl"));
  for (const std::uintmax_t stored : {30'000U, 120'000U}) {
    const std::string folder = "killed-" + std::to_string(stored);
    {
      RunningProgram running(world_.call({"run", "--config", "config.yaml", "--run-dir", folder, "-q"}));
      // The write-ahead log grows with every answer.
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      std::error_code missing;
      for (std::uintmax_t size = 0; size < stored && std::chrono::steady_clock::now() < deadline;) {
        size = std::filesystem::file_size(world_.file(folder) / "responses.sqlite-wal", missing);
        if (missing) size = 0;
        std::this_thread::yield();
      }
      running.send(SIGKILL);
      EXPECT_EQ(running.wait().exit_code, 128 + SIGKILL) << "it was to be killed on its way";
    }
    ASSERT_EQ(run(folder).exit_code, 0);
    EXPECT_EQ(run_bytes(world_.file(folder)), expected) << folder;
  }
  ASSERT_EQ(run("replayed", {"--replay", "--store", "whole/responses.sqlite"}).exit_code, 0);
  EXPECT_EQ(run_bytes(world_.file("replayed")), expected);
}

TEST_F(EmbeddedModel, OtherWeightsInPlaceGiveWhatAFreshRunGivesAndThreadsDecideNothing) {
  ASSERT_EQ(run("place").exit_code, 0);
  const auto before = run_bytes(world_.file("place"));
  const ProgramResult threads = run("place", {"--set", "models.tiny.threads=1"});
  EXPECT_EQ(threads.exit_code, 0) << threads.err;
  EXPECT_THAT(threads.err, testing::Not(testing::HasSubstr("running")));
  write_tiny_gguf(world_.file("other.gguf"), 2);
  const std::vector<std::string> other = {"--set", "models.tiny.path=other.gguf", "--store", "one.sqlite"};
  ASSERT_EQ(run("place", other).exit_code, 0);
  ASSERT_EQ(run("fresh", other).exit_code, 0);
  EXPECT_EQ(run_bytes(world_.file("place")), run_bytes(world_.file("fresh")));
  EXPECT_NE(run_bytes(world_.file("place")), before);
}

TEST_F(EmbeddedModel, MissingWeightsAreNamedWithWhatToDo) {
  std::filesystem::remove(world_.file("tiny.gguf"));
  const ProgramResult result = run("run");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err,
              testing::AllOf(testing::HasSubstr("tiny.gguf"), testing::HasSubstr("scripts/setup.sh")));
}

}  // namespace
}  // namespace recon::support
