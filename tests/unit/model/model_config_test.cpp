#include "recon/model/model_config.hpp"

#include "recon/core/error.hpp"
#include "recon/core/log.hpp"
#include "recon/model/factory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, ModelConfig> read(const std::string& yaml) {
  const ConfigDocument document = ConfigDocument::parse(yaml, "test.yaml");
  ConfigSection root = document.root();
  auto models = ModelConfig::read(root);
  root.finish();
  return models;
}

const std::string address = "base_url: \"http://localhost:8000/v1\", model: small";

ModelConfig read_openai(const std::string& more) {
  return read("models:\n  m: {provider: openai, " + address + ", " + more + "}\n").at("m");
}

std::string error_of(const std::string& entry) {
  try {
    static_cast<void>(read("models:\n  m: {" + entry + "}\n"));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ModelConfig, ReadsEveryKeyOfAServer) {
  const ModelConfig config = read_openai(
      "identity: mine, concurrency: 64, context_window: 32768, temperature: 0.7, top_p: 0.9, top_k: 20, "
      "max_tokens: 512, "
      "api_key_env: SOME_KEY, chat_template: qwen3, extra_body: {chat_template_kwargs: {enable_thinking: "
      "false}}, "
      "deadline_s: 30, timeout_s: 10.5, max_attempts: 3, rpm: 120, json_schema: false, "
      "price: {prompt: 1.5, cached: 0.25, completion: 6}");
  EXPECT_EQ(config.name, "m");
  EXPECT_EQ(config.provider, "openai");
  EXPECT_EQ(config.identity, "mine");
  EXPECT_EQ(config.concurrency, 64);
  EXPECT_EQ(config.context_window, 32768);
  EXPECT_EQ(config.sampling.temperature, 0.7);
  EXPECT_EQ(config.sampling.top_p, 0.9);
  EXPECT_EQ(config.sampling.top_k, 20);
  EXPECT_EQ(config.sampling.max_tokens, 512);
  EXPECT_EQ(config.base_urls.at(0), "http://localhost:8000/v1");
  EXPECT_EQ(config.model, "small");
  EXPECT_EQ(config.api_key_env, "SOME_KEY");
  EXPECT_EQ(config.chat_template, "qwen3");
  EXPECT_EQ(config.extra_body, Json::parse(R"({"chat_template_kwargs":{"enable_thinking":false}})"));
  EXPECT_EQ(config.deadline_s, 30);
  EXPECT_EQ(config.timeout_s, 10.5);
  EXPECT_EQ(config.max_attempts, 3);
  EXPECT_EQ(config.requests_per_minute, 120);
  EXPECT_FALSE(config.json_schema);
  EXPECT_EQ(config.usd_per_million_prompt, 1.5);
  EXPECT_EQ(config.usd_per_million_cached, 0.25);
  EXPECT_EQ(config.usd_per_million_completion, 6);
}

TEST(ModelConfig, CachedTokensCostWhatOthersDoUnlessSaid) {
  EXPECT_EQ(read_openai("price: {prompt: 2}").usd_per_million_cached, 2);
}

TEST(ModelConfig, SendsNoSamplingUnlessSaid) {
  const ModelConfig config = read_openai("temperature: null");
  EXPECT_FALSE(config.sampling.temperature);
  EXPECT_FALSE(config.sampling.max_tokens);
}

TEST(ModelConfig, ReadsTheOtherProviders) {
  const auto models = read(
      "models:\n  a: {provider: llama, path: m.gguf, threads: 2, temperature: 1}\n"
      "  b: {provider: hashing, dimensions: 256}\n");
  EXPECT_EQ(models.at("a").path, "m.gguf");
  EXPECT_EQ(models.at("a").threads, 2);
  EXPECT_EQ(models.at("a").sampling.temperature, 1);
  EXPECT_EQ(models.at("b").dimensions, 256);
}

TEST(ModelConfig, RequiredKeysAreNamed) {
  EXPECT_THAT(error_of(address), HasSubstr("provider"));
  EXPECT_THAT(error_of("provider: openai, model: x"), AllOf(HasSubstr("test.yaml:2"), HasSubstr("base_url")));
  EXPECT_THAT(error_of("provider: openai, base_url: \"http://x/v1\""), HasSubstr("models.m.model"));
  EXPECT_THAT(error_of("provider: llama"), HasSubstr("models.m.path"));
}

TEST(ModelConfig, KeysOfAnotherProviderAreRefused) {
  EXPECT_THAT(error_of("provider: hashing, " + address), AllOf(HasSubstr("base_url"), HasSubstr("openai")));
  EXPECT_THAT(error_of("provider: llama, path: x, rpm: 3"), HasSubstr("rpm"));
  EXPECT_THAT(error_of("provider: openai, path: x, " + address), HasSubstr("path"));
  EXPECT_THAT(error_of("provider: hashing, temperature: 1"), HasSubstr("temperature"));
}

TEST(ModelConfig, WrongValuesAreRefused) {
  for (const char* wrong :
       {"concurrency: 0", "deadline_s: 0", "timeout_s: -1", "max_attempts: 0", "rpm: -1", "top_p: 1.5",
        "top_p: 0", "top_k: 0", "max_tokens: 0", "temperature: -0.1", "context_window: -1",
        "chat_template: alpaca", "extra_body: 5", "price: {prompt: -1}", "unknown: 1"}) {
    EXPECT_THAT(error_of("provider: openai, " + address + ", " + wrong),
                AllOf(HasSubstr("test.yaml:2"),
                      HasSubstr(std::string(wrong).substr(0, std::string(wrong).find(':')))))
        << wrong;
  }
  EXPECT_THAT(error_of("provider: openia, " + address), HasSubstr("openai, llama, hashing"));
}

TEST(ModelConfig, ExtraBodyMayNotReplaceWhatReconSets) {
  for (const char* key : {"messages", "model", "n", "stream"}) {
    EXPECT_THAT(error_of("provider: openai, " + address + ", extra_body: {" + key + ": 1}"),
                AllOf(HasSubstr("extra_body"), HasSubstr(key)));
  }
}

TEST(ModelConfig, ABaseUrlMayHoldAQueryButNoKey) {
  const std::string azure = "https://x.example/openai/deployments/d?api-version=2024-10-21";
  EXPECT_EQ(read("models:\n  m: {provider: openai, model: x, base_url: \"" + azure + "\"}")
                .at("m")
                .base_urls.front(),
            azure);
  for (const char* query : {"key=canary", "a=1&api_key=canary", "Subscription-Key=canary",
                            "access_token=canary", "sig=canary", "code=canary"}) {
    const std::string error =
        error_of(std::string("provider: openai, model: x, base_url: \"http://x/v1?") + query + "\"");
    EXPECT_THAT(error, AllOf(HasSubstr("test.yaml:2"), HasSubstr("api_key_env"), HasSubstr("api_key_header")))
        << query;
    EXPECT_THAT(error, Not(HasSubstr("canary"))) << query;
  }
}

TEST(ModelConfig, TheHeaderOfTheKeyIsTheNameOfAHeaderAlone) {
  EXPECT_EQ(read_openai("api_key_env: A_KEY, api_key_header: api-key").api_key_header, "api-key");
  for (const char* header :
       {"'api-key: sk-canary'", "'sk canary'", "'a\u00e4'", "Content-Type", "host", "Authorization"}) {
    const std::string error =
        error_of("provider: openai, " + address + ", api_key_env: A_KEY, api_key_header: " + header);
    EXPECT_THAT(error, AllOf(HasSubstr("test.yaml:2"), HasSubstr("api_key_header"), Not(HasSubstr("canary"))))
        << header;
  }
  EXPECT_THAT(error_of("provider: openai, " + address + ", api_key_header: api-key"),
              HasSubstr("api_key_env"));
}

TEST(ModelConfig, AddressesAreChecked) {
  for (const char* url :
       {"ftp://x/v1", "localhost:8000/v1", "http://", "http:///v1", "http://x/v1?key=1", "http://x y/v1"}) {
    EXPECT_THAT(error_of(std::string("provider: openai, model: x, base_url: \"") + url + "\""),
                HasSubstr("base_url"))
        << url;
  }
}

TEST(ModelConfig, SecretsInTheConfigAreRefusedAndNotShown) {
  EXPECT_THAT(error_of("provider: openai, model: x, base_url: \"https://me:hunter2@host/v1\""),
              AllOf(HasSubstr("api_key_env"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(error_of("provider: openai, " + address + ", api_key: sk-hunter2"),
              AllOf(HasSubstr("api_key_env"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(error_of("provider: openai, " + address + ", api_key_env: sk-hunter2"),
              AllOf(HasSubstr("variable"), Not(HasSubstr("hunter2"))));
}

TEST(ModelConfig, DescribesEveryKeyWithoutAnyConfig) {
  const ConfigDocument document = ConfigDocument::describing();
  ConfigSection root = document.root();
  static_cast<void>(ModelConfig::read(root));
  const std::string schema = document.schema().dump();
  for (const char* key : {"provider", "base_url", "path", "dimensions", "top_k", "completion"})
    EXPECT_THAT(schema, HasSubstr(key));
}

TEST(SamplingOverrideRead, NullTakesTheModelsDefaultAway) {
  const ConfigDocument document = ConfigDocument::parse("temperature: null\ntop_k: 5\n", "test.yaml");
  ConfigSection root = document.root();
  const SamplingOverride read = SamplingOverride::read(root);
  root.finish();
  Sampling base;
  base.temperature = 0.5;
  base.top_p = 0.9;
  const Sampling merged = read.over(base);
  EXPECT_EQ(merged.temperature, std::nullopt);
  EXPECT_EQ(merged.top_p, 0.9);
  EXPECT_EQ(merged.top_k, 5);
  EXPECT_EQ(merged.max_tokens, std::nullopt);
}

TEST(MakeProvider, MakesWhatTheConfigNamesAndNothingElse) {
  Log log(LogLevel::quiet, LogFormat::text);
  ModelConfig config = read_openai("concurrency: 3");
  const auto server = make_provider(config, {}, log);
  EXPECT_EQ(server->identity(), "http://localhost:8000/v1 small");
  EXPECT_EQ(server->concurrency(), 3U);
  config.provider = "other";
  EXPECT_THROW(static_cast<void>(make_provider(config, {}, log)), UsageError);
}

}  // namespace
}  // namespace recon
