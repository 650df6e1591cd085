#include "recon/core/dates.hpp"

#include "recon/core/ascii.hpp"

#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::array<std::string_view, 12> month_names = {"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};

/// Reads up to `longest` digits at `at` and moves past them; -1 where there is none.
int read_number(std::string_view text, std::size_t& at, std::size_t longest) {
  int value = 0;
  std::size_t read = 0;
  while (at < text.size() && is_digit(text[at]) && read < longest) {
    value = value * 10 + (text[at] - '0');
    ++at;
    ++read;
  }
  return read == 0 || (at < text.size() && is_digit(text[at])) ? -1 : value;
}

/// "11, 2011" at `at`, as an ISO date of that month.
std::string day_and_year(std::string_view text, std::size_t at, int month) {
  const int day = read_number(text, at, 2);
  if (day < 0 || at >= text.size() || text[at] != ',') return {};
  at = text.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos) return {};
  const int year = read_number(text, at, 4);
  if (year < 1000 || !is_calendar_day(year, month, day)) return {};
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

}  // namespace

bool is_calendar_day(int year, int month, int day) {
  constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool is_iso_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  std::size_t at = 0;
  const int year = read_number(text, at, 4);
  if (at++ != 4) return false;
  const int month = read_number(text, at, 2);
  if (at++ != 7) return false;
  const int day = read_number(text, at, 2);
  return at == 10 && is_calendar_day(year, month, day);
}

std::string_view month_name(int month) { return month_names.at(static_cast<std::size_t>(month - 1)); }

std::string date_in_title(std::string_view title) {
  for (std::size_t at = 0; at < title.size(); ++at) {
    for (std::size_t month = 0; month < month_names.size(); ++month) {
      const std::string_view name = month_names[month];
      if (title.substr(at, name.size()) != name) continue;
      const std::size_t day = title.find_first_not_of(' ', at + name.size());
      if (day == std::string_view::npos || day == at + name.size()) continue;
      std::string date = day_and_year(title, day, static_cast<int>(month) + 1);
      if (!date.empty()) return date;
    }
  }
  return {};
}

}  // namespace recon
