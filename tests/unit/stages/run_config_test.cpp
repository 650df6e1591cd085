#include "recon/stages/run_config.hpp"

#include "recon/core/error.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::HasSubstr;

RunConfig read(const std::string& yaml, const std::vector<std::string>& sets = {}) {
  return RunConfig::read(ConfigDocument::parse(yaml, "test.yaml", sets));
}

std::string problem_of(const std::string& yaml) {
  try {
    (void)read(yaml);
  } catch (const UsageError& problem) {
    return problem.what();
  }
  return "";
}

TEST(RunConfig, AnEmptyConfigHasThePapersDefaults) {
  const RunConfig config = read("");
  EXPECT_EQ(config.seed, 42U);
  EXPECT_EQ(config.context_tokens, 4096U);
  EXPECT_FALSE(config.context_keep_first);
  EXPECT_FALSE(config.mask_user);
  EXPECT_EQ(config.synthesize.words, (IntegerRange{80, 150}));
  EXPECT_EQ(config.split.train_targets, 4096U);
  EXPECT_EQ(config.split.test_targets, 512U);
  EXPECT_EQ(config.retrieve.k, 8U);
  EXPECT_EQ(config.synthesize.candidates, 4);
  EXPECT_EQ(config.synthesize.sampling.over({}).temperature, 1.0);
  EXPECT_EQ(config.synthesize.baseline.over({}).temperature, 0.6);
  EXPECT_EQ(config.synthesize.baseline.over({}).top_p, 0.95);
  EXPECT_FALSE(config.reconstruct.sampling.over({}).temperature);
  EXPECT_FALSE(config.select.max_copied);
  EXPECT_FALSE(config.source);
}

TEST(RunConfig, TheLikelihoodScorerLimitsCopyingUnlessToldOtherwise) {
  EXPECT_EQ(read("judge: {scorer: likelihood}").select.max_copied, 0.3);
  EXPECT_FALSE(read("judge: {scorer: likelihood}\nselect: {max_copied: null}").select.max_copied);
  EXPECT_EQ(read("judge: {scorer: llm}\nselect: {max_copied: 0.5}").select.max_copied, 0.5);
}

TEST(RunConfig, ATemperatureOfNullIsNotSent) {
  const RunConfig config =
      read("synthesize: {temperature: null, baseline: {temperature: null, top_p: null}}");
  Sampling model;
  model.temperature = 0.8;
  EXPECT_FALSE(config.synthesize.sampling.over(model).temperature);
  EXPECT_FALSE(config.synthesize.baseline.over(model).temperature);
  EXPECT_FALSE(config.synthesize.baseline.over(model).top_p);
}

TEST(RunConfig, FaultsNameLineAndKey) {
  EXPECT_THAT(problem_of("generate: {methods: [backward, recon_select]}"),
              HasSubstr("unknown method 'recon_select'"));
  EXPECT_THAT(problem_of("generate: {methods: [random, random]}"), HasSubstr("twice"));
  EXPECT_THAT(problem_of("judge: {scorer: lm}"), HasSubstr("llm, likelihood"));
  EXPECT_THAT(problem_of("seed: 1\nretrieve: {k: 0}"), HasSubstr("test.yaml:2"));
  EXPECT_THAT(problem_of("sed: 1"), HasSubstr("did you mean 'seed'"));
  EXPECT_THAT(problem_of("models: {m: {provider: openai, base_url: 'http://h/v1', model: m, api_key: sk-1}}"),
              HasSubstr("api_key"));
}

TEST(RunConfig, AModelIsLookedUpByName) {
  const RunConfig config = read("models: {lexical: {provider: hashing}}");
  EXPECT_EQ(config.model("lexical", "retrieve.model").provider, "hashing");
  EXPECT_THROW((void)config.model("", "judge.model"), UsageError);
  EXPECT_THROW((void)config.model("lexikal", "retrieve.model"), UsageError);
}

TEST(RunConfig, TheLengthOfTracesIsARangeOfWordsOrNone) {
  EXPECT_EQ(read("synthesize: {words: [15, 30]}").synthesize.words, (IntegerRange{15, 30}));
  EXPECT_EQ(read("synthesize: {words: null}").synthesize.words, std::nullopt);
  EXPECT_THAT(problem_of("synthesize: {words: [30, 15]}"), HasSubstr("test.yaml:1: key 'synthesize.words'"));
}

TEST(RunConfig, ExamplesAreCutAsTheDomainOrTheConfigSays) {
  const auto keeps_first = [](const std::string& yaml, const char* domain) {
    const ContextBudget budget =
        example_budget(read(yaml + "\ngenerate: {example_context_tokens: 77}"), domain);
    EXPECT_EQ(budget.tokens, 77U);
    return budget.keep_first;
  };
  EXPECT_TRUE(keeps_first("", "reddit"));
  EXPECT_FALSE(keeps_first("", "scotus"));
  EXPECT_FALSE(keeps_first("", "elsewhere"));
  EXPECT_TRUE(keeps_first("context_keep_first: true", "scotus"));
  EXPECT_FALSE(keeps_first("context_keep_first: false", "reddit"));
}

}  // namespace
}  // namespace recon
