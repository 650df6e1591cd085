#include "recon/http/rate_headers.hpp"

#include "recon/http/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace recon {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;
using std::chrono::milliseconds;

/// No header makes a client wait longer than this by itself; a server that wants more says so again.
constexpr double longest_s = 3600;

std::optional<std::string_view> find(const Headers& headers, std::string_view name) {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::optional<double> number(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

milliseconds from_seconds(double seconds) {
  return milliseconds(static_cast<std::int64_t>(std::ceil(std::clamp(seconds, 0.0, longest_s) * 1000)));
}

std::optional<milliseconds> pause_for(const Headers& headers, const std::string& unit) {
  const auto remaining = number(find(headers, "x-ratelimit-remaining-" + unit));
  const auto reset = find(headers, "x-ratelimit-reset-" + unit);
  if (!remaining || *remaining > 0 || !reset) return std::nullopt;
  const auto until_full = parse_duration(*reset);
  if (!until_full) return std::nullopt;
  const double limit = std::max(1.0, number(find(headers, "x-ratelimit-limit-" + unit)).value_or(1));
  return from_seconds(std::chrono::duration<double>(*until_full).count() / limit);
}

/// The form of routers, which count a window: all of it is back at its end.
std::optional<milliseconds> pause_of_window(const Headers& headers,
                                            std::chrono::system_clock::time_point now) {
  const auto remaining = number(find(headers, "x-ratelimit-remaining"));
  const auto reset = number(find(headers, "x-ratelimit-reset"));
  if (!remaining || *remaining > 0 || !reset) return std::nullopt;
  return pause_until_reset(*reset, now);
}

}  // namespace

std::optional<milliseconds> pause_until_reset(double reset, std::chrono::system_clock::time_point now) {
  constexpr double first_date_s = 1e9;
  constexpr double first_date_ms = 1e12;
  // What is neither a short while nor a date may be counted in anything.
  if (reset < first_date_s) return reset <= longest_s ? pause_of_seconds(reset) : std::nullopt;
  const double date_s = reset < first_date_ms ? reset : reset / 1000;
  const double now_s = std::chrono::duration<double>(now.time_since_epoch()).count();
  return pause_of_seconds(std::max(0.0, date_s - now_s));
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (const auto seconds = number(text))
    return *seconds < 0 ? std::nullopt : std::optional(from_seconds(*seconds));
  if (text.empty()) return std::nullopt;
  constexpr std::array<std::pair<std::string_view, double>, 4> units = {
      {{"ms", 0.001}, {"h", 3600}, {"m", 60}, {"s", 1}}};
  double seconds = 0;
  while (!text.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const auto& known) { return text.starts_with(known.first); });
    if (unit == units.end()) return std::nullopt;
    seconds += value * unit->second;
    text.remove_prefix(unit->first.size());
  }
  return from_seconds(seconds);
}

std::optional<milliseconds> exact_retry_after(const Headers& headers) {
  const auto exact = number(find(headers, "retry-after-ms"));
  if (!exact || *exact < 0) return std::nullopt;
  return from_seconds(*exact / 1000);
}

std::optional<milliseconds> rate_limit_pause(const Headers& headers,
                                             std::chrono::system_clock::time_point now) {
  std::optional<milliseconds> longest;
  const auto consider = [&](std::optional<milliseconds> pause) {
    if (pause && (!longest || *pause > *longest)) longest = pause;
  };
  consider(pause_for(headers, "requests"));
  consider(pause_for(headers, "tokens"));
  consider(pause_of_window(headers, now));
  return longest;
}

}  // namespace recon
