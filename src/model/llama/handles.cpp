#include "handles.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

void ignore_message(ggml_log_level /*level*/, const char* /*text*/, void* /*self*/) {}

using InstructionSet = std::pair<const char*, int (*)()>;

constexpr std::array<InstructionSet, 18> kInstructionSets{{
    {"avx", ggml_cpu_has_avx},
    {"avx2", ggml_cpu_has_avx2},
    {"fma", ggml_cpu_has_fma},
    {"f16c", ggml_cpu_has_f16c},
    {"bmi2", ggml_cpu_has_bmi2},
    {"avx_vnni", ggml_cpu_has_avx_vnni},
    {"avx512", ggml_cpu_has_avx512},
    {"avx512_vbmi", ggml_cpu_has_avx512_vbmi},
    {"avx512_vnni", ggml_cpu_has_avx512_vnni},
    {"avx512_bf16", ggml_cpu_has_avx512_bf16},
    {"amx_int8", ggml_cpu_has_amx_int8},
    {"neon", ggml_cpu_has_neon},
    {"fp16_va", ggml_cpu_has_fp16_va},
    {"dotprod", ggml_cpu_has_dotprod},
    {"matmul_int8", ggml_cpu_has_matmul_int8},
    {"sve", ggml_cpu_has_sve},
    {"sme", ggml_cpu_has_sme},
    {"riscv_v", ggml_cpu_has_riscv_v},
}};

}  // namespace

EngineMessages::EngineMessages(Log* log) : log_(log) { llama_log_set(&EngineMessages::receive, this); }

EngineMessages::~EngineMessages() { llama_log_set(ignore_message, nullptr); }

void EngineMessages::receive(ggml_log_level level, const char* text, void* self) {
  if (level != GGML_LOG_LEVEL_WARN && level != GGML_LOG_LEVEL_ERROR) return;
  auto& messages = *static_cast<EngineMessages*>(self);
  const std::string line = collapse_white_space(replace_invalid_utf8(text));
  if (line.empty()) return;
  if (messages.log_ != nullptr) messages.log_->verbose("engine: " + line);
  // The first error is the cause; those after it only pass it on.
  if (level == GGML_LOG_LEVEL_ERROR && messages.error_.empty()) messages.error_ = line;
}

std::string EngineMessages::reason() const { return error_.empty() ? "" : "; the engine says: " + error_; }

std::string engine_version() { return fmt::format("llama.cpp-{}-{}", llama_version(), RECON_LLAMA_BUILD); }

std::string engine_instruction_sets() {
  std::string names;
  for (const auto& [name, compiled_in] : kInstructionSets) {
    if (compiled_in() != 0) names += (names.empty() ? "" : "+") + std::string(name);
  }
  return names.empty() ? "generic" : names;
}

void require_engine_cpu() {
#if defined(__x86_64__)
  const std::array<std::pair<const char*, bool>, 6> needs{{
      {"AVX2", ggml_cpu_has_avx2() != 0 && !__builtin_cpu_supports("avx2")},
      {"FMA", ggml_cpu_has_fma() != 0 && !__builtin_cpu_supports("fma")},
      {"F16C", ggml_cpu_has_f16c() != 0 && !__builtin_cpu_supports("f16c")},
      {"BMI2", ggml_cpu_has_bmi2() != 0 && !__builtin_cpu_supports("bmi2")},
      {"AVX", ggml_cpu_has_avx() != 0 && !__builtin_cpu_supports("avx")},
      {"AVX-512", ggml_cpu_has_avx512() != 0 && !__builtin_cpu_supports("avx512f")},
  }};
  for (const auto& [name, missing] : needs) {
    if (missing) {
      throw RunError(
          fmt::format("the embedded model needs a CPU with {}, which this one lacks; use a model server "
                      "(provider: openai), or build "
                      "the engine for this CPU with RECON_LLAMA_OPTIONS (cmake/llama.cmake)",
                      name));
    }
  }
#endif
}

}  // namespace recon
