#pragma once

#include "recon/store/maintenance.hpp"

#include <optional>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

namespace recon {

/// Which rows of the questions chosen go.
struct RemovalScope {
  std::optional<std::string> before;  ///< only what came before this time
  bool failures_only = false;
};

/// Makes the temporary table `chosen(question)`, empty.
void make_chosen(SQLite::Database& database);

/// Counts what is concerned of the questions in `chosen`.
[[nodiscard]] StoreRemoval count_chosen(SQLite::Database& database, const RemovalScope& scope);

/// Deletes it, in the transaction under way; a question that has neither answer nor failure left goes too.
void delete_chosen(SQLite::Database& database, const RemovalScope& scope);

/// Overwrites in the file and its log what was deleted, also by an interrupted call before. Throws RunError
/// where another process keeps the old bytes in use.
void wipe_deleted(SQLite::Database& database, const std::filesystem::path& store);

}  // namespace recon
