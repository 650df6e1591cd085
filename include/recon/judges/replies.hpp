#pragma once

#include "recon/model/request.hpp"
#include "recon/records/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace recon {

/// A parsed reply, or what is wrong with it.
template <class Value>
using Parsed = std::variant<Value, std::string>;

/// What is wrong with a reply, or nullopt.
template <class Value>
[[nodiscard]] std::optional<std::string> problem_in(const Parsed<Value>& parsed) {
  const auto* problem = std::get_if<std::string>(&parsed);
  return problem == nullptr ? std::nullopt : std::optional(*problem);
}

/// How a reply ended.
enum class ReplyEnd : std::uint8_t { by_itself, cut_at_max_tokens };

/// What the listwise judge said.
struct ListwiseReply {
  std::vector<Score> scores;  ///< by position shown, 0-based
  std::string why;            ///< in the judge's words; may be empty
  bool ambiguous = false;     ///< an earlier object of the reply fits, too, and says otherwise
};

/// What the pairwise judge said in terms of what was shown: `a` = the answer shown first.
struct PairwiseReply {
  Outcome style = Outcome::na;
  Outcome intent = Outcome::na;
  Outcome values = Outcome::na;
  Outcome overall = Outcome::tie;
  std::string why;         ///< in the judge's words; may be empty
  bool ambiguous = false;  ///< an earlier object of the reply fits, too, and says otherwise
};

/// A judge's reply is the last object that has the form, wherever it stands: in prose, a fence, a wrapper, a
/// list, a string that holds JSON; thinking between marks is no part of the reply. Spelling is free where the
/// meaning is certain (docs/prompts.md lists what is read). Where the last object is spoilt or broken off, or
/// a reply was cut after it, nothing is read: what stands before may be a draft. An object whose values are
/// placeholders restates the form and says nothing.
///
/// Scores of the listwise judge. Every position 1..`count` exactly once, every number in 0..1.
[[nodiscard]] Parsed<ListwiseReply> parse_listwise_reply(std::string_view reply, std::size_t count,
                                                         ReplyEnd end = ReplyEnd::by_itself);
/// The same for the pairwise judge.
[[nodiscard]] Parsed<PairwiseReply> parse_pairwise_reply(std::string_view reply,
                                                         ReplyEnd end = ReplyEnd::by_itself);

/// The two for a model's answer.
[[nodiscard]] Parsed<ListwiseReply> listwise_reply_of(const Answer& answer, std::size_t count);
[[nodiscard]] Parsed<PairwiseReply> pairwise_reply_of(const Answer& answer);

/// A reply of the right form, for planning; no candidate is better than another. With `explain` it begins
/// with as long a reason as is asked for.
[[nodiscard]] std::string sample_listwise_reply(std::size_t count, bool explain = false);
[[nodiscard]] std::string sample_pairwise_reply(bool explain = false);

}  // namespace recon
