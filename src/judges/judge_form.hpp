#pragma once

#include "recon/core/loose_json.hpp"
#include "recon/judges/replies.hpp"
#include "recon/records/records.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What a value of a reply says in the form of a judge: nullopt where it is not of the form or only restates
/// it, otherwise its content or what spoils it.
template <class Reply>
using Claim = std::optional<Parsed<Reply>>;

/// The pairwise judge's form: four verdicts by their names.
class PairwiseForm {
 public:
  using Reply = PairwiseReply;

  /// Of a whole value; its parts are not looked at.
  [[nodiscard]] Claim<Reply> claim_of(const LooseValue& value) const;
  /// Whether what could be read of a broken value is enough to tell that it was to be of the form.
  [[nodiscard]] bool begins(const LooseValue& value) const;
  [[nodiscard]] static std::string missing();
  [[nodiscard]] static bool same(const Reply& a, const Reply& b);
};

/// The listwise judge's form: one entry for every candidate shown, as a list or by the candidates' names.
class ListwiseForm {
 public:
  using Reply = ListwiseReply;

  explicit ListwiseForm(std::size_t count) : count_(count) {}
  [[nodiscard]] Claim<Reply> claim_of(const LooseValue& value) const;
  [[nodiscard]] bool begins(const LooseValue& value) const;
  [[nodiscard]] static std::string missing();
  [[nodiscard]] static bool same(const Reply& a, const Reply& b);

  /// The candidate (0-based, maybe beyond those shown) of a value that is one entry by itself; nullopt for
  /// any other value and for one that only restates the form.
  [[nodiscard]] std::optional<std::size_t> entry_of(const LooseValue& value) const;
  /// What such entries say together.
  [[nodiscard]] Parsed<Reply> from_entries(const std::vector<const LooseValue*>& entries) const;
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::size_t count_;
};

/// A key as the forms know it: in lower case, marks gone, words joined by `_`.
[[nodiscard]] std::string form_key(std::string_view key);

/// Whether a member of an object is about the verdict rather than the verdict: a thought, a draft, an
/// example. What a call of a tool hands over (`{"type": "tool_use", "input": {...}}`) is the verdict.
[[nodiscard]] bool is_aside(const LooseMember& member, const LooseValue& object);

/// What stands under `why` in an object; empty where nothing does.
[[nodiscard]] std::string why_in(const LooseValue& value);

}  // namespace recon
