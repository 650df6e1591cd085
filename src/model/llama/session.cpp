#include "session.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace recon {
namespace {

std::string metadata(const llama_model& model, const std::string& key) {
  std::string value(256, '\0');
  const int length = llama_model_meta_val_str(&model, key.c_str(), value.data(), value.size());
  value.resize(length < 0 ? 0 : std::min(static_cast<std::size_t>(length), value.size() - 1));
  return value;
}

/// Temperature first, then the cuts, as servers apply them, so that one setting means the same everywhere.
LlamaSampler make_sampler(const Sampling& sampling, std::uint32_t seed) {
  LlamaSampler chain(llama_sampler_chain_init(llama_sampler_chain_default_params()));
  if (chain == nullptr) throw RunError("the engine can't make a sampler");
  const double temperature = sampling.temperature.value_or(1.0);
  if (temperature <= 0) {
    llama_sampler_chain_add(chain.get(), llama_sampler_init_greedy());
    return chain;
  }
  llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(static_cast<float>(temperature)));
  if (sampling.top_k.value_or(0) > 0)
    llama_sampler_chain_add(chain.get(), llama_sampler_init_top_k(*sampling.top_k));
  if (sampling.top_p.value_or(1.0) < 1.0) {
    llama_sampler_chain_add(chain.get(), llama_sampler_init_top_p(static_cast<float>(*sampling.top_p), 1));
  }
  llama_sampler_chain_add(chain.get(), llama_sampler_init_dist(seed));
  return chain;
}

}  // namespace

/// One candidate on its way.
struct LlamaSession::Running {
  llama_seq_id sequence = 0;
  LlamaSampler sampler;
  Reply reply;
  llama_token last = LLAMA_TOKEN_NULL;
  bool ended = false;
};

LlamaSession::LlamaSession(LlamaOptions options, Log& log) : options_(std::move(options)) {
  require_engine_cpu();
  load(log);
}

void LlamaSession::load(Log& log) {
  if (!std::filesystem::is_regular_file(options_.path)) {
    throw RunError(
        options_.path +
        ": there are no weights here; scripts/setup.sh downloads the small model, any other GGUF file "
        "works as well (models: path:)");
  }
  const EngineMessages messages(&log);
  llama_backend_init();
  llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = 0;
  model_.reset(llama_model_load_from_file(options_.path.c_str(), params));
  if (model_ == nullptr) {
    throw RunError(
        fmt::format("{}: not a GGUF file that the engine can load{}", options_.path, messages.reason()));
  }
  const std::string architecture = metadata(*model_, "general.architecture");
  generates_ = llama_model_has_decoder(model_.get()) &&
               metadata(*model_, architecture + ".attention.causal") != "false";
  if (llama_model_has_encoder(model_.get()) && llama_model_has_decoder(model_.get())) {
    throw RunError(fmt::format("{}: a model of the kind '{}' (encoder and decoder) is not supported",
                               options_.path, architecture));
  }
  text_ = std::make_unique<LlamaText>(*model_, options_.path);
  vocabulary_size_ = static_cast<std::size_t>(llama_vocab_n_tokens(llama_model_get_vocab(model_.get())));
  choose_window();

  const int wanted =
      options_.threads > 0 ? options_.threads : static_cast<int>(std::thread::hardware_concurrency());
  thread_count_ = std::clamp(wanted, 1, GGML_MAX_N_THREADS);
  ggml_threadpool_params pool = ggml_threadpool_params_default(thread_count_);
  pool.poll = 0;  // idle threads leave the cores to others
  threads_.reset(ggml_threadpool_new(&pool));
  if (threads_ == nullptr) throw RunError(fmt::format("the engine can't start {} threads", thread_count_));
  if (generates_) {
    context_ = make_context(false);
    if (!text_->has_own_template()) {
      log.warning(options_.path + ": no chat template that the engine knows; ChatML is used");
    }
  }
}

void LlamaSession::choose_window() {
  const int trained = llama_model_n_ctx_train(model_.get());
  if (options_.context_window > trained) {
    throw UsageError(
        fmt::format("{}: context_window is {}, but the model was trained with {} tokens; lower it",
                    options_.path, options_.context_window, trained));
  }
  window_ = static_cast<std::size_t>(options_.context_window > 0 ? options_.context_window
                                                                 : std::min(trained, kDefaultWindow));
}

