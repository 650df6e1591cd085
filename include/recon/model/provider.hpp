#pragma once

#include "recon/model/request.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace recon {

/// What a provider can do; a config that asks for more is refused before any call.
struct Capabilities {
  bool chat = false;
  bool score = false;
  bool embed = false;
  /// Embeddings are counts that want weighting by inverse document frequency (the `hashing` provider).
  bool counts = false;
  /// Answers cost next to nothing and are a pure function of the text: not worth storing.
  bool free = false;
};

/// A kind of request.
enum class ModelUse { chat, score, embed };
[[nodiscard]] inline bool can(const Capabilities& capabilities, ModelUse use) {
  switch (use) {
    case ModelUse::chat:
      return capabilities.chat;
    case ModelUse::score:
      return capabilities.score;
    case ModelUse::embed:
      return capabilities.embed;
  }
  return false;
}

/// When the first attempt for a record went out. All calls of one record share it, so that the record has one
/// deadline, however many questions, attempts and further replies it takes.
struct RecordClock {
  std::optional<std::chrono::steady_clock::time_point> started;
};

/// One request on its way. `samples` answers are wanted (chat only; 1 otherwise).
struct Call {
  std::uint64_t id = 0;
  Request request;
  int samples = 1;
  /// For providers that sample by themselves: seeds sample i with (seed, i). Servers do not see it.
  std::uint64_t sampling_seed = 0;
  int first_sample = 0;                ///< index of the first wanted sample within its question
  std::shared_ptr<RecordClock> clock;  ///< may be null: then the call has a deadline of its own
  /// Asked before another attempt where an earlier one may have been paid for although no reply came; false
  /// ends the call with Failure::Kind::stopped. May be empty.
  std::function<bool()> may_pay_again;
};

/// The end of a call: fewer answers than asked for is allowed (a server that ignores `n`), none with a
/// failure.
struct Completion {
  std::uint64_t id = 0;
  std::vector<Answer> answers;
  Usage usage;  ///< of all attempts, as the server reported it
  /// Attempts that the server may have charged for without saying so: a reply that was cut, never came or
  /// told no tokens.
  int unreported = 0;
  std::optional<Failure> failure;
};

/// Why nothing new goes out, for people, as it stands behind "waiting 12 s": "as the server asked: quota per
/// minute".
struct WaitReason {
  std::string text;
  std::chrono::steady_clock::time_point until;  ///< when that is over, as far as is known
};

/// Answers requests: by HTTP, in process, or by arithmetic. One thread uses a provider: `submit` queues,
/// `poll` works.
class Provider {
 public:
  virtual ~Provider() = default;
  [[nodiscard]] virtual Capabilities capabilities() const = 0;
  /// What decides the answers besides the request: base URL + model, or a digest of the weights and the
  /// engine's version.
  [[nodiscard]] virtual const std::string& identity() const = 0;
  /// The model's name as it stands in records.
  [[nodiscard]] virtual const std::string& model_name() const = 0;
  /// How many calls are worth having in flight.
  [[nodiscard]] virtual std::size_t concurrency() const = 0;
  /// Starts what the first call needs (the key, the weights); throws RunError or UsageError when it can't be
  /// had. Called once, before the first `submit`, and not at all when every answer is stored.
  virtual void open() = 0;
  /// Called once before the first ScoreRequest: a claim to score text is checked by one tiny call where it
  /// can be wrong. Throws UsageError when the claim is wrong.
  virtual void prepare_scoring() {}
  virtual void submit(Call call) = 0;
  /// For an orderly end: takes back the calls that no attempt was made for yet, and returns their ids. Calls
  /// that wait for another attempt end with Failure::Kind::stopped; those in flight go on.
  [[nodiscard]] virtual std::vector<std::uint64_t> withdraw() { return {}; }
  /// What calls that were submitted wait for, where nothing is in flight; nullopt where they need not wait.
  [[nodiscard]] virtual std::optional<WaitReason> waiting_for() const { return std::nullopt; }
  /// Works for at most about `wait` (one unit of work where units can't be split) and returns what has ended.
  [[nodiscard]] virtual std::vector<Completion> poll(std::chrono::milliseconds wait) = 0;
};

}  // namespace recon
