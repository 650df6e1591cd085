#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

namespace recon {

inline constexpr int store_application_id = 0x5265634e;  // "RecN"
inline constexpr int store_format_version = 1;

/// Makes the tables of a store, or adds those of the present program to one of an older program. Several
/// processes may do it at once. The format's version stays: what is added can be left out by a reader.
void make_or_extend_schema(SQLite::Database& database);

}  // namespace recon
