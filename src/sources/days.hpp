#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace recon {

using Day = std::chrono::sys_days;

/// The day that a text begins with, as 2016-05-11 or 2016-05-11T00:00:00.
[[nodiscard]] std::optional<Day> day_at_start(std::string_view text);
/// As 2016-05-11.
[[nodiscard]] std::string iso_day(Day day);
/// As 2016-05.
[[nodiscard]] std::string iso_month(std::chrono::year_month month);
[[nodiscard]] std::chrono::year_month month_of(Day day);
[[nodiscard]] bool is_weekday(Day day);

}  // namespace recon
