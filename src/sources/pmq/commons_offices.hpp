#pragma once

#include <optional>
#include <string_view>

namespace recon {

/// Who was Prime Minister when the House put its questions on that day (ISO date): on the first day of a new
/// Prime Minister the one who left office, since questions come before the change. Known from 1979 to July
/// 2024; nullopt outside.
[[nodiscard]] std::optional<std::string_view> prime_minister_at_questions(std::string_view date);

/// True for a Speaker or Deputy Speaker of the House of Commons on that day (ISO date), by their plain name.
/// Meant for sources that print the chair's name in place of the office; deputies are known for 1997-2024.
[[nodiscard]] bool held_the_chair(std::string_view name, std::string_view date);

}  // namespace recon
