#pragma once

#include "recon/core/log.hpp"
#include "recon/sources/fetcher.hpp"
#include "recon/sources/ingest_config.hpp"
#include "recon/sources/session_reader.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace recon {

// One function a source, each in a file of its own; download.cpp lists them.

/// Sitting days, the days' tables of contents, and the debates of Prime Minister's Questions.
void download_hansard(const SourceConfig& source, const std::vector<UserConfig>& users, Fetcher& fetcher,
                      Log& log);

/// Transcript pages of the podcasts whose hosts are among the users.
void download_podcasts(const SourceConfig& source, const std::vector<UserConfig>& users, Fetcher& fetcher,
                       Log& log);

/// The users' comments, then every post and comment that their threads lack.
void download_reddit(const SourceConfig& source, const std::vector<UserConfig>& users, Fetcher& fetcher,
                     Log& log);

using OpenReader = std::function<std::unique_ptr<SessionReader>()>;

/// The second half of `download_reddit`, with the reader that tells what is missing.
void download_missing(const SourceConfig& source, Fetcher& fetcher, Log& log, const OpenReader& open);

/// A configured address without slashes at its end. Throws UsageError naming `key` where it is none, or has
/// more than scheme, host, port and path; that message never repeats a password.
[[nodiscard]] std::string checked_base_url(const std::string& address, const std::string& key);

}  // namespace recon