LlamaContext LlamaSession::make_context(bool embeddings) {
  const EngineMessages messages(nullptr);
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(window_);
  // An encoder sees a text at once or not at all.
  params.n_batch = generates_ ? static_cast<std::uint32_t>(kPiece) : params.n_ctx;
  params.n_ubatch = params.n_batch;
  params.n_seq_max = embeddings ? 1 : static_cast<std::uint32_t>(kMaxTogether + 1);
  params.kv_unified = true;
  params.n_threads = thread_count_;
  params.n_threads_batch = params.n_threads;
  // With it, results depend on the number of threads.
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.embeddings = embeddings;
  // The engine's own mean is wrong for texts longer than one micro-batch.
  params.pooling_type = embeddings ? LLAMA_POOLING_TYPE_NONE : LLAMA_POOLING_TYPE_UNSPECIFIED;
  params.offload_kqv = false;
  params.op_offload = false;
  LlamaContext context(llama_init_from_model(model_.get(), params));
  if (context == nullptr) {
    throw RunError(fmt::format("{}: no memory for a context of {} tokens (lower context_window){}",
                               options_.path, window_, messages.reason()));
  }
  llama_attach_threadpool(context.get(), threads_.get(), threads_.get());
  return context;
}

void LlamaSession::decode(llama_context& context) {
  if (batch_.size() > llama_n_batch(&context))
    throw std::logic_error("a batch larger than the context takes");
  const int code = llama_decode(&context, batch_.view());
  if (code != 0) {
    forget(true);
    throw RunError(fmt::format("{}: the engine could not decode {} tokens (code {})", options_.path,
                               batch_.size(), code));
  }
}

void LlamaSession::forget(bool wipe) {
  resident_.clear();
  if (context_ != nullptr) llama_memory_clear(llama_get_memory(context_.get()), wipe);
}

std::size_t LlamaSession::prefill(const Tokens& tokens, std::size_t first_output, const UseLogits& use) {
  const auto [mine, theirs] = std::mismatch(tokens.begin(), tokens.end(), resident_.begin(), resident_.end());
  const auto shared = std::min(static_cast<std::size_t>(mine - tokens.begin()), first_output);
  std::size_t reused = shared / kPiece * kPiece;
  llama_memory_t memory = llama_get_memory(context_.get());
  if (reused == 0 || !llama_memory_seq_rm(memory, 0, static_cast<llama_pos>(reused), -1)) {
    forget(false);
    reused = 0;
  }
  resident_.resize(reused);
  for (std::size_t start = reused; start < tokens.size(); start += kPiece) {
    const std::size_t end = std::min(start + kPiece, tokens.size());
    batch_.clear();
    for (std::size_t i = start; i < end; ++i) batch_.add(tokens[i], i, 0, i >= first_output);
    decode(*context_);
    resident_.insert(resident_.end(), tokens.begin() + static_cast<std::ptrdiff_t>(start),
                     tokens.begin() + static_cast<std::ptrdiff_t>(end));
    for (std::size_t i = std::max(start, first_output); i < end; ++i) {
      const auto index = static_cast<std::int32_t>(i - start);
      const float* logits = llama_get_logits_ith(context_.get(), index);
      if (logits == nullptr) throw RunError(options_.path + ": the engine gave no logits");
      use(i, index, {logits, vocabulary_size_});
    }
  }
  return reused;
}

LlamaSession::Likelihood LlamaSession::score(const Tokens& prompt, const Tokens& continuation) {
  Likelihood likelihood;
  if (continuation.empty()) return likelihood;
  // Nothing comes after the last token, so that it need not be decoded.
  Tokens all = prompt;
  all.insert(all.end(), continuation.begin(), continuation.end() - 1);
  likelihood.reused =
      prefill(all, prompt.size() - 1, [&](std::size_t position, std::int32_t, std::span<const float> logits) {
        likelihood.log_probabilities.push_back(
            log_probability(logits, continuation.at(position + 1 - prompt.size())));
      });
  const auto& values = likelihood.log_probabilities;
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) {
    // Whatever is not a number would spread to later prompts through the memory's unused cells.
    forget(true);
  }
  return likelihood;
}

