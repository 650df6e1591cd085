#include "recon/ingest/ingest_config.hpp"

#include "recon/core/error.hpp"
#include "recon/ingest/source_kinds.hpp"
#include "recon/ingest/turn_filter.hpp"

#include <algorithm>
#include <utility>

#include "dates.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// Ids go into pair ids and file names.
bool is_user_id(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

void check_date(const ConfigSection& section, const char* key, const std::optional<std::string>& date) {
  if (date && !is_iso_date(*date)) {
    throw UsageError(
        fmt::format("{}: '{}' is no date, expected a day as 2007-01-31", section.where(key), *date));
  }
}

UserConfig read_user(ConfigSection& section) {
  UserConfig user;
  std::string id;
  section.required("id", id, "Short name of the user in files: letters, digits, '_', '-' and '.'.",
                   Decides{"renamed"});
  section.required("name", user.name, "Name of the user as the source gives it, exactly.",
                   Decides{"Advocateone"});
  section.value("from", user.from,
                "First day (ISO date) of the sessions used. Sessions without a date are left out.",
                Decides{"2020-01-03"});
  section.value("to", user.to, "Day (ISO date) before which the sessions used end.", Decides{"2020-01-10"});
  if (section.has("id") && !is_user_id(id)) {
    throw UsageError(
        fmt::format("{}: '{}' can't be used in file names; use letters, digits, '_', '-' and '.'",
                    section.where("id"), id));
  }
  if (section.has("name") && user.name.empty()) {
    throw UsageError(fmt::format("{}: the name is empty", section.where("name")));
  }
  check_date(section, "from", user.from);
  check_date(section, "to", user.to);
  if (user.from && user.to && *user.from >= *user.to) {
    throw UsageError(fmt::format("{}: the range from {} to {} is empty; 'to' is the day after the last",
                                 section.where("to"), *user.from, *user.to));
  }
  user.id = UserId(id);
  return user;
}

void read_count(ConfigSection& section, const char* key, std::size_t& count, std::size_t least,
                const char* doc, const Bearing& bearing) {
  constexpr std::size_t most = 1'000'000'000;  // products with a number of targets stay far below 2^64
  std::uint64_t value = count;
  section.value(key, value, doc, bearing);
  if (value < least || value > most) {
    throw UsageError(
        fmt::format("{}: found {}, expected a number from {} to {}", section.where(key), value, least, most));
  }
  count = value;
}

}  // namespace

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

std::vector<UserConfig> UserConfig::read(ConfigSection& root) {
  std::vector<UserConfig> users;
  root.list("users", "The people modelled.", [&](ConfigSection& section) {
    UserConfig user = read_user(section);
    for (const UserConfig& other : users) {
      if (other.id == user.id) {
        throw UsageError(
            fmt::format("{}: a second user with the id '{}'", section.where("id"), user.id.str()));
      }
    }
    users.push_back(std::move(user));
  });
  return users;
}

SplitConfig SplitConfig::read(ConfigSection& root) {
  SplitConfig config;
  root.section("split", "How each user's targets are divided.", [&](ConfigSection& section) {
    read_count(section, "train_targets", config.train_targets, 1,
               "Targets for training and retrieval, per user.", Decides{"10"});
    if (config.train_targets != SplitConfig().train_targets)
      config.train_1_targets = config.train_targets * 3 / 4;
    read_count(section, "train_1_targets", config.train_1_targets, 0,
               "Part of train_targets on which policies are trained. Default: three quarters of it.",
               Decides{"3"});
    read_count(section, "test_targets", config.test_targets, 1, "Targets for testing, per user.",
               Decides{"4"});
    section.choice("unit", config.unit, {"session", "group"},
                   "What never spans two splits: a session, or a group of sessions that share matter.",
                   Decides{"group"});
    section.choice(
        "order", config.order, {"shuffled", "time"},
        "Order of allocation: shuffled by the seed, or by date, so that the test sessions are the latest.",
        Decides{"time"});
    section.value("seed", config.seed,
                  "Of the shuffle alone. Default: the run's seed. With one of its own the split stays when "
                  "the run's seed changes.",
                  Decides{"8"});
    if (config.train_1_targets > config.train_targets) {
      throw UsageError(fmt::format("{}: {} is more than train_targets ({}), of which it is a part",
                                   section.where("train_1_targets"), config.train_1_targets,
                                   config.train_targets));
    }
  });
  return config;
}

}  // namespace recon
