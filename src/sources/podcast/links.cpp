#include "links.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/http/url.hpp"
#include "recon/sources/html.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace recon {
namespace {

bool is_digits(std::string_view text, std::size_t count) {
  return text.size() == count &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// The part after the last '/', which is taken off `path`.
std::string_view take_last(std::string_view& path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  return last;
}

bool is_lex_transcript(std::string_view path) { return path.ends_with("-transcript"); }

/// /2018/10/30/SLUG: tags, categories and feeds have "transcript" in their paths as well.
bool is_tim_transcript(std::string_view path) {
  const std::string_view slug = take_last(path);
  const std::string_view day = take_last(path);
  const std::string_view month = take_last(path);
  const std::string_view year = take_last(path);
  return slug.find("transcript") != std::string_view::npos && is_digits(day, 2) && is_digits(month, 2) &&
         is_digits(year, 4);
}

/// Letters, digits and what slugs have besides, percent signs included; hidden names are not allowed.
bool is_file_name(std::string_view name) {
  constexpr std::size_t longest = 200;
  constexpr std::string_view others = "-_.~%";
  return !name.empty() && name.size() <= longest && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != std::string_view::npos;
         });
}

bool ends_with_pdf(std::string_view path) {
  constexpr std::string_view ending = ".pdf";
  if (path.size() < ending.size()) return false;
  path.remove_prefix(path.size() - ending.size());
  return std::equal(path.begin(), path.end(), ending.begin(), [](char found, char expected) {
    return found == expected || (found >= 'A' && found <= 'Z' && found - 'A' + 'a' == expected);
  });
}

/// One transcript, and whether it is the site's own.
struct Link {
  std::string path;  ///< without a slash at its end
  std::string url;
};

class LinkReader {
 public:
  LinkReader(const PodcastSite& site, const std::string& base)
      : site_(&site), base_(base), page_(base + std::string(site.index_path)) {
    if (const auto url = parse_url(base)) base_url_ = *url;
    if (const auto url = parse_url(page_)) index_path_ = without_slash(url->path);
  }

  void read(const std::string& reference) {
    const auto address = resolve_url(page_, reference);
    const auto url = address ? parse_url(*address) : std::nullopt;
    if (!url || !known_.insert(url->host + std::string(without_slash(url->path))).second) return;
    if (ends_with_pdf(url->path)) {
      ++links_.pdfs;
      return;
    }
    const std::string path(without_slash(url->path));
    if (path == index_path_ || !site_->is_transcript(path)) return;
    if (is_same_server(base_url_, *url)) {
      add({path, fmt::format("{}://{}{}", url->scheme, authority(*address), url->path)});
    } else if (std::find(site_->hosts.begin(), site_->hosts.end(), url->host) != site_->hosts.end()) {
      add({path, base_ + url->path});
    } else {
      ++links_.elsewhere;
    }
  }

  [[nodiscard]] PodcastLinks take() {
    std::map<std::string_view, std::size_t> slugs;
    for (const Link& link : found_) ++slugs[slug_of(link)];
    for (const Link& link : found_) {
      std::string name(slug_of(link));
      if (slugs[name] > 1) name = joined(link.path);
      if (is_file_name(name)) {
        links_.pages.push_back({link.url, std::move(name)});
      } else {
        links_.refused.push_back(replace_invalid_utf8(std::string_view(link.path).substr(0, 200)));
      }
    }
    return std::move(links_);
  }

 private:
  const PodcastSite* site_;
  std::string base_;
  std::string page_;
  Url base_url_;
  std::string index_path_;
  std::set<std::string> known_;  ///< links as the page has them
  std::set<std::string> urls_;   ///< where they lead
  std::vector<Link> found_;
  PodcastLinks links_;

  void add(Link link) {
    if (urls_.insert(std::string(without_slash(link.url))).second) found_.push_back(std::move(link));
  }
  /// Host and port as the address has them.
  static std::string authority(const std::string& address) {
    const std::size_t start = address.find("://") + 3;
    return address.substr(start, address.find_first_of("/?#", start) - start);
  }
  static std::string_view slug_of(const Link& link) {
    std::string_view path = link.path;
    return take_last(path);
  }
  /// The whole path as one name, where two pages end alike.
  static std::string joined(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    std::string name(path);
    std::replace(name.begin(), name.end(), '/', '-');
    return name;
  }
};

}  // namespace

const std::vector<PodcastSite>& podcast_sites() {
  static const std::vector<PodcastSite> sites = {
      {"Lex Fridman",
       "lex",
       "/podcast/",
       {"lexfridman.com", "www.lexfridman.com"},
       &is_lex_transcript,
       &DownloadConfig::lex_url,
       "lex_url"},
      {"Tim Ferriss",
       "tim",
       "/2018/09/20/all-transcripts-from-the-tim-ferriss-show/",
       {"tim.blog", "www.tim.blog"},
       &is_tim_transcript,
       &DownloadConfig::tim_url,
       "tim_url"},
  };
  return sites;
}

PodcastLinks parse_podcast_links(std::string_view content, const PodcastSite& site, const std::string& base) {
  const HtmlPage page(content);
  LinkReader reader(site, base);
  for (const HtmlNode& link : find_html(page.root(), [](HtmlNode node) { return node.tag() == "a"; })) {
    if (const auto reference = link.attribute("href")) reader.read(std::string(trim(*reference)));
  }
  PodcastLinks links = reader.take();
  if (links.pages.empty() && links.refused.empty())
    throw RunError("the page links to no transcript; expected the list of all episodes");
  return links;
}

}  // namespace recon
