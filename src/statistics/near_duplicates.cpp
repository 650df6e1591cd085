#include "recon/statistics/near_duplicates.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace recon {
namespace {

constexpr std::size_t words_in_shingle = 3;

/// A text as the set of its word triples, by hash.
using Shingles = std::vector<std::uint64_t>;

std::optional<Shingles> shingles_of(const std::string& text, const NearDuplicateRule& rule) {
  const std::vector<std::string> words = comparison_words(text);
  if (words.size() < std::max(rule.least_words, words_in_shingle)) return std::nullopt;
  Shingles shingles;
  for (std::size_t i = 0; i + words_in_shingle <= words.size(); ++i) {
    std::string triple;
    for (std::size_t word = 0; word < words_in_shingle; ++word) triple += words[i + word] + ' ';
    shingles.push_back(std::hash<std::string_view>{}(triple));
  }
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

/// Shingles that both sorted sets hold.
std::size_t common(const Shingles& a, const Shingles& b) {
  std::size_t count = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if (*x < *y) {
      ++x;
    } else if (*y < *x) {
      ++y;
    } else {
      ++count, ++x, ++y;
    }
  }
  return count;
}

/// Distinct sets, found again by their rarest shingles.
class ShingleIndex {
 public:
  explicit ShingleIndex(double similarity) : similarity_(similarity) {}

  void add(const Shingles& set) { ++count_of_[set]; }

  /// To be called once, after the last `add`.
  void finish() {
    for (const auto& [set, count] : count_of_) {
      for (const std::uint64_t shingle : set) ++frequency_[shingle];
    }
    for (const auto& [set, count] : count_of_) {
      for (const std::uint64_t shingle : prefix(set)) postings_[shingle].push_back(&set);
    }
  }

  /// How often just this set was added.
  [[nodiscard]] std::size_t count(const Shingles& set) const {
    const auto found = count_of_.find(set);
    return found == count_of_.end() ? 0 : found->second;
  }

  /// Whether another set is similar enough.
  [[nodiscard]] bool has_similar(const Shingles& set) const {
    for (const std::uint64_t shingle : prefix(set)) {
      const auto found = postings_.find(shingle);
      if (found == postings_.end()) continue;
      if (std::any_of(found->second.begin(), found->second.end(),
                      [&](const Shingles* other) { return *other != set && is_similar(*other, set); }))
        return true;
    }
    return false;
  }

 private:
  double similarity_;
  std::map<Shingles, std::size_t> count_of_;
  std::unordered_map<std::uint64_t, std::size_t> frequency_;  ///< in how many distinct sets
  std::unordered_map<std::uint64_t, std::vector<const Shingles*>> postings_;

  /// So many of the rarest shingles that two similar sets must share one of them.
  [[nodiscard]] Shingles prefix(const Shingles& set) const {
    const auto rarity = [&](std::uint64_t shingle) {
      const auto found = frequency_.find(shingle);
      return std::pair(found == frequency_.end() ? 0 : found->second, shingle);
    };
    Shingles ordered = set;
    std::sort(ordered.begin(), ordered.end(),
              [&](std::uint64_t a, std::uint64_t b) { return rarity(a) < rarity(b); });
    const auto needed = static_cast<std::size_t>(std::ceil(similarity_ * static_cast<double>(set.size())));
    ordered.resize(set.size() - std::clamp<std::size_t>(needed, 1, set.size()) + 1);
    return ordered;
  }

  [[nodiscard]] bool is_similar(const Shingles& a, const Shingles& b) const {
    const std::size_t least = std::min(a.size(), b.size()), most = std::max(a.size(), b.size());
    if (static_cast<double>(least) < similarity_ * static_cast<double>(most)) return false;
    const std::size_t shared = common(a, b);
    return static_cast<double>(shared) >= similarity_ * static_cast<double>(a.size() + b.size() - shared);
  }
};

std::vector<std::optional<Shingles>> all_shingles(std::span<const std::string> texts,
                                                  const NearDuplicateRule& rule) {
  std::vector<std::optional<Shingles>> sets;
  sets.reserve(texts.size());
  for (const std::string& text : texts) sets.push_back(shingles_of(text, rule));
  return sets;
}

/// `own` = how often a text's own set stands in the index on its own account.
std::vector<bool> look_up(const std::vector<std::optional<Shingles>>& texts,
                          const std::vector<std::optional<Shingles>>& others, const NearDuplicateRule& rule,
                          std::size_t own) {
  ShingleIndex index(rule.similarity);
  for (const auto& set : others) {
    if (set) index.add(*set);
  }
  index.finish();
  std::vector<bool> found;
  found.reserve(texts.size());
  for (const auto& set : texts) found.push_back(set && (index.count(*set) > own || index.has_similar(*set)));
  return found;
}

}  // namespace

std::vector<bool> have_near_duplicate(std::span<const std::string> texts, std::span<const std::string> others,
                                      const NearDuplicateRule& rule) {
  return look_up(all_shingles(texts, rule), all_shingles(others, rule), rule, 0);
}

std::vector<bool> have_near_duplicate(std::span<const std::string> texts, const NearDuplicateRule& rule) {
  const auto sets = all_shingles(texts, rule);
  return look_up(sets, sets, rule, 1);
}

}  // namespace recon
