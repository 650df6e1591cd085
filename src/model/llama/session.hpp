#pragma once

#include "recon/core/log.hpp"
#include "recon/model/request.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "handles.hpp"
#include "text.hpp"

namespace recon {

struct LlamaOptions {
  std::string path;
  int context_window = 0;  ///< 0: the window the model was trained with, at most kDefaultWindow
  int threads = 0;         ///< 0: all cores
};

/// Loaded weights, and the state of decoding with them.
///
/// Every answer is a function of its own request alone, bit for bit on one machine, whatever was asked
/// before: flash attention is off, prompts are decoded in pieces at fixed offsets (multiples of kPiece), and
/// what the memory still holds of an earlier prompt is used only up to the last whole piece that both share.
/// Candidates of one prompt are decoded in groups whose size depends on the request alone.
class LlamaSession {
 public:
  using Tokens = std::vector<llama_token>;
  static constexpr std::size_t kPiece = 64;
  static constexpr std::size_t kMaxTogether = 16;
  static constexpr int kDefaultWindow = 16384;

  /// Throws RunError for a CPU that lacks what the engine needs, and for weights that can't be loaded.
  LlamaSession(LlamaOptions options, Log& log);

  [[nodiscard]] const LlamaText& text() const { return *text_; }
  /// Tokens of prompt + reply.
  [[nodiscard]] std::size_t window() const { return window_; }
  /// False for encoders (BERT), which can only embed.
  [[nodiscard]] bool generates() const { return generates_; }

  struct Reply {
    std::string text;
    Finish finish = Finish::stop;
    std::int64_t tokens = 0;
  };
  struct Replies {
    std::vector<Reply> replies;
    std::size_t reused = 0;  ///< tokens of the prompt that were in memory already
  };
  /// One reply for each seed. `prompt` + `max_tokens` must fit into the window.
  [[nodiscard]] Replies generate(const Tokens& prompt, const Sampling& sampling, std::size_t max_tokens,
                                 std::span<const std::uint32_t> seeds);

  struct Likelihood {
    std::vector<double> log_probabilities;  ///< of each token of the continuation, nats
    std::size_t reused = 0;
  };
  /// Teacher-forced. `prompt` must not be empty, and with the continuation fit into the window.
  [[nodiscard]] Likelihood score(const Tokens& prompt, const Tokens& continuation);

  /// Mean over the tokens' last hidden states, of length 1. Of a text longer than the window its end counts.
  [[nodiscard]] std::vector<float> embed(std::string_view text);

 private:
  using UseLogits =
      std::function<void(std::size_t position, std::int32_t index, std::span<const float> logits)>;
  using Seeds = std::span<const std::uint32_t>;
  struct Running;

  LlamaOptions options_;
  LlamaModel model_;
  std::unique_ptr<LlamaText> text_;
  LlamaThreads threads_;
  LlamaContext context_;
  LlamaContext embedding_context_;
  std::size_t window_ = 0;
  std::size_t vocabulary_size_ = 0;
  int thread_count_ = 1;
  bool generates_ = true;
  Tokens resident_;  ///< what sequence 0 holds
  TokenBatch batch_;

  void load(Log& log);
  void choose_window();
  [[nodiscard]] LlamaContext make_context(bool embeddings);
  void decode(llama_context& context);
  void forget(bool wipe);
  std::size_t prefill(const Tokens& tokens, std::size_t first_output, const UseLogits& use);
  void generate_group(const Tokens& prompt, const Sampling& sampling, std::size_t max_tokens, Seeds seeds,
                      Replies& out);
  void accept(Running& running, llama_token token, std::size_t max_tokens);
};

/// Log-probability of `token` under `logits`, summed in double.
[[nodiscard]] double log_probability(std::span<const float> logits, llama_token token);

}  // namespace recon
