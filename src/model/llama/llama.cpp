#include "recon/core/digest.hpp"
#include "recon/core/error.hpp"
#include "recon/core/random.hpp"
#include "recon/core/visit.hpp"
#include "recon/model/factory.hpp"
#include "recon/model/log_probability.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "session.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// What applies where a request leaves something open. Greedy decoding would make all candidates of a prompt
/// the same.
constexpr double kDefaultTemperature = 0.7;
constexpr double kDefaultTopP = 0.95;
constexpr int kDefaultMaxTokens = 512;

/// Part of the identity: goes up when the way of decoding or sampling changes what is answered.
constexpr int kDecodingRevision = 1;

/// The engine takes 32 bits, and one value of these means "a random seed".
std::uint32_t seed_of_sample(std::uint64_t sampling_seed, int sample) {
  KeyedRandom random(sampling_seed, "llama/sample", std::to_string(sample));
  for (;;) {
    const auto seed = static_cast<std::uint32_t>(random.next() >> 32U);
    if (seed != LLAMA_DEFAULT_SEED) return seed;
  }
}

Failure too_long(std::size_t prompt, std::size_t reply, std::size_t window) {
  return {Failure::Kind::too_long,
          fmt::format("the prompt's {} tokens and {} of the reply exceed the context window of {}", prompt,
                      reply, window),
          ""};
}

Completion failed(std::uint64_t id, Failure failure) {
  Completion completion;
  completion.id = id;
  completion.failure = std::move(failure);
  return completion;
}

/// A GGUF in this process. A call is one unit of work: `poll` does one.
class LlamaProvider : public Provider {
 public:
  LlamaProvider(ModelConfig config, Log& log)
      : config_(std::move(config)), log_(&log), name_(std::filesystem::path(config_.path).stem().string()) {}

  [[nodiscard]] Capabilities capabilities() const override {
    Capabilities capabilities;
    capabilities.chat = capabilities.score = capabilities.embed = true;
    return capabilities;
  }

  [[nodiscard]] const std::string& identity() const override {
    if (identity_.empty()) {
      identity_ = config_.identity.empty() ? own_identity() : config_.identity;
    }
    return identity_;
  }

  [[nodiscard]] const std::string& model_name() const override { return name_; }
  [[nodiscard]] std::size_t concurrency() const override { return 1; }

  void open() override {
    if (session_ != nullptr) return;
    session_ = std::make_unique<LlamaSession>(
        LlamaOptions{config_.path, config_.context_window, config_.threads}, *log_);
  }

  void submit(Call call) override { queue_.push_back(std::move(call)); }

  [[nodiscard]] std::vector<Completion> poll(std::chrono::milliseconds /*wait*/) override {
    std::vector<Completion> ended;
    if (queue_.empty()) return ended;
    open();
    const Call call = std::move(queue_.front());
    queue_.pop_front();
    ended.push_back(answer(call));
    return ended;
  }

 private:
  ModelConfig config_;
  Log* log_;
  std::string name_;
  mutable std::string identity_;
  std::unique_ptr<LlamaSession> session_;
  std::deque<Call> queue_;

  [[nodiscard]] std::string own_identity() const {
    if (!std::filesystem::is_regular_file(config_.path)) {
      throw RunError(
          fmt::format("{}: the weights of model '{}' are not here; scripts/setup.sh downloads the small "
                      "model, any other GGUF file works as "
                      "well (models: path:)",
                      config_.path, config_.name));
    }
    return fmt::format("llama:{}:{}:{}:r{}", digest_of_file(config_.path).hex(), engine_version(),
                       engine_instruction_sets(), kDecodingRevision);
  }

  Completion answer(const Call& call) {
    const auto refused = [&] {
      return failed(call.id,
                    {Failure::Kind::unsupported, config_.path + " is an encoder: it can only embed", ""});
    };
    return match(
        call.request,
        [&](const ChatRequest& chat) { return session_->generates() ? answer_chat(call, chat) : refused(); },
        [&](const ScoreRequest& score) {
          return session_->generates() ? answer_score(call, score) : refused();
        },
        [&](const EmbedRequest& embed) {
          Completion completion;
          completion.id = call.id;
          completion.answers.emplace_back(EmbedAnswer{session_->embed(embed.text)});
          return completion;
        });
  }

  Completion answer_chat(const Call& call, const ChatRequest& request) {
    const LlamaSession::Tokens prompt = session_->text().prompt(request.messages);
    const std::size_t window = session_->window();
    std::size_t max_tokens =
        static_cast<std::size_t>(std::max(0, request.sampling.max_tokens.value_or(kDefaultMaxTokens)));
    if (!request.sampling.max_tokens && prompt.size() < window)
      max_tokens = std::min(max_tokens, window - prompt.size());
    if (prompt.empty() || prompt.size() + max_tokens > window)
      return failed(call.id, too_long(prompt.size(), max_tokens, window));

    Sampling sampling = request.sampling;
    if (!sampling.temperature) {
      sampling.temperature = kDefaultTemperature;
      if (!sampling.top_p) sampling.top_p = kDefaultTopP;
    }
    std::vector<std::uint32_t> seeds;
    for (int i = 0; i < std::max(1, call.samples); ++i)
      seeds.push_back(seed_of_sample(call.sampling_seed, call.first_sample + i));

    LlamaSession::Replies replies = session_->generate(prompt, sampling, max_tokens, seeds);
    Completion completion;
    completion.id = call.id;
    completion.usage.prompt = static_cast<std::int64_t>(prompt.size());
    completion.usage.cached = static_cast<std::int64_t>(replies.reused);
    for (LlamaSession::Reply& reply : replies.replies) {
      completion.usage.completion += reply.tokens;
      completion.answers.emplace_back(chat_answer_from_text(std::move(reply.text), reply.finish));
    }
    return completion;
  }

  /// Prompt and continuation are tokenized apart, so that the boundary between them never depends on the
  /// continuation.
  Completion answer_score(const Call& call, const ScoreRequest& request) {
    const LlamaSession::Tokens prompt = session_->text().prompt_for_scoring(request.messages);
    const LlamaSession::Tokens continuation = session_->text().plain(request.continuation, false);
    if (prompt.empty() || prompt.size() + continuation.size() > session_->window()) {
      return failed(call.id, too_long(prompt.size(), continuation.size(), session_->window()));
    }
    const LlamaSession::Likelihood likelihood = session_->score(prompt, continuation);
    ScoreAnswer answer;
    answer.tokens = static_cast<std::int64_t>(continuation.size());
    for (std::size_t i = 0; i < likelihood.log_probabilities.size(); ++i) {
      const double value = likelihood.log_probabilities[i];
      if (const auto why = why_no_log_probability(value)) {
        return failed(call.id,
                      {Failure::Kind::malformed,
                       fmt::format("token {} of {} of the scored text has an impossible log-probability: {}",
                                   i + 1, likelihood.log_probabilities.size(), *why),
                       ""});
      }
      answer.log_probability += value;
    }
    Completion completion;
    completion.id = call.id;
    completion.usage.prompt = static_cast<std::int64_t>(prompt.size() + continuation.size());
    completion.usage.cached = static_cast<std::int64_t>(likelihood.reused);
    completion.answers.emplace_back(answer);
    return completion;
  }
};

}  // namespace

std::unique_ptr<Provider> make_llama_provider(const ModelConfig& config, Log& log) {
  return std::make_unique<LlamaProvider>(config, log);
}

bool has_llama() { return true; }

}  // namespace recon
