// What bounds the cost of a run whose neighbours, or judgments, nobody knows yet.

#include "unknown_choices.hpp"

#include "recon/core/jsonl.hpp"
#include "recon/records/records.hpp"

#include <memory>
#include <set>

#include "plan_tally.hpp"
#include "test_folder.hpp"
#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr int train_pairs = 10;

RunConfig config_of(const std::string& more) {
  return RunConfig::read(ConfigDocument::parse(R"(
models:
  m: {provider: openai, base_url: 'http://127.0.0.1:1/v1', model: m, max_tokens: 100, price: {prompt: 1, completion: 0}}
retrieve: {model: m, k: 2}
synthesize: {model: m}
generate: {model: m, methods: [backward, recon-select]}
evaluate: {model: m}
)" + more,
                                               "test"));
}

recon::Pair pair_of(int number, Split split) {
  recon::Pair pair;
  const std::string session = split == Split::test ? "test" : "train";
  pair.pair_id = PairId("u/" + session + "/" + std::to_string(number));
  pair.user = UserId("u");
  pair.author = "Name";
  pair.domain = "meeting";
  pair.session_id = SessionId(session);
  pair.group = GroupId(session);
  pair.turn = static_cast<std::size_t>(number);
  pair.split = split;
  pair.context = {{"Advocate", "question"}};
  pair.action = "answer";
  return pair;
}

std::string words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "word ";
  return text;
}

/// Ten train pairs and two test pairs of one user. The longest action is that of pair 7, the longest trace
/// that of pair 4.
class UnknownNeighborsTest : public testing::Test {
 protected:
  UnknownNeighborsTest() : config_(config_of("")) {
    JsonlWriter pairs(folder_ / "pairs.jsonl");
    for (int i = 0; i < train_pairs; ++i) {
      recon::Pair pair = pair_of(i, Split::train_0);
      if (i == 7) pair.action = words(300);
      pairs.write(pair);
    }
    for (int i = 0; i < 2; ++i) pairs.write(pair_of(i, Split::test));
    pairs.commit();
    for (const std::string method : {"backward", "recon-select"}) {
      JsonlWriter traces(folder_ / ("traces." + method + ".jsonl"));
      for (int i = 0; i < train_pairs; ++i) {
        Trace trace;
        trace.pair_id = pair_of(i, Split::train_0).pair_id;
        trace.method = method;
        trace.reasoning = i == 4 && method == "backward" ? words(1000) : "thought";
        traces.write(trace);
      }
      traces.commit();
    }
  }

  [[nodiscard]] UnknownNeighbors neighbors() const {
    return {config_, std::nullopt,
            [this](const std::string& artifact) { return folder_ / (artifact + ".jsonl"); }};
  }
  [[nodiscard]] std::vector<std::vector<std::string>> written() const {
    std::vector<std::vector<std::string>> found;
    for_each_record<Neighbors>(folder_ / "neighbors.jsonl", [&](const Neighbors& record) {
      found.emplace_back();
      for (const Neighbor& neighbor : record.neighbors) found.back().push_back(neighbor.pair_id.str());
    });
    return found;
  }

  support::TestFolder folder_;
  RunConfig config_;
};

TEST_F(UnknownNeighborsTest, TheBoundIsWhatTheTestPairsCanName) {
  const ScopeBound bound = neighbors().bound();
  EXPECT_THAT(bound.most, ElementsAre(Pair("u", 4U)));
  EXPECT_TRUE(bound.tests.contains("u/test/1"));
  EXPECT_FALSE(bound.examples_alone);
  EXPECT_EQ(neighbors().needed_for_all(), 5U);
}

TEST_F(UnknownNeighborsTest, TheDearestExamplesComeFirst) {
  neighbors().write_dearest(folder_ / "neighbors.jsonl", Prompts(config_.prompts), 2);
  EXPECT_THAT(written(),
              ElementsAre(ElementsAre("u/train/4", "u/train/7"), ElementsAre("u/train/4", "u/train/7")));
}

TEST_F(UnknownNeighborsTest, SpreadOutEveryPairIsSomebodys) {
  neighbors().write_spread(folder_ / "neighbors.jsonl", neighbors().needed_for_all());
  std::set<std::string> named;
  for (const auto& of_test : written()) named.insert(of_test.begin(), of_test.end());
  EXPECT_EQ(named.size(), static_cast<std::size_t>(train_pairs));
}

