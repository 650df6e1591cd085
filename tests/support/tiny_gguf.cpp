#include "tiny_gguf.hpp"

#include "recon/core/random.hpp"

#include <array>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <ggml.h>
#include <gguf.h>

namespace recon {
namespace {

constexpr int kLayers = 2;
constexpr std::int64_t kWidth = 64;
constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kKeyHeads = 2;
constexpr std::int64_t kInner = 128;
constexpr std::uint32_t kWindow = 1024;

struct Deleter {
  void operator()(gguf_context* context) const { gguf_free(context); }
  void operator()(ggml_context* context) const { ggml_free(context); }
};
using Gguf = std::unique_ptr<gguf_context, Deleter>;
using Ggml = std::unique_ptr<ggml_context, Deleter>;

std::string utf8(std::uint32_t code_point) {
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  return {static_cast<char>(0xC0U | (code_point >> 6U)), static_cast<char>(0x80U | (code_point & 0x3FU))};
}

/// Byte-level vocabularies write each byte as a visible character: itself, or one from U+0100 on.
std::vector<std::string> byte_tokens() {
  std::vector<std::string> tokens;
  std::uint32_t next = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool visible = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    tokens.push_back(utf8(visible ? byte : next++));
  }
  return tokens;
}

void set_strings(gguf_context& gguf, const char* key, const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  gguf_set_arr_str(&gguf, key, pointers.data(), pointers.size());
}

void set_hyperparameters(gguf_context& gguf) {
  gguf_set_val_str(&gguf, "general.architecture", "llama");
  gguf_set_val_str(&gguf, "general.name", "tiny random bytes");
  gguf_set_val_u32(&gguf, "llama.context_length", kWindow);
  gguf_set_val_u32(&gguf, "llama.embedding_length", static_cast<std::uint32_t>(kWidth));
  gguf_set_val_u32(&gguf, "llama.block_count", kLayers);
  gguf_set_val_u32(&gguf, "llama.feed_forward_length", static_cast<std::uint32_t>(kInner));
  gguf_set_val_u32(&gguf, "llama.attention.head_count", static_cast<std::uint32_t>(kHeads));
  gguf_set_val_u32(&gguf, "llama.attention.head_count_kv", static_cast<std::uint32_t>(kKeyHeads));
  gguf_set_val_u32(&gguf, "llama.rope.dimension_count", static_cast<std::uint32_t>(kWidth / kHeads));
  gguf_set_val_f32(&gguf, "llama.attention.layer_norm_rms_epsilon", 1e-5F);
  gguf_set_val_f32(&gguf, "llama.rope.freq_base", 10000.0F);
}

std::int64_t set_vocabulary(gguf_context& gguf) {
  constexpr std::int32_t normal = 1;
  constexpr std::int32_t control = 3;
  std::vector<std::string> tokens = byte_tokens();
  tokens.emplace_back("th");
  std::vector<std::int32_t> types(tokens.size(), normal);
  for (const char* name : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
    tokens.emplace_back(name);
    types.push_back(control);
  }
  gguf_set_val_str(&gguf, "tokenizer.ggml.model", "gpt2");
  gguf_set_val_str(&gguf, "tokenizer.ggml.pre", "gpt-2");
  set_strings(gguf, "tokenizer.ggml.tokens", tokens);
  gguf_set_arr_data(&gguf, "tokenizer.ggml.token_type", GGUF_TYPE_INT32, types.data(), types.size());
  set_strings(gguf, "tokenizer.ggml.merges", {"t h"});
  gguf_set_val_u32(&gguf, "tokenizer.ggml.bos_token_id", 257);
  gguf_set_val_u32(&gguf, "tokenizer.ggml.eos_token_id", 259);
  gguf_set_val_bool(&gguf, "tokenizer.ggml.add_bos_token", false);
  gguf_set_val_str(
      &gguf, "tokenizer.chat_template",
      "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
      "'<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% "
      "endif %}");
  return static_cast<std::int64_t>(tokens.size());
}

class Weights {
 public:
  Weights(gguf_context& gguf, ggml_context& tensors, std::uint64_t seed)
      : gguf_(&gguf), tensors_(&tensors), seed_(seed) {}

  void matrix(const std::string& name, std::int64_t columns, std::int64_t rows, double spread) {
    add(name, ggml_new_tensor_2d(tensors_, GGML_TYPE_F32, columns, rows), 0.0, spread);
  }
  void ones(const std::string& name) {
    add(name, ggml_new_tensor_1d(tensors_, GGML_TYPE_F32, kWidth), 1.0, 0.0);
  }

 private:
  gguf_context* gguf_;
  ggml_context* tensors_;
  std::uint64_t seed_;

  void add(const std::string& name, ggml_tensor* tensor, double middle, double spread) {
    ggml_set_name(tensor, name.c_str());
    KeyedRandom random(seed_, "tiny_gguf", name);
    float* values = ggml_get_data_f32(tensor);
    for (std::int64_t i = 0; i < ggml_nelements(tensor); ++i) {
      values[i] = static_cast<float>(middle + spread * (2 * random.uniform() - 1));
    }
    gguf_add_tensor(gguf_, tensor);
  }
};

}  // namespace

void write_tiny_gguf(const std::filesystem::path& path, std::uint64_t seed) {
  const Gguf gguf(gguf_init_empty());
  const Ggml tensors(ggml_init({4U << 20U, nullptr, false}));
  if (gguf == nullptr || tensors == nullptr) throw std::runtime_error("no memory for the tiny model");
  set_hyperparameters(*gguf);
  const std::int64_t vocabulary = set_vocabulary(*gguf);
  Weights weights(*gguf, *tensors, seed);
  const double spread = 2.0 / std::sqrt(static_cast<double>(kWidth));
  const std::int64_t keys = kWidth / kHeads * kKeyHeads;
  weights.matrix("token_embd.weight", kWidth, vocabulary, 0.5);
  weights.ones("output_norm.weight");
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    weights.ones(block + "attn_norm.weight");
    weights.matrix(block + "attn_q.weight", kWidth, kWidth, spread);
    weights.matrix(block + "attn_k.weight", kWidth, keys, spread);
    weights.matrix(block + "attn_v.weight", kWidth, keys, spread);
    weights.matrix(block + "attn_output.weight", kWidth, kWidth, spread);
    weights.ones(block + "ffn_norm.weight");
    weights.matrix(block + "ffn_gate.weight", kWidth, kInner, spread);
    weights.matrix(block + "ffn_up.weight", kWidth, kInner, spread);
    weights.matrix(block + "ffn_down.weight", kInner, kWidth, spread);
  }
  if (!gguf_write_to_file(gguf.get(), path.c_str(), false))
    throw std::runtime_error("cannot write " + path.string());
}

}  // namespace recon
