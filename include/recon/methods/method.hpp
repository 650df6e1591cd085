#pragma once

#include "recon/records/candidate_groups.hpp"
#include "recon/records/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Where the trace of a pair comes from under a method.
enum class TraceSource {
  asked,   ///< of a model, by synthesize
  picked,  ///< among the pair's candidates, by a rule
  none,    ///< there is none: examples are shown without reasoning
};

/// What a rule picks from.
struct PickInput {
  std::string_view method;  ///< its whole name, for draws
  const CandidateGroup& group;
  const std::vector<Score>* scores = nullptr;  ///< of the pair's judgment; null where it has none
  std::optional<double> max_copied = {};       ///< `select.max_copied`
  std::uint64_t seed = 0;
};

struct Pick {
  int candidate = 0;
  bool copying = false;  ///< every candidate copies too much, and this one copies least
  bool tied = false;     ///< others were as good, and one of them was drawn
};

/// A method: where the trace of a pair comes from, and how examples are shown (DESIGN section 1).
struct Method {
  std::string_view name;
  TraceSource source = TraceSource::asked;
  /// Of a method that picks; nullopt where the pair lacks what it goes by.
  std::optional<Pick> (*pick)(const PickInput&) = nullptr;
  bool is_family = false;    ///< NAME-2 to NAME-999 are methods of their own, told apart by their draws
  bool always_made = false;  ///< its traces are kept whether a config compares it or not
};

/// Every built-in method.
[[nodiscard]] const std::vector<Method>& methods();
/// Null for a name that is none.
[[nodiscard]] const Method* find_method(std::string_view name);
/// What is wrong with a name that is none: the nearest one, else all that there are.
[[nodiscard]] std::string unknown_method(std::string_view name);
[[nodiscard]] bool has_traces(std::string_view method);

}  // namespace recon
