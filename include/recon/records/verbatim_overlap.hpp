#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// How much of an action traces give away: looks at the action and its context once, for all traces.
class VerbatimOverlap {
 public:
  /// `context` must outlive the object.
  VerbatimOverlap(std::string_view action, std::string_view context);

  /// Words of the longest span of words that `trace` shares with the action and that does not occur in the
  /// context, as a share of the action's words, in 0..1 (0 for an empty action).
  [[nodiscard]] double of(std::string_view trace);

 private:
  /// A word's place in the action, counted from one; 0 = none.
  using Place = std::uint32_t;
  struct Word {
    std::uint64_t hash = 0;
    std::string text;
    Place next = 0;  ///< where the same word stands again
  };
  std::vector<Word> words_;   ///< of the action; the first one is none
  std::vector<Place> slots_;  ///< hash table with open addressing: a word's first place
  std::string_view context_;
  std::optional<std::vector<std::uint32_t>> in_context_;  ///< looked for when first needed

  /// The slot where a word stands, or the free one where it would.
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::string_view word) const;
  [[nodiscard]] std::vector<std::uint32_t> longest_spans(std::string_view text) const;
};

}  // namespace recon
