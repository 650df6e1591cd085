#pragma once

#include "recon/engine/engine.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace recon {

/// What an answer that is no use looks like, as far as that tells what to change.
enum class MisfitLook {
  answer_in_thinking,  ///< no text, but thinking, and the reply ended by itself
  cut_while_thinking,  ///< no text, and cut at max_tokens
  cut,                 ///< cut at max_tokens
  empty,               ///< nothing at all
  declined,
  filtered,
  prose,       ///< no JSON where JSON was asked for
  other_form,  ///< JSON, or text, that is not what was asked for
  refused,     ///< the request itself
  too_long,
  unreadable,  ///< an envelope that could not be read
  unsupported,
};

[[nodiscard]] MisfitLook look_of(const Question& question, const ChatAnswer& answer);

/// Whether a failure says what a model is good for: not those of the network, a key or an account.
[[nodiscard]] bool tells_of_misfit(Failure::Kind kind);

/// Watches whether a model's answers are of any use to a stage, so that a systematic misfit is not paid for
/// to the end. Failures of the network don't count, nor do those of a key or an account, which have rules of
/// their own. Limits: answer_limits.hpp.
class MisfitWatch {
 public:
  /// A reply that the stage can't use, asked for now or earlier, and why.
  void unusable(const Question& question, const Answer& answer, const std::string& why);
  /// One that it can.
  void usable() { any_usable_ = true; }
  /// A question that ended without replies; `paid` where the server took money for that.
  void failed(const Failure& failure, bool paid);
  /// A record has ended. Without an answer it counts only where `failure` is one that counts.
  void record_ended(bool answered, const Failure* failure);

  /// Why there is no point in going on, in words for the user, with one of the replies; nullopt where there
  /// is.
  [[nodiscard]] std::optional<std::string> why_hopeless(const std::string& stage,
                                                        const ModelConfig& model) const;
  /// What most of what was of no use looks like, with one of it and the remedy.
  [[nodiscard]] std::string what_it_looks_like(const ModelConfig& model) const;

 private:
  static constexpr std::size_t looks = static_cast<std::size_t>(MisfitLook::unsupported) + 1;
  struct Seen {
    std::size_t count = 0;
    std::string why, shown;  ///< of the last one
    Failure::Kind kind = Failure::Kind::unusable;
  };
  bool any_usable_ = false;
  std::size_t replies_ = 0;  ///< that were paid for and are no use
  std::size_t records_ = 0, records_without_ = 0;
  std::array<Seen, looks> seen_;

  void see(MisfitLook look, Failure::Kind kind, std::string why, const std::string& shown);
};

}  // namespace recon
