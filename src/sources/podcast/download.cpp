#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/sources/transcript_page.hpp"

#include <algorithm>
#include <utility>

#include "download_kinds.hpp"
#include "links.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

std::string lower(std::string_view text) {
  std::string result(trim(text));
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

void fetch_page(const PodcastSite& site, const PodcastPage& page, Fetcher& fetcher, Log& log) {
  FetchRequest request;
  request.url = page.url;
  request.file = fmt::format("{}/{}.html", site.folder, page.name);
  request.check = [](std::string_view body) {
    if (trim(body).empty()) throw RunError("the page is empty");
    if (!holds_transcript(body)) {
      throw RunError(
          "the page holds no transcript; open it in a browser to see what it is: the site may check who asks "
          "for it, or have changed its pages");
    }
  };
  request.wants_body = false;
  if (fetcher.fetch(request).outcome == FetchOutcome::not_found)
    log.warning(
        fmt::format("{}: the transcript {} is in the index, but not there", site.host_name, page.url));
}

void fetch_site(const PodcastSite& site, const std::string& base, Fetcher& fetcher, Log& log) {
  FetchRequest request;
  request.url = base + std::string(site.index_path);
  // No page of an episode, so not among them and without their ending.
  request.file = fmt::format("{}.listing", site.folder);
  request.check = [&](std::string_view body) { static_cast<void>(parse_podcast_links(body, site, base)); };
  const FetchResult index = fetcher.fetch(request);
  if (index.outcome == FetchOutcome::not_found)
    fetcher.fail(fmt::format("{}: the index is not there; has it moved?", request.url));
  if (!index.has_body()) return;
  const PodcastLinks links = parse_podcast_links(index.body, site, base);
  log.info(fmt::format("{}: {} transcripts (by {}; delete it to look for newer ones)", site.host_name,
                       links.pages.size(), (fetcher.folder() / request.file).string()));
  fetcher.leave_out("transcripts that are PDFs", links.pdfs);
  fetcher.leave_out("transcripts on other sites", links.elsewhere);
  for (const std::string& refused : links.refused) {
    fetcher.fail(
        fmt::format("{}: '{}' is not fetched: its name can't become a file's", site.host_name, refused));
  }
  for (const PodcastPage& page : links.pages) fetch_page(site, page, fetcher, log);
}

}  // namespace

void download_podcasts(const SourceConfig& source, const std::vector<UserConfig>& users, Fetcher& fetcher,
                       Log& log) {
  std::string known;
  std::vector<std::pair<const PodcastSite*, std::string>> wanted_sites;
  for (const PodcastSite& site : podcast_sites()) {
    known += fmt::format("{}'{}'", known.empty() ? "" : " and ", site.host_name);
    const bool wanted = std::any_of(users.begin(), users.end(), [&](const UserConfig& user) {
      return lower(user.name) == lower(site.host_name);
    });
    if (!wanted) continue;
    wanted_sites.emplace_back(&site,
                              checked_base_url(source.download.*site.address, std::string(site.address_key)));
  }
  if (wanted_sites.empty()) {
    throw UsageError(fmt::format(
        "users: none has the name of a podcast that can be downloaded; they are those of {}", known));
  }
  for (const auto& [site, base] : wanted_sites) fetch_site(*site, base, fetcher, log);
}

}  // namespace recon
