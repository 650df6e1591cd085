#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recon {

/// The header `retry-after-ms`, which some servers send beside a Retry-After rounded up to seconds.
[[nodiscard]] std::optional<std::chrono::milliseconds> exact_retry_after(
    const std::vector<std::pair<std::string, std::string>>& headers);

/// How long a server's headers ask to wait before the next request, where they say that nothing is left:
/// `x-ratelimit-remaining-requests: 0` (or `-tokens`) with its `-reset-` and `-limit-`, or
/// `x-ratelimit-remaining: 0` with the time of `x-ratelimit-reset`. The reset of requests or tokens names
/// when the whole allowance is back; where the limit is known the first unit is back earlier. Nullopt where
/// something is left or nothing readable is said.
[[nodiscard]] std::optional<std::chrono::milliseconds> rate_limit_pause(
    const std::vector<std::pair<std::string, std::string>>& headers,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

/// The pause until a reset: seconds from now or since 1970, or milliseconds since 1970. Nullopt for what is
/// no time.
[[nodiscard]] std::optional<std::chrono::milliseconds> pause_until_reset(
    double reset, std::chrono::system_clock::time_point now);

/// A duration as rate-limit headers write it: "1s", "6m0s", "20ms", "1h2m3.5s", or plain seconds.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace recon
