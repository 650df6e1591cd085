#include "recon/ingest/population.hpp"

#include "recon/core/dates.hpp"
#include "recon/core/error.hpp"

#include <algorithm>
#include <utility>

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
