#pragma once

#include "recon/prompts/prompts.hpp"
#include "recon/stages/run_config.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
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

}  // namespace recon
