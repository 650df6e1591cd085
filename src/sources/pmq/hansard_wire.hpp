#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "days.hpp"

namespace recon {

/// The sitting days that the Hansard API's calendar names (`overview/calendar.json`), ascending, each once.
/// Throws RunError for what is no list of days.
[[nodiscard]] std::vector<Day> parse_sitting_days(std::string_view body);

/// What a day's table of contents (`overview/sectiontrees.json`) says of Prime Minister's Questions.
struct PrimeMinisterDebates {
  bool held = false;                 ///< a section "Prime Minister" stands below "Oral Answers to Questions"
  std::vector<std::string> ids;      ///< of its debates, in the table's order, each once
  std::vector<std::string> refused;  ///< ids that can't be used in an address and a file name, for messages
};
/// The debates are the section's descendants without children; the section itself where it has none. Throws
/// RunError for what is no table of contents.
[[nodiscard]] PrimeMinisterDebates parse_prime_minister_debates(std::string_view body);

/// Throws RunError for what is no debate (`debates/debate/ID.json`).
void check_debate(std::string_view body);

}  // namespace recon
