#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace recon {

/// Whether a field must stand in a line, and when it is written.
enum class Presence {
  required,   ///< always written; a line without it is refused
  defaulted,  ///< always written; where it is missing or null, the member's empty value counts
  nullable,   ///< always written, as null where there is none; missing is null
  if_set,     ///< written only where it is neither empty, false nor null; missing and null are that
};

/// A field of a record's line: its name there, the member that holds it, and what it says. The reader, the
/// quick reader, the writer and docs/files.md follow from it.
template <class Record, class Value>
struct Field {
  std::string_view name;
  Value Record::*member;
  Presence presence;
  std::string_view doc;
};

template <class Record, class Value>
[[nodiscard]] constexpr Field<Record, Value> field(std::string_view name, Value Record::*member,
                                                   std::string_view doc = {},
                                                   Presence presence = Presence::required) {
  return {name, member, presence, doc};
}

/// Calls `use` with each field of a record, in the order in which they are written.
template <class Record, class Use>
constexpr void for_each_field(Use&& use) {
  std::apply([&](const auto&... fields) { (use(fields), ...); }, Record::fields());
}

/// The fields as rows of a Markdown table, as they stand in docs/files.md.
template <class Record>
[[nodiscard]] std::string field_table() {
  std::string table = "| field | |\n|---|---|\n";
  for_each_field<Record>([&](const auto& field) {
    table += "| `" + std::string(field.name) + "` |";
    if (!field.doc.empty()) table += " " + std::string(field.doc);
    table += " |\n";
  });
  return table;
}

}  // namespace recon