TEST(UnknownJudgments, TheLongestCandidateThatMayBeChosenIsChosen) {
  const support::TestFolder folder;
  {
    JsonlWriter candidates(folder / "candidates.jsonl");
    JsonlWriter traces(folder / "traces.jsonl");
    for (const std::string pair : {"u/s/1", "u/s/2", "u/s/3", "u/s/4"}) {
      candidates.write(Candidate{PairId(pair), 0, "short", 0, "m"});
      candidates.write(Candidate{PairId(pair), 1, words(20), 0.1, "m"});
      candidates.write(Candidate{PairId(pair), 2, words(50), 0.9, "m"});
      if (pair != "u/s/4") traces.write(Trace{PairId(pair), "recon-select", 0, "short", 0.5, false});
    }
    candidates.commit();
    traces.commit();
  }
  write_longest_choices(folder / "candidates.jsonl", folder / "traces.jsonl",
                        {{"u/s/2", "u/s/3", "u/s/4"}, {"u/s/3"}}, 0.3);
  std::vector<int> chosen;
  for (const Trace& trace : read_records<Trace>(folder / "traces.jsonl"))
    chosen.push_back(trace.candidate.value());
  // Known; unknown among those that do not copy; unknown with made-up candidates; never judged.
  EXPECT_THAT(chosen, ElementsAre(0, 1, 2));
}

/// A question about a pair with a prompt of so many words.
class BoundedTally : public testing::Test {
 protected:
  BoundedTally()
      : config_(config_of("")),
        answers_(ReplyLength::longest, config_, nullptr, nullptr),
        tally_(ReplyLength::longest, config_, answers_) {
    tally_.bound_scope({{{"u", 2}, {"v", 1}}, {"u/test/1"}, false});
    tally_.start_stage();
  }
  void meet(const std::string& record, int prompt_words, int stored = 0, const std::string& other = "",
            bool trusts_equals = true) {
    ChatRequest request;
    request.messages = {{Role::user, words(prompt_words) + other}};
    request.sampling.max_tokens = 100;
    const Question question{"m", "candidates", request, 4, nullptr, {}};
    const QuestionKey key{"m", "candidates", 1, 0, semantic_json(question.request)};
    const std::string stage = "synthesize";
    const Subject task = Subject::from_text(record);
    tally_.meet({stage, task, question, key, key.digest(), stored, stored == 4}, trusts_equals);
  }
  [[nodiscard]] PlannedAmount worst() {
    tally_.end_stage();
    return tally_.models().front().worst;
  }

  RunConfig config_;
  MadeUpAnswers answers_;
  PlanTally tally_;
};

TEST_F(BoundedTally, TheDearestPairsOfEachUserCountWhateverComesFirst) {
  meet("u/train/1", 400, 4);  // stored: would cost nothing
  meet("u/train/2", 100);
  meet("u/train/3", 300, 3);
  meet("u/train/4", 200);
  meet("v/train/1", 40);
  const PlannedAmount amount = worst();
  EXPECT_EQ(amount.calls, 4U + 4U + 4U);
  EXPECT_EQ(amount.reply_tokens, 12 * 100);
  // 4 x 200, 4 x 100 (pair 3 lacks one sample of 300) and 4 x 40, a quarter more, and the markup.
  EXPECT_GE(amount.prompt_tokens, 4 * (250 + 125 + 50));
  EXPECT_LE(amount.prompt_tokens, 4 * (250 + 125 + 50 + 3 * 10));
}

TEST_F(BoundedTally, TestPairsAreAllInScope) {
  meet("u/test/1", 100);
  meet("u/test/1 recon-select", 100, 0, "other");
  meet("u/train/1", 100, 0, "a");
  meet("u/train/2", 100, 0, "b");
  meet("u/train/3", 100, 0, "c");
  EXPECT_EQ(worst().calls, 4U * 4U);
}

TEST_F(BoundedTally, WhatWasChosenByChanceIsNeitherStoredNorRepeated) {
  meet("u/test/1", 100, 4, "", false);
  meet("u/test/1", 100, 0, "", false);
  EXPECT_EQ(worst().calls, 4U * 2U);
}

TEST_F(BoundedTally, OfEqualQuestionsAnyMayBeTheOneInScope) {
  meet("u/train/1", 100);
  meet("v/train/1", 100);
  EXPECT_EQ(worst().calls, 8U);
}

}  // namespace
}  // namespace recon
