// Fills the response store of a run with made-up answers to all questions that `recon synthesize` asks with
// `synthesize.scope: all`, so that a run with everything stored can be measured without a model.
//   bench_fill_store CONFIG PAIRS STORE
#include "recon/core/random.hpp"
#include "recon/stages/pairs_view.hpp"
#include "recon/stages/stage.hpp"
#include "recon/store/store.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::size_t commit_size = 2000;

/// A trace of about 100 words, some of them the context's.
std::string made_up_trace(const Pair& pair, int sample) {
  KeyedRandom random(1, "trace", fmt::format("{} {}", pair.pair_id.str(), sample));
  const std::string& text = pair.context.front().text;
  std::string trace = fmt::format("I think of what was said, number {}:", random.below(1000));
  while (trace.size() < 500) {
    const std::size_t begin = static_cast<std::size_t>(random.below(text.size()));
    trace += " and then it comes to me that ";
    trace += text.substr(begin, 20);
  }
  return trace;
}

class Filler {
 public:
  Filler(const RunConfig& config, const std::filesystem::path& store)
      : config_(config), store_(store, false) {}

  void add(const Pair& pair, std::string_view purpose, const SamplingOverride& sampling, int samples) {
    const ModelConfig& model = config_.model(config_.synthesize.model, "synthesize.model");
    const ChatRequest request = chat_request(prompts_.backward(pair), sampling.over(model.sampling), model);
    StoredCompletion completion;
    completion.question = question_digest(model.identity, purpose, config_.seed, 0, request);
    for (int sample = 0; sample < samples; ++sample)
      completion.answers.push_back({sample, ChatAnswer{made_up_trace(pair, sample), "", Finish::stop}});
    completion.usage = {500, 0, 120, 0};
    completions_.push_back(std::move(completion));
    if (completions_.size() >= commit_size) commit();
  }
  void commit() {
    store_.commit(std::move(completions_));
    completions_ = {};
  }

 private:
  const RunConfig& config_;
  Prompts prompts_;
  ResponseStore store_;
  std::vector<StoredCompletion> completions_;
};

void fill(const char* config_file, const char* pairs_file, const char* store_file) {
  const RunConfig config = RunConfig::read(ConfigDocument::load({config_file}, {}, {}));
  PairsView pairs(pairs_file, std::nullopt, config.seed);
  Filler filler(config, store_file);
  for (const PairsView::Row row : pairs.rows()) {
    if (pairs.is_test(row)) continue;
    const auto pair = pairs.read(row);
    filler.add(*pair, "candidates", config.synthesize.sampling, config.synthesize.candidates);
    filler.add(*pair, "baseline", config.synthesize.baseline, 1);
  }
  filler.commit();
}

}  // namespace
}  // namespace recon

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: bench_fill_store CONFIG PAIRS STORE\n");
    return 2;
  }
  try {
    recon::fill(arguments[1], arguments[2], arguments[3]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
