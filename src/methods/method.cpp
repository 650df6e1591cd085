#include "recon/methods/method.hpp"

#include "recon/core/random.hpp"
#include "recon/core/text.hpp"
#include "recon/methods/selection.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {
namespace {

/// Recon-Select: the candidate with the best judgment, among those that may be chosen.
std::optional<Pick> pick_best(const PickInput& input) {
  if (input.scores == nullptr) return std::nullopt;
  const Eligible eligible = eligible_candidates(input.group, input.max_copied);
  std::vector<Score> compared;
  for (const Score& score : *input.scores) {
    const auto& allowed = eligible.candidates;
    if (std::find(allowed.begin(), allowed.end(), score.candidate) != allowed.end())
      compared.push_back(score);
  }
  const BestScore best = best_score(compared, input.seed, input.group.pair_id.str());
  return Pick{compared[best.place].candidate, eligible.copying, best.tied};
}

std::optional<Pick> pick_any(const PickInput& input) {
  KeyedRandom random(input.seed, input.method, input.group.pair_id.str());
  return Pick{static_cast<int>(random.below(input.group.candidates.size()))};
}

/// The control for judges that love length. Of equally long ones one is drawn.
std::optional<Pick> pick_longest(const PickInput& input) {
  std::vector<int> longest;
  std::size_t most = 0;
  for (const Candidate& candidate : input.group.candidates) {
    const std::size_t tokens = count_tokens(candidate.reasoning);
    if (tokens > most) longest.clear();
    if (tokens >= most) longest.push_back(candidate.candidate);
    most = std::max(most, tokens);
  }
  KeyedRandom random(input.seed, input.method, input.group.pair_id.str());
  return Pick{longest[random.below(longest.size())], false, longest.size() > 1};
}

/// `random-2`: not `random-1`, not `random-02`, not `random-1000`.
bool is_of_family(std::string_view name, std::string_view family) {
  constexpr std::size_t most_digits = 3;
  if (!name.starts_with(family) || !name.substr(family.size()).starts_with('-')) return false;
  const std::string_view number = name.substr(family.size() + 1);
  const bool is_number = !number.empty() && number.size() <= most_digits && number.front() != '0' &&
                         number.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number && number != "1";
}

}  // namespace

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {
      {.name = "backward", .source = TraceSource::asked},
      {.name = "recon-select", .source = TraceSource::picked, .pick = pick_best, .always_made = true},
      {.name = "random",
       .source = TraceSource::picked,
       .pick = pick_any,
       .is_family = true,
       .always_made = true},
      {.name = "longest", .source = TraceSource::picked, .pick = pick_longest},
      {.name = "none", .source = TraceSource::none},
  };
  return all;
}

const Method* find_method(std::string_view name) {
  const auto found = std::find_if(methods().begin(), methods().end(), [&](const Method& method) {
    return method.name == name || (method.is_family && is_of_family(name, method.name));
  });
  return found == methods().end() ? nullptr : &*found;
}

std::string unknown_method(std::string_view name) {
  std::vector<std::string> known;
  for (const Method& method : methods()) known.emplace_back(method.name);
  const auto nearest = nearest_word(name, known);
  return fmt::format("unknown method '{}'; {}", name,
                     nearest
                         ? fmt::format("did you mean '{}'?", *nearest)
                         : fmt::format("there are {}, and random-2 to random-999", fmt::join(known, ", ")));
}

bool has_traces(std::string_view method) {
  const Method* known = find_method(method);
  return known == nullptr || known->source != TraceSource::none;
}

}  // namespace recon
