#pragma once

#include "recon/model/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace recon {

/// `budget_usd` and `budget_tokens` of the config; what is absent has no limit.
struct BudgetLimits {
  std::optional<double> usd;
  std::optional<std::int64_t> tokens;  ///< of prompts and replies together
  [[nodiscard]] bool any() const { return usd || tokens; }
};

/// What has been spent and what is set aside for the calls in flight, against the limits. A call is sent only
/// when the most that it can cost has been set aside, so that the limits hold whatever the servers reply.
class Budget {
 public:
  struct Amount {
    double usd = 0;
    std::int64_t tokens = 0;
  };
  /// `spent` is what earlier calls of the same run cost.
  Budget(BudgetLimits limits, Amount spent) : limits_(limits), spent_(spent) {}

  /// Sets `most` aside for a call, on top of what it has already; false, and nothing set aside, when that
  /// could exceed a limit.
  [[nodiscard]] bool reserve(std::uint64_t call, Amount most);
  /// The call has ended: what was set aside is free again, `actual` is spent.
  void settle(std::uint64_t call, Amount actual);

  /// What the run's calls cost by now as the store has it, those of other processes among them.
  void learn_spent(Amount total);

  [[nodiscard]] Amount spent() const { return spent_; }
  /// "0.98 of 1.00 USD" and so on, for messages.
  [[nodiscard]] std::string describe() const;

 private:
  BudgetLimits limits_;
  Amount spent_;
  Amount reserved_;
  std::unordered_map<std::uint64_t, Amount> calls_;
};

}  // namespace recon
