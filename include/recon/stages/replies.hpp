#pragma once

#include "recon/core/records.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace recon {

/// The first JSON object in a model's reply, also inside prose or a code fence; nullopt where there is none.
[[nodiscard]] std::optional<Json> find_json_object(std::string_view reply);

/// A parsed reply, or what is wrong with it.
template <class Value>
using Parsed = std::variant<Value, std::string>;

/// Scores of the listwise judge, by position shown (0-based). Every position 1..`count` exactly once, every
/// number in 0..1.
[[nodiscard]] Parsed<std::vector<Score>> parse_listwise_reply(std::string_view reply, std::size_t count);
/// A reply of the right form, for planning; no candidate is better than another.
[[nodiscard]] std::string sample_listwise_reply(std::size_t count);

/// Outcomes of the pairwise judge in terms of what was shown: `a` = the answer shown first.
struct PairwiseReply {
  Outcome style = Outcome::na;
  Outcome intent = Outcome::na;
  Outcome values = Outcome::na;
  Outcome overall = Outcome::tie;
};
[[nodiscard]] Parsed<PairwiseReply> parse_pairwise_reply(std::string_view reply);
/// A reply of the right form, for planning.
[[nodiscard]] std::string sample_pairwise_reply();

}  // namespace recon
