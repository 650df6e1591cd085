#pragma once

#include "recon/ingest/ingest_config.hpp"
#include "recon/ingest/session_reader.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What recon knows of one kind of source. Each is described in the file of its reader and listed in
/// source_kinds.cpp.
struct SourceKind {
  std::string_view domain;  ///< `source.domain`
  std::string_view path;    ///< what `source.path` names, for messages and the schema
  std::string_view terms;   ///< under which terms the source's texts may be used, for the manifest
  /// What makes a turn no target where the config says nothing (patterns of a TurnFilter).
  std::vector<std::string> excluded_targets;
  bool pseudonyms = false;  ///< whether authors are replaced where the config says nothing
  std::unique_ptr<SessionReader> (*open)(const SourceConfig&, const std::vector<UserConfig>&) = nullptr;
  bool lists_missing = false;  ///< whether its reader can name what the source lacks
};

/// Every kind of source, in the order in which they are named to users.
[[nodiscard]] const std::vector<SourceKind>& source_kinds();
/// Nullptr for an unknown domain.
[[nodiscard]] const SourceKind* find_source_kind(std::string_view domain);

}  // namespace recon
