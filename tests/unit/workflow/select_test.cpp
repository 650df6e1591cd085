// The selection rule, through the stage itself on files.

#include "recon/core/jsonl.hpp"
#include "recon/workflow/pipeline.hpp"

#include <map>

#include "test_folder.hpp"
#include <gmock/gmock.h>

namespace recon {
namespace {

class SelectTest : public testing::Test {
 protected:
  void add(const std::string& pair, const std::vector<double>& copied, const std::vector<Score>& scores) {
    for (std::size_t i = 0; i < copied.size(); ++i) {
      candidates_.push_back(
          {PairId(pair), static_cast<int>(i), pair + " trace " + std::to_string(i), copied[i], "m"});
    }
    judgments_.push_back({PairId(pair), scores, {}, "llm", "m"});
  }
  static Score score(int candidate, double overall, double dimensions) {
    return {candidate, dimensions, dimensions, dimensions, overall};
  }
  std::map<std::string, Trace> select(const std::string& method, const std::string& config = "") {
    write("c.jsonl", candidates_);
    write("j.jsonl", judgments_);
    const RunConfig run_config = RunConfig::read(ConfigDocument::parse(config, "test"));
    const Artifacts artifacts({{"candidates", folder_ / "c.jsonl"}, {"judgments", folder_ / "j.jsonl"}},
                              folder_ / "t.jsonl");
    Log log(LogLevel::quiet, LogFormat::text);
    (void)run_on_files("select", run_config, {}, artifacts, {}, log);
    std::map<std::string, Trace> traces;
    for (Trace& trace : read_records<Trace>(folder_ / "t.jsonl")) {
      if (trace.method == method) traces[trace.pair_id.str()] = trace;
    }
    return traces;
  }

 private:
  template <class Record>
  void write(const char* name, const std::vector<Record>& records) {
    JsonlWriter writer(folder_ / name);
    for (const Record& record : records) writer.write(record);
    writer.commit();
  }
  support::TestFolder folder_;
  std::vector<Candidate> candidates_;
  std::vector<Judgment> judgments_;
};

TEST_F(SelectTest, HighestOverallThenHighestMeanOfTheDimensions) {
  add("overall", {0, 0, 0}, {score(0, 0.2, 0.9), score(1, 0.8, 0.1), score(2, 0.5, 0.9)});
  add("dimensions", {0, 0, 0}, {score(0, 0.8, 0.1), score(1, 0.8, 0.3), score(2, 0.8, 0.2)});
  const auto traces = select("recon-select");
  EXPECT_EQ(traces.at("overall").candidate, 1);
  EXPECT_EQ(traces.at("overall").reasoning, "overall trace 1");
  EXPECT_DOUBLE_EQ(*traces.at("overall").score, 0.8);
  EXPECT_EQ(traces.at("dimensions").candidate, 1);
}

TEST_F(SelectTest, FullTiesAreDrawnNeverTheFirst) {
  for (int i = 0; i < 200; ++i) {
    add("p" + std::to_string(i), {0, 0, 0, 0},
        {score(0, 0.5, 0.5), score(1, 0.5, 0.5), score(2, 0.5, 0.5), score(3, 0.1, 0.9)});
  }
  std::map<int, int> chosen;
  for (const auto& [pair, trace] : select("recon-select")) ++chosen[*trace.candidate];
  EXPECT_EQ(chosen.size(), 3U);
  for (const auto& [candidate, times] : chosen) EXPECT_NEAR(times, 200 / 3.0, 25) << candidate;
}

TEST_F(SelectTest, CopyingCandidatesAreLeftOutAndTheLeastCopyingFlaggedWhereAllDo) {
  add("one-clean", {0.9, 0.1, 0.6}, {score(0, 0.9, 0.9), score(1, 0.2, 0.2), score(2, 0.8, 0.8)});
  add("none-clean", {0.9, 0.5, 0.6}, {score(0, 0.9, 0.9), score(1, 0.2, 0.2), score(2, 0.8, 0.8)});
  const auto limited = select("recon-select", "select: {max_copied: 0.3}");
  EXPECT_EQ(limited.at("one-clean").candidate, 1);
  EXPECT_FALSE(limited.at("one-clean").copying);
  EXPECT_EQ(limited.at("none-clean").candidate, 1);
  EXPECT_TRUE(limited.at("none-clean").copying);
  EXPECT_EQ(select("recon-select").at("one-clean").candidate, 0);
}

TEST_F(SelectTest, RandomIsUniformSeededAndIndependentOfScores) {
  for (int i = 0; i < 400; ++i) {
    add("p" + std::to_string(i), {0, 0, 0, 0},
        {score(0, 1, 1), score(1, 0, 0), score(2, 0, 0), score(3, 0, 0)});
  }
  std::map<int, int> chosen;
  const auto random = select("random");
  for (const auto& [pair, trace] : random) ++chosen[*trace.candidate];
  for (const auto& [candidate, times] : chosen) EXPECT_NEAR(times, 100, 35) << candidate;
  const auto again = select("random");
  int same_as_other = 0;
  const auto other = select("random-2", "generate: {methods: [backward, random, random-2]}");
  for (const auto& [pair, trace] : random) {
    EXPECT_EQ(again.at(pair).candidate, trace.candidate);
    same_as_other += other.at(pair).candidate == trace.candidate ? 1 : 0;
  }
  EXPECT_NEAR(same_as_other, 100, 35);
}

TEST_F(SelectTest, AJudgmentThatDoesNotFitIsAnError) {
  add("p", {0, 0, 0}, {score(0, 1, 1), score(1, 0, 0)});
  EXPECT_THROW((void)select("recon-select"), RunError);
}

}  // namespace
}  // namespace recon
