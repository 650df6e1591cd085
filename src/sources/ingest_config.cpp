#include "recon/sources/ingest_config.hpp"

#include "recon/core/error.hpp"
#include "recon/ingest/turn_filter.hpp"
#include "recon/sources/source_kinds.hpp"

#include <utility>

#include <fmt/format.h>

namespace recon {

DownloadConfig DownloadConfig::read(ConfigSection& source) {
  DownloadConfig config;
  source.section(
      "download", "Where `recon download` fetches from, and how fast.", [&](ConfigSection& section) {
        section.value("hansard_url", config.hansard_url, "pmq: the UK Parliament's Hansard API.",
                      Irrelevant{Because::downloading, "http://localhost"});
        section.value("arctic_shift_url", config.arctic_shift_url, "reddit: the Arctic Shift archive's API.",
                      Irrelevant{Because::downloading, "http://localhost"});
        section.value("lex_url", config.lex_url,
                      "podcast: the site with the transcripts of Lex Fridman's podcast.",
                      Irrelevant{Because::downloading, "http://localhost"});
        section.value("tim_url", config.tim_url,
                      "podcast: the site with the transcripts of Tim Ferriss's show.",
                      Irrelevant{Because::downloading, "http://localhost"});
        section.value(
            "requests_per_second", config.requests_per_second,
            "Requests a second at most, over all sites. The archives are run by volunteers: stay low.",
            Irrelevant{Because::downloading, "0.5"});
        const std::pair<const char*, const std::string*> addresses[] = {
            {"hansard_url", &config.hansard_url},
            {"arctic_shift_url", &config.arctic_shift_url},
            {"lex_url", &config.lex_url},
            {"tim_url", &config.tim_url}};
        for (const auto& [key, address] : addresses) {
          // The config goes into the manifest, and messages into logs: the address itself is not repeated.
          if (address->find('@') != std::string::npos) {
            throw UsageError(fmt::format("{}: the address holds a user name or password; give it without",
                                         section.where(key)));
          }
        }
        if (!(config.requests_per_second > 0)) {
          throw UsageError(fmt::format("{}: found {}, expected a number above 0",
                                       section.where("requests_per_second"), config.requests_per_second));
        }
      });
  return config;
}

namespace {

void read_excluded_targets(ConfigSection& section, SourceConfig& config) {
  std::vector<std::string> excluded;
  section.value(
      "excluded_targets", excluded,
      "Regular expressions (ECMAScript, '(?i)' in front ignores case): a turn that contains one is no "
      "target, but stays in later contexts. Default for scotus, pmq and podcast: '(?i)inaudible', '--' and "
      "two em dashes; for reddit the notices of deleted and removed texts.",
      Decides{"['-2 is']"});
  if (!section.has("excluded_targets")) return;
  try {
    static_cast<void>(TurnFilter(excluded));
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", section.where("excluded_targets"), error.what()));
  }
  config.excluded_targets = std::move(excluded);
}

}  // namespace

SourceConfig SourceConfig::read(ConfigSection& root) {
  SourceConfig config;
  root.section("source", "Where the conversations come from.", [&](ConfigSection& section) {
    std::string domain_doc = "The kind of source.";
    std::vector<std::string> domains;
    for (const SourceKind& kind : source_kinds()) {
      domains.emplace_back(kind.domain);
      domain_doc += fmt::format(" {}: {}.", kind.domain, kind.path);
    }
    std::string path;
    section.choice("domain", config.domain, domains, domain_doc, Decides{"sessions"});
    section.required("domain", config.domain, domain_doc);
    section.required("path", path, "The folder or file that `domain` describes.",
                     Decides{"other-sessions.jsonl"});
    config.path = path;
    read_excluded_targets(section, config);
    section.value("subreddits", config.subreddits,
                  "reddit: subreddits whose comments count, without 'r/'. Default: all.", Decides{"[]"});
    bool pseudonyms = false;
    section.value("pseudonyms", pseudonyms,
                  "Replace every author by a stable pseudonym, also where a turn mentions the name. Default: "
                  "true for reddit, false for the rest, whose authors are public figures.",
                  Decides{"true"});
    if (section.has("pseudonyms")) config.pseudonyms = pseudonyms;
    section.value("drop_duplicates", config.drop_duplicates,
                  "Leave out a session whose turns are those of another one; false keeps both.",
                  Decides{"false"});
    config.download = DownloadConfig::read(section);
  });
  return config;
}

}  // namespace recon
