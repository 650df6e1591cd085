#include "recon/engine/budget.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace recon {

bool Budget::reserve(std::uint64_t call, Amount most) {
  // Sums of many small doubles err in the last places; a limit that is hit exactly is not exceeded.
  constexpr double rounding = 1e-9;
  if (limits_.usd && spent_.usd + reserved_.usd + most.usd > *limits_.usd + rounding) return false;
  if (limits_.tokens && spent_.tokens + reserved_.tokens + most.tokens > *limits_.tokens) return false;
  Amount& held = calls_[call];
  held.usd += most.usd;
  held.tokens += most.tokens;
  reserved_.usd += most.usd;
  reserved_.tokens += most.tokens;
  return true;
}

void Budget::settle(std::uint64_t call, Amount actual) {
  if (const auto held = calls_.find(call); held != calls_.end()) {
    reserved_.usd -= held->second.usd;
    reserved_.tokens -= held->second.tokens;
    calls_.erase(held);
  }
  if (calls_.empty()) reserved_ = {};  // without the rounding errors of many subtractions
  spent_.usd += actual.usd;
  spent_.tokens += actual.tokens;
}

void Budget::learn_spent(Amount total) {
  spent_.usd = std::max(spent_.usd, total.usd);
  spent_.tokens = std::max(spent_.tokens, total.tokens);
}

std::string Budget::describe() const {
  std::string text;
  if (limits_.usd) text = fmt::format("{:.4f} of {:.4f} USD (budget_usd)", spent_.usd, *limits_.usd);
  if (limits_.tokens) {
    text += fmt::format("{}{} of {} tokens (budget_tokens)", text.empty() ? "" : " and ", spent_.tokens,
                        *limits_.tokens);
  }
  return text;
}

}  // namespace recon