LlamaSession::Replies LlamaSession::generate(const Tokens& prompt, const Sampling& sampling,
                                             std::size_t max_tokens, Seeds seeds) {
  Replies out;
  if (max_tokens == 0) {
    out.replies.assign(seeds.size(), Reply{"", Finish::length, 0});
    return out;
  }
  // All candidates share the window's cells; a group is as large as they allow.
  const std::size_t room = (window_ - prompt.size()) / max_tokens;
  const std::size_t together = std::clamp<std::size_t>(room, 1, kMaxTogether);
  for (std::size_t first = 0; first < seeds.size(); first += together) {
    generate_group(prompt, sampling, max_tokens,
                   seeds.subspan(first, std::min(together, seeds.size() - first)), out);
  }
  for (Reply& reply : out.replies) {
    if (reply.finish == Finish::length) reply.text = without_cut_code_point(std::move(reply.text));
    reply.text = replace_invalid_utf8(reply.text);
  }
  return out;
}

void LlamaSession::accept(Running& running, llama_token token, std::size_t max_tokens) {
  running.last = token;
  if (text_->ends_reply(token)) {
    running.ended = true;
    return;
  }
  running.reply.text += text_->piece(token);
  if (++running.reply.tokens == static_cast<std::int64_t>(max_tokens)) {
    running.reply.finish = Finish::length;
    running.ended = true;
  }
}

void LlamaSession::generate_group(const Tokens& prompt, const Sampling& sampling, std::size_t max_tokens,
                                  Seeds seeds, Replies& out) {
  std::vector<Running> running;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    running.push_back(
        {static_cast<llama_seq_id>(i + 1), make_sampler(sampling, seeds[i]), {}, LLAMA_TOKEN_NULL, false});
  }
  const std::size_t reused =
      prefill(prompt, prompt.size() - 1, [&](std::size_t, std::int32_t index, std::span<const float>) {
        for (Running& one : running)
          accept(one, llama_sampler_sample(one.sampler.get(), context_.get(), index), max_tokens);
      });
  if (out.replies.empty()) out.reused = reused;
  llama_memory_t memory = llama_get_memory(context_.get());
  for (const Running& one : running) llama_memory_seq_cp(memory, 0, one.sequence, -1, -1);
  std::vector<Running*> active;
  for (std::size_t position = prompt.size();; ++position) {
    active.clear();
    batch_.clear();
    for (Running& one : running) {
      if (one.ended) continue;
      active.push_back(&one);
      batch_.add(one.last, position, one.sequence, true);
    }
    if (active.empty()) break;
    decode(*context_);
    for (std::size_t i = 0; i < active.size(); ++i) {
      const auto token =
          llama_sampler_sample(active[i]->sampler.get(), context_.get(), static_cast<std::int32_t>(i));
      accept(*active[i], token, max_tokens);
    }
  }
  for (Running& one : running) {
    llama_memory_seq_rm(memory, one.sequence, -1, -1);
    out.replies.push_back(std::move(one.reply));
  }
}

std::vector<float> LlamaSession::embed(std::string_view text) {
  if (embedding_context_ == nullptr) embedding_context_ = make_context(true);
  llama_context& context = *embedding_context_;
  Tokens tokens = text_->plain(text, true);
  if (tokens.empty()) tokens.push_back(text_->filler());
  // What came last counts most in a conversation.
  if (tokens.size() > window_)
    tokens.erase(tokens.begin(), tokens.end() - static_cast<std::ptrdiff_t>(window_));
  if (llama_memory_t memory = llama_get_memory(&context); memory != nullptr)
    llama_memory_clear(memory, false);
  std::vector<double> sum(static_cast<std::size_t>(llama_model_n_embd_out(model_.get())), 0.0);
  const std::size_t piece = llama_n_batch(&context);
  for (std::size_t start = 0; start < tokens.size(); start += piece) {
    const std::size_t end = std::min(start + piece, tokens.size());
    batch_.clear();
    for (std::size_t i = start; i < end; ++i) batch_.add(tokens[i], i, 0, true);
    decode(context);
    for (std::size_t i = start; i < end; ++i) {
      const float* state = llama_get_embeddings_ith(&context, static_cast<std::int32_t>(i - start));
      if (state == nullptr) throw RunError(options_.path + ": the engine gave no embedding");
      for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += static_cast<double>(state[d]);
    }
  }
  double square = 0;
  for (const double value : sum) square += value * value;
  const double length = std::sqrt(square);
  std::vector<float> vector(sum.size());
  for (std::size_t d = 0; d < sum.size(); ++d)
    vector[d] = length > 0 ? static_cast<float>(sum[d] / length) : 0.0F;
  return vector;
}

double log_probability(std::span<const float> logits, llama_token token) {
  const auto largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  return static_cast<double>(logits[static_cast<std::size_t>(token)]) - largest - std::log(sum);
}

}  // namespace recon
