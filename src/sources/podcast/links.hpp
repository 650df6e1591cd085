#pragma once

#include "recon/sources/ingest_config.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A site that publishes its podcast's transcripts, one page an episode.
struct PodcastSite {
  std::string_view host_name;           ///< who the podcast's user is
  std::string_view folder;              ///< of its pages, below source.path
  std::string_view index_path;          ///< of the page that lists the transcripts
  std::vector<std::string_view> hosts;  ///< under which its own links name it, whatever address is configured
  /// Whether the path of a link, without a slash at its end, is a transcript's.
  bool (*is_transcript)(std::string_view path) = nullptr;
  std::string DownloadConfig::*address = nullptr;  ///< the configured one
  std::string_view address_key;                    ///< of it, for messages
};

[[nodiscard]] const std::vector<PodcastSite>& podcast_sites();

/// A page to fetch.
struct PodcastPage {
  std::string url;
  std::string name;  ///< of its file, without ".html": fit for any file system
  bool operator==(const PodcastPage&) const = default;
};

struct PodcastLinks {
  std::vector<PodcastPage> pages;    ///< in the order of the index, each once
  std::size_t pdfs = 0;              ///< transcripts that are no pages
  std::size_t elsewhere = 0;         ///< transcripts on other sites
  std::vector<std::string> refused;  ///< links whose name can't become a file's, for messages
};

/// The transcripts that the site's index page links to. Links to one of the site's own hosts lead to `base`
/// instead. Throws RunError for a page that can't be read or links to none.
[[nodiscard]] PodcastLinks parse_podcast_links(std::string_view content, const PodcastSite& site,
                                               const std::string& base);

}  // namespace recon
