#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/error.hpp"
#include "recon/engine/engine.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "test_folder.hpp"
#include <gmock/gmock.h>

namespace recon {

/// A provider whose replies a test scripts; it remembers every call and ends them last come, first served, so
/// that results arrive out of order.
class ScriptedProvider : public Provider {
 public:
  using Reply = std::function<Completion(const Call&)>;
  /// Answers the newest call first, as no server would, so that nothing depends on the order; or the oldest.
  enum class Order { newest_first, oldest_first };
  ScriptedProvider(std::vector<Call>& calls, Reply reply, Order order = Order::newest_first)
      : calls_(calls), reply_(std::move(reply)), order_(order) {}
  Capabilities capabilities() const override { return {true, true, true, false, false}; }
  const std::string& identity() const override { return name_; }
  const std::string& model_name() const override { return name_; }
  std::size_t concurrency() const override { return 4; }
  void open() override {}
  void submit(Call call) override {
    calls_.push_back(call);
    if (order_ == Order::newest_first) {
      waiting_.push_front(std::move(call));
    } else {
      waiting_.push_back(std::move(call));
    }
  }
  std::vector<Completion> poll(std::chrono::milliseconds) override {
    std::vector<Completion> completions;
    if (!waiting_.empty()) {
      completions.push_back(reply_(waiting_.front()));
      completions.back().id = waiting_.front().id;
      waiting_.pop_front();
    }
    return completions;
  }

 private:
  std::string name_ = "scripted";
  std::vector<Call>& calls_;
  Reply reply_;
  Order order_;
  std::deque<Call> waiting_;
};

inline std::string prompt_of(const Call& call) {
  return std::get<ChatRequest>(call.request).messages.at(0).content;
}

/// Answers "<prompt>.<sample>" for every sample asked for.
inline Completion echo(const Call& call) {
  Completion completion;
  for (int i = 0; i < call.samples; ++i) {
    completion.answers.push_back(
        ChatAnswer{prompt_of(call) + "." + std::to_string(call.first_sample + i), "", Finish::stop});
  }
  completion.usage = {10, 2, 5, 0};
  return completion;
}

inline Question ask(const std::string& prompt, int samples = 1) {
  ChatRequest request;
  request.messages = {{Role::user, prompt}};
  return {"m", "test", std::move(request), samples, nullptr, {}};
}

/// What the engine needs of a config, to be changed by tests.
struct TestConfig {
  std::map<std::string, ModelConfig> models;
  std::uint64_t seed = 42;
  [[nodiscard]] EngineConfig engine_config() const { return {models, seed}; }
};

inline std::map<std::string, ModelConfig> models_of(const std::string& yaml) {
  const ConfigDocument document = ConfigDocument::parse(yaml, "test");
  ConfigSection root = document.root();
  return ModelConfig::read(root);
}

class EngineTest : public testing::Test {
 protected:
  EngineTest()
      : config_{models_of(R"(
models: {m: {provider: openai, base_url: 'http://127.0.0.1:1/v1', model: m, price: {prompt: 1, cached: 0.5, completion: 2}}}
)")} {}

  Engine engine(ScriptedProvider::Reply reply, bool replay = false) {
    Engine::Settings settings;
    settings.replay = replay;
    return engine(std::move(reply), std::move(settings));
  }
  Engine engine(ScriptedProvider::Reply reply, Engine::Settings settings) {
    const bool replay = settings.replay;
    return Engine(
        config_.engine_config(),
        [this, replay] { return std::make_unique<ResponseStore>(folder_ / "store.sqlite", replay); },
        [this, reply, order = order_](const ModelConfig&) {
          return std::make_unique<ScriptedProvider>(calls_, reply, order);
        },
        log_, std::move(settings));
  }

  /// Asks the questions, one task each, and collects texts or failures in the order in which tasks finish.
  std::vector<std::string> results_of(Engine& engine, const std::vector<Question>& questions) {
    std::vector<std::string> results;
    std::size_t at = 0;
    engine.run("test", questions.size(), [&]() -> std::optional<Task> {
      if (at == questions.size()) return std::nullopt;
      const Question& question = questions[at++];
      return Task{Subject::of_item("record"), {question}, [&results](std::vector<QuestionResult> found) {
                    if (const auto* failure = std::get_if<Failure>(&found[0])) {
                      results.push_back(std::string("failed ") + to_string(failure->kind));
                      return;
                    }
                    std::string text;
                    for (const Answer& answer : std::get<std::vector<Answer>>(found[0])) {
                      text += (text.empty() ? "" : " ") + std::get<ChatAnswer>(answer).text;
                    }
                    results.push_back(text);
                  }};
    });
    return results;
  }

  support::TestFolder folder_;
  TestConfig config_;
  Log log_{LogLevel::quiet, LogFormat::text};
  std::vector<Call> calls_;
  ScriptedProvider::Order order_ = ScriptedProvider::Order::newest_first;  ///< of engines made from here on
};

}  // namespace recon
