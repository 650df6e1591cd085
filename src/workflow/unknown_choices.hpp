#pragma once

#include "recon/prompts/prompts.hpp"
#include "recon/stages/run_config.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "plan_tally.hpp"

namespace recon {

/// The pairs of a run whose test pairs retrieve something, but nobody knows yet what. For bounding what the
/// later stages can cost.
class UnknownNeighbors {
 public:
  /// `artifact` says where a stage finds an artifact. All references must outlive the object.
  UnknownNeighbors(const RunConfig& config, std::optional<std::size_t> limit,
                   std::function<std::filesystem::path(const std::string& artifact)> artifact)
      : config_(config), limit_(limit), artifact_(std::move(artifact)) {}

  /// How many train pairs traces can be made for, or be shown.
  [[nodiscard]] ScopeBound bound() const;
  /// How many neighbours each test pair needs so that every train pair is somebody's.
  [[nodiscard]] std::size_t needed_for_all() const;

  /// Writes neighbors.jsonl so that every test pair has the `k` train pairs whose examples, over all methods,
  /// take the most tokens. The traces must be there.
  void write_dearest(const std::filesystem::path& neighbors, const Prompts& prompts, std::size_t k) const;
  /// Writes it so that the test pairs share as few as can be: with as many as `needed_for_all` every train
  /// pair is a neighbour.
  void write_spread(const std::filesystem::path& neighbors, std::size_t k) const;

 private:
  const RunConfig& config_;
  std::optional<std::size_t> limit_;
  std::function<std::filesystem::path(const std::string& artifact)> artifact_;
};

/// What is known of a pair's candidates while its judgment is not.
struct UnknownJudgments {
  std::unordered_set<std::string> pairs;       ///< whose judgments rest on made-up answers
  std::unordered_set<std::string> of_made_up;  ///< some of whose candidates are made up: how much they will
                                               ///< copy is not known either
};

using TextsByPair = std::unordered_map<std::string, std::string>;
/// Gives the actions of these pairs other texts.
void replace_actions(const std::filesystem::path& actions, const TextsByPair& texts);

/// Adds the method's name to each of its actions, so that no two methods' are the same text.
void mark_actions_of(const std::filesystem::path& actions, const std::string& method);

/// Rewrites the traces that `select` chose by such judgments: each becomes the longest candidate of its pair
/// that a judge can choose.
void write_longest_choices(const std::filesystem::path& candidates, const std::filesystem::path& traces,
                           const UnknownJudgments& unknown, std::optional<double> max_copied);

}  // namespace recon
