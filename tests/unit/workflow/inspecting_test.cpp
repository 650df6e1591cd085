// What the commands that look at a run are made of.

#include "recon/core/text.hpp"
#include "recon/judges/replies.hpp"
#include "recon/workflow/asked_before.hpp"
#include "recon/workflow/prompt_trial.hpp"
#include "recon/workflow/reject_groups.hpp"

#include "test_folder.hpp"
#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SampleReplies, HaveTheFormThatIsAskedFor) {
  const auto scores = parse_listwise_reply(sample_listwise_reply(5), 5);
  ASSERT_TRUE(std::holds_alternative<ListwiseReply>(scores));
  EXPECT_EQ(std::get<ListwiseReply>(scores).scores.size(), 5U);
  EXPECT_TRUE(std::holds_alternative<PairwiseReply>(parse_pairwise_reply(sample_pairwise_reply())));
  EXPECT_EQ(std::get<ListwiseReply>(parse_listwise_reply(sample_listwise_reply(5, true), 5)).scores.size(),
            5U);
  const auto explained = parse_pairwise_reply(sample_pairwise_reply(true));
  EXPECT_EQ(count_words(std::get<PairwiseReply>(explained).why), 60U);
}

TEST(RecordFaults, HaveNoWordThatAFailureHas) {
  for (const RecordFault fault : {RecordFault::unknown, RecordFault::unreadable, RecordFault::missing_input})
    EXPECT_FALSE(failure_kind_from(to_string(fault)).has_value()) << to_string(fault);
}

TEST(RejectGroups, GoByTheChainAndThenBySize) {
  support::TestFolder folder;
  support::put(folder / "rejects.jsonl",
               R"({"stage":"judge","key":"a","causes":[{"kind":"timeout","message":"slow"}],"raw":""}
{"stage":"judge","key":"b","causes":[{"kind":"unusable","message":"said; timeout: no"}],"raw":"prose"}
{"stage":"judge","key":"c","causes":[{"kind":"unusable","message":"a"},{"kind":"timeout","message":"b"}],"raw":""}
{"stage":"synthesize","key":"a","causes":[{"kind":"timeout","message":"slow"}],"raw":""}
{"stage":"generate","key":"a","error":"timeout: slow","raw":"of an older version"}
)");
  const auto groups = read_reject_groups(folder / "rejects.jsonl");
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(groups[3].stage, "generate");
  EXPECT_EQ(groups[3].cause, "unknown");
  EXPECT_EQ(groups[0].stage, "synthesize");
  EXPECT_EQ(groups[1].cause, "unusable");
  EXPECT_EQ(groups[1].rejects.size(), 2U);
  EXPECT_EQ(groups[2].rejects.size(), 1U);
  EXPECT_THAT(stages_to_retry(groups, {"timeout"}), ElementsAre("synthesize", "judge"));
  EXPECT_THAT(stages_to_retry(groups, {"unusable"}), ElementsAre("judge"));
  EXPECT_THAT(stages_to_retry(groups, {"refused"}), IsEmpty());
  EXPECT_THAT(read_reject_groups(folder / "none.jsonl"), IsEmpty());
}

QuestionKey key_of(const std::string& system, double temperature) {
  ChatRequest request;
  request.messages = {{Role::system, system}, {Role::user, "user"}};
  request.sampling.temperature = temperature;
  return {"server m", "judge", 42, 0, semantic_json(request)};
}

StoredQuestion stored(const QuestionKey& key) {
  return {key.digest(), key.identity, key.purpose, key.seed, key.replicate, "p", key.parts(), 1, ""};
}

TEST(Differences, NameThePartThatChanged) {
  const QuestionKey key = key_of("system", 1.0);
  EXPECT_THAT(differences_of(stored(key), key), IsEmpty());
  EXPECT_THAT(differences_of(stored(key), key_of("system", 0.5)),
              ElementsAre("sampling: temperature 1.0 -> 0.5"));
  EXPECT_THAT(differences_of(stored(key), key_of("another", 1.0)),
              ElementsAre(HasSubstr("message 1 (system) changed")));
  QuestionKey elsewhere = key;
  elsewhere.identity = "other m";
  elsewhere.seed = 43;
  EXPECT_THAT(differences_of(stored(key), elsewhere),
              ElementsAre("another model or server: server m -> other m", "seed: 42 -> 43"));
}

TEST(RankCorrelation, IsSpearmansWithSharedRanks) {
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {10, 20, 400}).value(), 1);
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {3, 2, 1}).value(), -1);
  EXPECT_NEAR(rank_correlation({1, 2, 2, 3}, {1, 2, 3, 4}).value(), 0.948683, 1e-6);
  EXPECT_FALSE(rank_correlation({1, 1, 1}, {1, 2, 3}));
  EXPECT_FALSE(rank_correlation({1}, {1}));
}

}  // namespace
}  // namespace recon
