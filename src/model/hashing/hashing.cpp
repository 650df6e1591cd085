#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/model/factory.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

/// FNV-1a over the bytes, then a bijective mixing step, since the low bits of FNV alone are poor.
std::uint64_t hash_feature(std::string_view feature) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : feature) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3U;
  }
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdU;
  hash ^= hash >> 33U;
  return hash;
}

/// Words and pairs of adjacent words with their numbers; ordered, so that sums of floats come out the same
/// everywhere.
std::map<std::string, int> count_features(std::string_view text) {
  const std::vector<std::string> words = comparison_words(text);
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i < words.size(); ++i) {
    ++counts[words[i]];
    if (i > 0) ++counts[words[i - 1] + ' ' + words[i]];  // no word holds a space
  }
  return counts;
}

std::vector<float> embed(std::string_view text, std::size_t dimensions) {
  std::vector<double> sums(dimensions, 0.0);
  for (const auto& [feature, count] : count_features(text)) {
    const std::uint64_t hash = hash_feature(feature);
    const double value = 1.0 + std::log(static_cast<double>(count));
    sums[(hash >> 1U) % dimensions] += (hash & 1U) != 0 ? value : -value;
  }
  std::vector<float> vector(dimensions);
  std::transform(sums.begin(), sums.end(), vector.begin(),
                 [](double value) { return static_cast<float>(value); });
  return vector;
}

/// An embedder without a model: signed feature hashing of words and word pairs. Weighting by inverse document
/// frequency is left to retrieval, which knows the documents.
class HashingProvider : public Provider {
 public:
  explicit HashingProvider(const ModelConfig& config)
      : dimensions_(static_cast<std::size_t>(config.dimensions)),
        model_name_(fmt::format("hashing-v1-{}", config.dimensions)),
        identity_(config.identity.empty() ? model_name_ : config.identity) {}

  [[nodiscard]] Capabilities capabilities() const override {
    return {.chat = false, .score = false, .embed = true, .counts = true, .free = true};
  }
  [[nodiscard]] const std::string& identity() const override { return identity_; }
  [[nodiscard]] const std::string& model_name() const override { return model_name_; }
  [[nodiscard]] std::size_t concurrency() const override { return 64; }
  void open() override {}
  void submit(Call call) override { queue_.push_back(std::move(call)); }

  [[nodiscard]] std::vector<Completion> poll(std::chrono::milliseconds /*wait*/) override {
    std::vector<Completion> completions;
    completions.reserve(queue_.size());
    for (const Call& call : queue_) completions.push_back(answer(call));
    queue_.clear();
    return completions;
  }

 private:
  [[nodiscard]] Completion answer(const Call& call) const {
    Completion completion;
    completion.id = call.id;
    const auto refuse = [&] {
      completion.failure =
          Failure{.kind = Failure::Kind::unsupported,
                  .message = "the hashing provider can only embed text: name another model for this stage",
                  .raw = ""};
    };
    match(
        call.request, [&](const ChatRequest&) { refuse(); }, [&](const ScoreRequest&) { refuse(); },
        [&](const EmbedRequest& request) {
          completion.answers.emplace_back(EmbedAnswer{embed(request.text, dimensions_)});
        });
    return completion;
  }

  std::size_t dimensions_;
  std::string model_name_;
  std::string identity_;
  std::deque<Call> queue_;
};

}  // namespace

std::unique_ptr<Provider> make_hashing_provider(const ModelConfig& config) {
  if (config.dimensions < 1) {
    throw UsageError(fmt::format("model '{}': dimensions is {}, expected a positive number", config.name,
                                 config.dimensions));
  }
  return std::make_unique<HashingProvider>(config);
}

}  // namespace recon
