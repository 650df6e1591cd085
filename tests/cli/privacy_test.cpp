// What must never happen (DESIGN section 8), asserted on the bytes that the server received.

#include <set>

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::Not;

class Privacy : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = std::make_unique<World>(WorldSize{2, 12, 4, 24, 12});
    const ProgramResult run = world_->recon({"run", "--config", "config.yaml", "-v"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    log_ = run.out + run.err;
  }
  static void TearDownTestSuite() { world_.reset(); }

  /// Pairs by the word that stands in their action.
  static std::map<std::string, Json> pairs_by_action() {
    std::map<std::string, Json> pairs;
    for (const Json& pair : world_->records("pairs.jsonl")) pairs[action_word(pair)] = pair;
    return pairs;
  }
  /// `action-0-3-1 `, with the space: `action-0-3-1` is no prefix of another then.
  static std::string action_word(const Json& pair) {
    const std::string action = pair.at("action");
    return action.substr(6, action.find(' ') - 6 + 1);
  }
  static std::string last_context_word(const Json& pair) {
    const std::string text = pair.at("context").back().at("text");
    return text.substr(0, text.find(' ') + 1);
  }

  static std::unique_ptr<World> world_;
  static std::string log_;
};

std::unique_ptr<World> Privacy::world_;
std::string Privacy::log_;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

TEST_F(Privacy, AReconstructionPromptNeverHoldsTheTrueAction) {
  const auto pairs = pairs_by_action();
  std::size_t checked = 0;
  for (const ReceivedCall& call : world_->server().received(CallKind::reconstruct)) {
    const std::string prompt = prompt_text(call.body);
    // The pair is the one whose last context turn stands last in the prompt.
    const std::size_t at = prompt.rfind("context-");
    ASSERT_NE(at, std::string::npos);
    const std::string action = "action-" + prompt.substr(at + 8, prompt.find(' ', at) - at - 8 + 1);
    ASSERT_TRUE(pairs.contains(action)) << action;
    EXPECT_THAT(prompt, Not(HasSubstr(action)));
    ++checked;
  }
  EXPECT_GT(checked, 50U);
}

TEST_F(Privacy, AGenerationPromptNeverHoldsTheTestActionAndServesOneUserFromTrainAlone) {
  const auto pairs = pairs_by_action();
  std::set<std::string> test_sessions;
  for (const auto& [word, pair] : pairs) {
    if (pair.at("split") == Json("test")) test_sessions.insert(pair.at("session_id"));
  }
  std::size_t checked = 0;
  for (const ReceivedCall& call : world_->server().received(CallKind::generate)) {
    const std::string prompt = prompt_text(call.body);
    const std::size_t at = prompt.rfind("context-");
    const std::string test_word = "action-" + prompt.substr(at + 8, prompt.find(' ', at) - at - 8 + 1);
    ASSERT_TRUE(pairs.contains(test_word)) << test_word;
    const Json& test = pairs.at(test_word);
    EXPECT_EQ(test.at("split"), Json("test"));
    EXPECT_THAT(prompt, Not(HasSubstr(test_word)));
    // Before the test context, nothing of any test session and nothing of another user.
    const std::string examples = prompt.substr(0, prompt.rfind("</example>"));
    for (const auto& [word, pair] : pairs) {
      if (!(examples.find(word) != std::string::npos)) continue;
      EXPECT_EQ(pair.at("user"), test.at("user")) << word;
      EXPECT_FALSE(test_sessions.contains(pair.at("session_id").get<std::string>())) << word;
    }
    ++checked;
  }
  EXPECT_GT(checked, 24U * 2U);  // equal prompts of two methods are asked once
}

TEST_F(Privacy, TheUsersNameLabelsNothing) {
  std::size_t checked = 0;
  for (const ReceivedCall& call : world_->server().received()) {
    EXPECT_THAT(prompt_text(call.body), Not(HasSubstr("Nameword")));
    ++checked;
  }
  EXPECT_GT(checked, 200U);
}

TEST_F(Privacy, AJudgeSeesNoTraceNoMethodAndNoModel) {
  std::size_t checked = 0;
  for (const CallKind kind : {CallKind::judge_listwise, CallKind::judge_pairwise}) {
    for (const ReceivedCall& call : world_->server().received(kind)) {
      const std::string prompt = prompt_text(call.body);
      EXPECT_TRUE(traces_in(prompt).empty());
      for (const char* word : {"backward", "recon-select", "random", "planted-model", "qwen"}) {
        EXPECT_THAT(prompt, Not(HasSubstr(word)));
      }
      ++checked;
    }
  }
  EXPECT_GT(checked, 90U);
}

TEST_F(Privacy, HostileMarkupStaysText) {
  for (const ReceivedCall& call : world_->server().received()) {
    const std::string prompt = prompt_text(call.body);
    EXPECT_THAT(prompt, Not(HasSubstr("</turn></context><turn")));
    if (call.body.contains("messages")) {
      EXPECT_LE(call.body.at("messages").size(), 2U);
    }
  }
}

TEST_F(Privacy, ComparedMethodsDifferInNothingButTheTraces) {
  std::map<std::string, std::set<std::string>> by_test;
  for (const ReceivedCall& call : world_->server().received(CallKind::generate)) {
    std::string prompt = prompt_text(call.body);
    for (std::size_t at = prompt.find("<reasoning>"); at != std::string::npos;
         at = prompt.find("<reasoning>", at + 1)) {
      prompt.erase(at, prompt.find("</reasoning>", at) - at);
    }
    by_test[prompt.substr(prompt.rfind("context-"))].insert(prompt);
  }
  EXPECT_EQ(by_test.size(), 24U);
  for (const auto& [test, prompts] : by_test) EXPECT_EQ(prompts.size(), 1U) << test;
}

TEST_F(Privacy, NoPaidAnswerIsAskedForTwice) {
  std::map<std::string, int> asked;
  for (const ReceivedCall& call : world_->server().received()) ++asked[call.path + call.raw];
  for (const auto& [body, times] : asked) {
    // Backward Synthesis and the candidates differ in their sampling; nothing else is asked twice.
    EXPECT_EQ(times, 1) << body;
  }
}

TEST_F(Privacy, TheKeyReachesTheServerAndNothingElse) {
  ASSERT_GT(world_->server().count(), 0U);
  EXPECT_THAT(world_->server().received()[0].authorization, HasSubstr("secret-canary-key"));
  EXPECT_THAT(log_, Not(HasSubstr("secret-canary")));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world_->file(""))) {
    if (entry.is_regular_file()) {
      EXPECT_EQ(count_of(slurp(entry.path()), "secret-canary"), 0U) << entry.path();
    }
  }
}

TEST_F(Privacy, FilteredTurnsStayInContextsButAreNoTargets) {
  World world({1, 6, 4, 12, 4});
  const ProgramResult run = world.recon(
      {"ingest", "--config", "config.yaml", "--set", "source.excluded_targets=['action-0-[0-9]+-2']"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  bool seen_in_context = false;
  for (const Json& pair : world.records("pairs.jsonl")) {
    EXPECT_THAT(pair.at("action").get<std::string>(), Not(testing::ContainsRegex("action-0-[0-9]+-2")));
    seen_in_context =
        seen_in_context || pair.at("context").dump().find("-2 is what I say") != std::string::npos;
  }
  EXPECT_TRUE(seen_in_context);
}

}  // namespace
}  // namespace recon::support
