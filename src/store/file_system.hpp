#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace recon {

/// The name of the network or cluster file system with this `f_type` of statfs(2), on which processes of
/// several machines share no memory; nothing for every other one.
[[nodiscard]] std::optional<std::string_view> network_file_system(std::uint64_t type);

/// The same for the file system on which a file lies or, where it is not there yet, its nearest folder.
/// Nothing where the system does not say.
[[nodiscard]] std::optional<std::string_view> network_file_system_of(const std::filesystem::path& file);

}  // namespace recon
