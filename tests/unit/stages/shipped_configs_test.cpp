// The configs that users start from are read as they are shipped.
#include "recon/core/text.hpp"
#include "recon/prompts/prompts.hpp"
#include "recon/stages/run_config.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "source_dir.hpp"
#include <gmock/gmock.h>

namespace recon {
namespace {

namespace fs = std::filesystem;

const fs::path checkout = RECON_SOURCE_DIR;
const std::vector<std::string> domains{"scotus", "pmq", "podcast", "reddit"};

RunConfig load(const std::vector<std::string>& names) {
  std::vector<fs::path> files;
  for (const std::string& name : names) files.push_back(checkout / ("configs/" + name + ".yaml"));
  return RunConfig::read(ConfigDocument::load(files, {}, {}));
}

/// Names without their ending, from `configs`.
std::vector<std::string> configs_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(checkout / "configs" / folder)) {
    if (entry.path().extension() == ".yaml")
      names.push_back((fs::path(folder) / entry.path().stem()).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Every model that a stage names has an entry.
void expect_models(const RunConfig& config) {
  EXPECT_NO_THROW((void)config.model(config.retrieve.model, "retrieve.model"));
  EXPECT_NO_THROW((void)config.model(config.synthesize.model, "synthesize.model"));
  EXPECT_NO_THROW((void)config.model(config.reconstruct.model, "reconstruct.model"));
  EXPECT_NO_THROW((void)config.model(config.generate.model, "generate.model"));
}

TEST(ShippedConfigs, AllOfThemAndAllThatGoTogetherAreRead) {
  ASSERT_FALSE(configs_in("").empty());
  ASSERT_FALSE(configs_in("models").empty());
  for (const std::string& name : configs_in("")) {
    SCOPED_TRACE(name);
    expect_models(load({name}));
  }
  for (const std::string& domain : domains) {
    SCOPED_TRACE(domain);
    expect_models(load({domain, "samples/" + domain}));
    for (const std::string& model : configs_in("models")) {
      SCOPED_TRACE(model);
      expect_models(load({domain, model}));
      expect_models(load({domain, model, "samples/" + domain}));
    }
  }
}

TEST(ShippedConfigs, Gpt5MiniGetsNoSamplingAndItsOwnNameOfMaxTokens) {
  for (const std::string& domain : domains) {
    const RunConfig config = load({domain, "models/gpt-5-mini"});
    for (const std::string& model :
         {config.synthesize.model, config.reconstruct.model, config.generate.model})
      EXPECT_EQ(model, "gpt-5-mini");
    const ModelConfig& model = config.models.at("gpt-5-mini");
    EXPECT_TRUE(model.max_completion_tokens);
    for (const Sampling& sampling :
         {config.synthesize.sampling.over(model.sampling), config.synthesize.baseline.over(model.sampling),
          config.reconstruct.sampling.over(model.sampling), config.generate.sampling.over(model.sampling)}) {
      EXPECT_FALSE(sampling.temperature);
      EXPECT_FALSE(sampling.top_p);
      EXPECT_FALSE(sampling.top_k);
      EXPECT_TRUE(sampling.max_tokens);
    }
  }
}

TEST(ShippedConfigs, Llama31ReasonsAndQwenActs) {
  const RunConfig config = load({"pmq", "models/llama-3.1-8b"});
  const ModelConfig& model = config.models.at(config.synthesize.model);
  EXPECT_EQ(model.model, "meta-llama/Llama-3.1-8B-Instruct");
  const Sampling candidates = config.synthesize.sampling.over(model.sampling);
  const Sampling baseline = config.synthesize.baseline.over(model.sampling);
  EXPECT_EQ(candidates.temperature, 1.0);
  EXPECT_EQ(baseline.temperature, 0.6);
  for (const Sampling& sampling : {candidates, baseline}) {
    EXPECT_EQ(sampling.top_p, 0.9);
    EXPECT_FALSE(sampling.top_k) << "that is Qwen3's";
  }
  EXPECT_EQ(config.reconstruct.model, "qwen3-8b");
  EXPECT_EQ(config.generate.model, "qwen3-8b");
}

std::string words(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "word ";
  return text;
}

/// One turn that costs `tokens` with its label.
std::vector<Turn> context_of(std::size_t tokens) { return {{"A", words(tokens - 3)}}; }

/// Examples with full contexts, traces and actions longer than is usual.
TEST(ShippedConfigs, AFullGenerationPromptAndItsReplyFitQwensWindow) {
  const Prompts prompts;
  for (const std::string& domain : domains) {
    const RunConfig config = load({domain});
    EXPECT_EQ(config.generate.example_context_tokens, 2048U);
    const ModelConfig& model = config.models.at(config.generate.model);
    Pair pair;
    pair.author = "I";
    pair.domain = domain;
    pair.context = context_of(config.context_tokens);
    pair.set_context_gap(ContextGap::at_beginning);
    Pair neighbor = pair;
    neighbor.action = words(250);
    const Example example{&neighbor, context_of(config.generate.example_context_tokens), words(450),
                          ContextGap::at_beginning};
    std::size_t tokens =
        static_cast<std::size_t>(config.generate.sampling.over(model.sampling).max_tokens.value());
    for (const PromptMessage& message :
         prompts.generate(pair, std::vector<Example>(config.retrieve.k, example)))
      tokens += count_tokens(message.content);
    EXPECT_LT(tokens, static_cast<std::size_t>(model.context_window)) << domain;
    EXPECT_GT(tokens, static_cast<std::size_t>(model.context_window) * 9 / 10) << "the window is made use of";
  }
}

TEST(ShippedConfigs, ShortRepliesOfTheSmallModelAreAskedForInFewWords) {
  std::vector<std::vector<std::string>> small{{"quickstart"}};
  for (const std::string& domain : domains) small.push_back({domain, "samples/" + domain});
  for (const auto& names : small) {
    const RunConfig config = load(names);
    const Sampling sampling = config.synthesize.sampling.over(config.models.at("smollm2").sampling);
    ASSERT_TRUE(sampling.max_tokens && config.synthesize.words) << names.back();
    EXPECT_LE(config.synthesize.words->most * 3 / 2, *sampling.max_tokens) << names.back();
  }
}

}  // namespace
}  // namespace recon
