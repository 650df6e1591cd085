#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace recon {

struct NearDuplicateRule {
  double similarity = 0.8;      ///< least Jaccard similarity of the sets of word triples, above 0
  std::size_t least_words = 8;  ///< shorter texts ("Yes.", "Thank you.") are nobody's copies
};

/// Which of `texts` have a near-duplicate among `others`: a text that shares at least `rule.similarity` of
/// all triples of neighbouring words (comparison_words) that occur in either. Every candidate that can reach
/// the similarity is looked at (prefix filter of set-similarity joins: the sets must share one of their
/// rarest triples).
[[nodiscard]] std::vector<bool> have_near_duplicate(std::span<const std::string> texts,
                                                    std::span<const std::string> others,
                                                    const NearDuplicateRule& rule = {});

/// Which of `texts` have a near-duplicate among the other ones.
[[nodiscard]] std::vector<bool> have_near_duplicate(std::span<const std::string> texts,
                                                    const NearDuplicateRule& rule = {});

}  // namespace recon
