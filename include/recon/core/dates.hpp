#pragma once

#include <string>
#include <string_view>

namespace recon {

/// True for a day that exists in the Gregorian calendar.
[[nodiscard]] bool is_calendar_day(int year, int month, int day);

/// True for `2011-01-11`.
[[nodiscard]] bool is_iso_date(std::string_view text);

/// "January" for 1, "December" for 12.
[[nodiscard]] std::string_view month_name(int month);

/// The first day named as "January 11, 2011" in a text, as `2011-01-11`; empty where there is none.
[[nodiscard]] std::string date_in_title(std::string_view title);

}  // namespace recon
