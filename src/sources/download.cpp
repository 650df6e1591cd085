#include "recon/sources/download.hpp"

#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/http/url.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "download_kinds.hpp"
#include <fmt/format.h>

namespace recon {

namespace fs = std::filesystem;

namespace {

using Fetch = void (*)(const SourceConfig&, const std::vector<UserConfig>&, Fetcher&, Log&);

/// How each kind of source is had: by a function, or by the user as the text says.
struct Origin {
  std::string_view domain;
  Fetch fetch = nullptr;
  std::string_view instead = {};
};

constexpr std::array<Origin, 5> origins = {{
    {"pmq", &download_hansard},
    {"podcast", &download_podcasts},
    {"reddit", &download_reddit},
    {"scotus", nullptr,
     "the hearings come as a git repository: clone https://github.com/walkerdb/supreme_court_transcripts and "
     "set source.path to its folder oyez/cases"},
    {"sessions", nullptr, "its sessions are a file that is ready: set source.path to it"},
}};

const Origin& find_origin(const SourceConfig& source) {
  for (const Origin& origin : origins) {
    if (origin.domain != source.domain) continue;
    if (origin.fetch != nullptr) return origin;
    throw UsageError(fmt::format("source.domain {}: nothing to download; {}", source.domain, origin.instead));
  }
  throw UsageError(fmt::format("source.domain {}: recon does not know where to download it", source.domain));
}

/// Makes the folder. One download at a time works in it: gives the file to lock, which lies beside the
/// folder, since that holds nothing but the source.
fs::path prepare(const fs::path& folder) {
  if (fs::exists(folder) && !fs::is_directory(folder)) {
    throw UsageError(
        fmt::format("source.path: '{}' is a file; expected the folder to download into", folder.string()));
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw RunError(
        fmt::format("source.path: the folder '{}' can't be created: {}", folder.string(), error.message()));
  }
  fs::path beside = fs::weakly_canonical(folder);
  if (!beside.has_filename()) beside = beside.parent_path();
  beside += ".download.lock";
  return beside;
}

void log_summary(const DownloadSummary& summary, bool dry_run, Log& log) {
  if (dry_run) {
    log.info(fmt::format("would fetch {} and what they lead to; already there {}; no connection was opened",
                         summary.planned, summary.already_there));
    return;
  }
  log.info(summary.text());
  if (summary.failed > 0) {
    log.error(fmt::format(
        "{} could not be fetched (see the warnings above); run again: what is there is not fetched twice",
        summary.failed));
  }
}

}  // namespace

std::string checked_base_url(const std::string& address, const std::string& key) {
  // Requests stand in logs and warnings, and secrets may not: what may hold one is not shown here either.
  if (address.find('@') != std::string::npos) {
    throw UsageError(fmt::format(
        "source.download.{}: the address has an '@'; expected one without user name and password, "
        "like https://site.example",
        key));
  }
  if (address.find_first_of("?#") != std::string::npos) {
    throw UsageError(fmt::format(
        "source.download.{}: the address has a '?' or '#'; expected one like https://site.example", key));
  }
  if (!parse_url(address)) {
    throw UsageError(fmt::format(
        "source.download.{}: '{}' is no address to fetch from; expected one like https://site.example", key,
        address));
  }
  std::string base = address;
  while (base.ends_with('/')) base.pop_back();
  return base;
}

DownloadSummary download(const SourceConfig& source, const std::vector<UserConfig>& users, Fetcher& fetcher,
                         Log& log) {
  const Origin& origin = find_origin(source);
  if (users.empty())
    throw UsageError("users: there are none; a download fetches what the users' sessions need");
  std::optional<FileLock> lock;
  if (!fetcher.dry_run()) lock.emplace(prepare(fetcher.folder()), fetcher.folder().string());
  try {
    origin.fetch(source, users, fetcher, log);
  } catch (const DownloadStopped& stopped) {
    fetcher.fail(fmt::format("the download stops here: {}", stopped.what()));
  }
  const DownloadSummary& summary = fetcher.summary();
  log_summary(summary, fetcher.dry_run(), log);
  const bool found_nothing =
      summary.fetched + summary.already_there + summary.failed == 0 && summary.left_out.empty();
  if (summary.not_found > 0 && found_nothing) {
    throw RunError(
        "the server has nothing of what was asked for; check the addresses in source.download, or leave them "
        "out for the usual ones");
  }
  return summary;
}

}  // namespace recon
