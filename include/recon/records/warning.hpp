#pragma once

#include "recon/core/json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What single answers do not show and many of them together do. Each puts the numbers of a run in doubt.
enum class WarningKind {
  prompts_cut,            ///< the server counts far fewer tokens than the prompts have
  identical_samples,      ///< all samples of most questions are one text
  one_reply,              ///< one text answers many different prompts
  cut_replies_differ,     ///< max_tokens cuts one method's replies more often than another's
  unknown_marks,          ///< replies begin with a mark that nobody knows
  unknown_finish_reason,  ///< the server ended replies with a word that is not known
  repaired_replies,       ///< replies held bytes that are no text
  identical_likelihoods,  ///< one log-probability for many different texts
  identical_embeddings,   ///< one vector for many different texts
  flat_scores,            ///< a judge gives all candidates of most pairs one score
  first_shown,            ///< a judge decides by the place at which an answer is shown
  undecided,              ///< a judge decides next to nothing
  ambiguous_replies,      ///< judges' replies held several verdicts that differ; the last one counts
};
[[nodiscard]] const char* to_string(WarningKind kind);
[[nodiscard]] std::optional<WarningKind> warning_kind_from(std::string_view name);

/// An entry of `warnings` in results.json, computed from stored answers alone: the same answers always give
/// the same warnings.
struct Warning {
  WarningKind kind = WarningKind::prompts_cut;
  std::string stage;
  std::string model;  ///< its name under `models:`
  Json values;        ///< the numbers that the message tells, by name
  std::string message;
  bool operator==(const Warning&) const = default;
  /// Throws RunError for what is no warning.
  [[nodiscard]] static Warning from_json(const Json& value);
  [[nodiscard]] Json to_json() const;
};

[[nodiscard]] Json warnings_json(const std::vector<Warning>& warnings);
/// The warnings under `warnings` of an object; none where older versions wrote it.
[[nodiscard]] std::vector<Warning> warnings_from_json(const Json& object);

}  // namespace recon
