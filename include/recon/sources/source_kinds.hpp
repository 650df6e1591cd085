#pragma once

#include "recon/records/context.hpp"
#include "recon/sources/ingest_config.hpp"
#include "recon/sources/session_reader.hpp"

#include <memory>
#include <optional>
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
  /// Whether a context that is cut keeps its first turn where the config says nothing: what all the others
  /// speak of.
  bool keep_first_turn = false;
  bool account_names = false;  ///< whether authors are names of accounts, which may hold digits
};

/// Every kind of source, in the order in which they are named to users.
[[nodiscard]] const std::vector<SourceKind>& source_kinds();
/// Nullptr for an unknown domain.
[[nodiscard]] const SourceKind* find_source_kind(std::string_view domain);
/// How contexts of sessions of a domain are cut: `keep_first`, else SourceKind::keep_first_turn, which is
/// false for a domain that is no kind of source.
[[nodiscard]] ContextBudget context_budget(std::size_t tokens, std::optional<bool> keep_first,
                                           std::string_view domain);

}  // namespace recon
