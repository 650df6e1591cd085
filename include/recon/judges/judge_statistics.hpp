#pragma once

#include "recon/records/records.hpp"
#include "recon/records/warning.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// What the judgments of candidates show together. Limits: answer_limits.hpp.
class JudgmentStatistics {
 public:
  /// The scores of one pair, in the order in which the candidates were shown.
  void add(const std::vector<Score>& scores, bool ambiguous = false);
  [[nodiscard]] std::vector<Warning> warnings(const std::string& stage, const std::string& model) const;
  /// Replies that held several judgments which differ.
  [[nodiscard]] std::size_t ambiguous() const { return ambiguous_; }

 private:
  std::size_t replies_ = 0, ambiguous_ = 0;
  std::size_t pairs_ = 0, scores_ = 0, flat_ = 0, first_best_ = 0;
};

/// What the verdicts on two answers show together.
class VerdictStatistics {
 public:
  /// Who won, in terms of what was shown: `a` = the answer shown first.
  void add(Outcome shown, bool ambiguous = false);
  [[nodiscard]] std::vector<Warning> warnings(const std::string& stage, const std::string& model) const;
  [[nodiscard]] std::size_t ambiguous() const { return ambiguous_; }

 private:
  std::size_t ambiguous_ = 0;
  std::size_t verdicts_ = 0, first_ = 0, second_ = 0;
};

}  // namespace recon
