#pragma once

#include "recon/core/log.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <llama.h>

namespace recon {

struct LlamaDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
  void operator()(llama_context* context) const { llama_free(context); }
  void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
  void operator()(ggml_threadpool* pool) const { ggml_threadpool_free(pool); }
};
using LlamaModel = std::unique_ptr<llama_model, LlamaDeleter>;
using LlamaContext = std::unique_ptr<llama_context, LlamaDeleter>;
using LlamaSampler = std::unique_ptr<llama_sampler, LlamaDeleter>;
using LlamaThreads = std::unique_ptr<ggml_threadpool, LlamaDeleter>;

/// A batch of tokens, each of one sequence. The engine's own llama_batch has no bounds.
class TokenBatch {
 public:
  void clear() {
    tokens_.clear();
    positions_.clear();
    sequences_.clear();
    outputs_.clear();
  }
  void add(llama_token token, std::size_t position, llama_seq_id sequence, bool output) {
    tokens_.push_back(token);
    positions_.push_back(static_cast<llama_pos>(position));
    sequences_.push_back(sequence);
    outputs_.push_back(output ? 1 : 0);
  }
  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  [[nodiscard]] bool has_output(std::size_t index) const { return outputs_.at(index) != 0; }
  /// Valid until the next change.
  [[nodiscard]] llama_batch view() {
    counts_.assign(tokens_.size(), 1);
    sequence_pointers_.clear();
    for (llama_seq_id& sequence : sequences_) sequence_pointers_.push_back(&sequence);
    llama_batch batch{};
    batch.n_tokens = static_cast<std::int32_t>(tokens_.size());
    batch.token = tokens_.data();
    batch.pos = positions_.data();
    batch.n_seq_id = counts_.data();
    batch.seq_id = sequence_pointers_.data();
    batch.logits = outputs_.data();
    return batch;
  }

 private:
  std::vector<llama_token> tokens_;
  std::vector<llama_pos> positions_;
  std::vector<llama_seq_id> sequences_;
  std::vector<std::int8_t> outputs_;
  std::vector<std::int32_t> counts_;
  std::vector<llama_seq_id*> sequence_pointers_;
};

/// While it lives, the engine's warnings and errors go to `log` (verbose) and its last error is kept for
/// messages; at all other times the engine is silent. The engine has one such route a process, so only one of
/// these may live at a time.
class EngineMessages {
 public:
  explicit EngineMessages(Log* log);
  ~EngineMessages();
  EngineMessages(const EngineMessages&) = delete;
  EngineMessages& operator=(const EngineMessages&) = delete;
  /// "; the engine says: ...", or nothing.
  [[nodiscard]] std::string reason() const;

 private:
  Log* log_;
  std::string error_;
  static void receive(ggml_log_level level, const char* text, void* self);
};

/// Version and build of the engine that is linked in.
[[nodiscard]] std::string engine_version();
/// The instruction sets that the engine was compiled for, as "avx2+f16c+fma".
[[nodiscard]] std::string engine_instruction_sets();
/// Throws RunError when this CPU lacks an instruction set that the engine was compiled for.
void require_engine_cpu();

}  // namespace recon
