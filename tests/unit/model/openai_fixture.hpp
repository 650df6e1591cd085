#pragma once

#include "recon/core/log.hpp"
#include "recon/model/factory.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scripted_server.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon::support {

inline Json completion_body(const std::vector<std::string>& texts) {
  Json body = {{"choices", Json::array()}, {"usage", {{"prompt_tokens", 10}, {"completion_tokens", 3}}}};
  for (const std::string& text : texts) {
    body["choices"].push_back(
        {{"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", "stop"}});
  }
  return body;
}

inline Scripted says(const std::string& text) { return Scripted::json(completion_body({text})); }

inline Scripted refuses(int status, const std::string& message) {
  return Scripted::reply(status, Json{{"error", {{"message", message}}}}.dump());
}

/// A provider in front of a scripted server.
class OpenAiFixture : public ::testing::Test {
 protected:
  OpenAiFixture() {
    // A proxy of the machine must not get between a test and its own server.
    EXPECT_EQ(::setenv("no_proxy", "127.0.0.1", 1), 0);
    config.name = "tested";
    config.provider = "openai";
    config.base_urls = {server.base_url()};
    config.model = "small";
    config.deadline_s = 20;
    config.timeout_s = 20;
  }

  Provider& provider() {
    if (!provider_) provider_ = make_openai_provider(config, environment, log);
    return *provider_;
  }

  static Call chat(const std::string& text, int samples = 1) {
    Call call;
    call.id = 7;
    call.request = ChatRequest{{{Role::user, text}}, {}, std::nullopt, Json::object()};
    call.samples = samples;
    return call;
  }

  std::vector<Completion> finish(std::size_t count) {
    std::vector<Completion> all;
    // A bound, so that a provider that forgets a call fails the test instead of hanging it.
    for (int round = 0; all.size() < count && round < 200; ++round) {
      for (Completion& completion : provider().poll(std::chrono::milliseconds(100)))
        all.push_back(std::move(completion));
    }
    EXPECT_EQ(all.size(), count);
    all.resize(count);
    return all;
  }

  Completion ask(Call call) {
    provider().submit(std::move(call));
    return std::move(finish(1).front());
  }
  Completion ask(const std::string& text = "Hello?") { return ask(chat(text)); }

  static std::string text_of(const Completion& completion, std::size_t index = 0) {
    if (completion.failure) return "failure: " + completion.failure->message;
    if (index >= completion.answers.size()) return "no such answer";
    return std::get<ChatAnswer>(completion.answers[index]).text;
  }

  /// The failure of a completion that must have one.
  static Failure failure_of(const Completion& completion) {
    EXPECT_TRUE(completion.failure.has_value());
    EXPECT_TRUE(completion.answers.empty());
    return completion.failure.value_or(Failure{Failure::Kind::unusable, "no failure", ""});
  }

  ScriptedServer server;
  ModelConfig config;
  ConfigDocument::Environment environment;
  Log log{LogLevel::quiet, LogFormat::text};

 private:
  std::unique_ptr<Provider> provider_;
};

}  // namespace recon::support
