#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/ingest/population.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// `source.download:` where `recon download` fetches from, and how fast.
struct DownloadConfig {
  std::string hansard_url = "https://hansard-api.parliament.uk";
  std::string arctic_shift_url = "https://arctic-shift.photon-reddit.com";
  std::string lex_url = "https://lexfridman.com";
  std::string tim_url = "https://tim.blog";
  double requests_per_second = 1;
  [[nodiscard]] static DownloadConfig read(ConfigSection& source);
};

/// `source:`
struct SourceConfig {
  std::string domain;  ///< of a SourceKind (source_kinds.hpp)
  std::filesystem::path path;
  /// Patterns of a TurnFilter: a match makes a turn no target (it stays in later contexts). Absent = the
  /// default of each session's domain (SourceKind::excluded_targets); an empty list excludes nothing.
  std::optional<std::vector<std::string>> excluded_targets;
  /// reddit: the subreddits whose comments count, without "r/", in any case of letters; empty = all.
  std::vector<std::string> subreddits;
  /// Whether authors are replaced by pseudonyms; absent = SourceKind::pseudonyms.
  std::optional<bool> pseudonyms;
  /// Whether a session with the same turns as an earlier one is left out.
  bool drop_duplicates = true;
  DownloadConfig download;
  [[nodiscard]] static SourceConfig read(ConfigSection& root);
};

}  // namespace recon
