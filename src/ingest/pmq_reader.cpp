#include "recon/core/error.hpp"
#include "recon/core/files.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "dates.hpp"
#include "hansard_debate.hpp"
#include "parlparse_sitting.hpp"
#include "pmq_names.hpp"
#include "readers.hpp"
#include "source_files.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

namespace filesystem = std::filesystem;

/// The edition of a ParlParse day: "a" < "b" < "aa"; none comes before "a".
struct Edition {
  std::size_t length = 0;
  std::string letters;
  auto operator<=>(const Edition&) const = default;
};

struct ParlparseName {
  std::string date;
  Edition edition;
};

/// `debatesYYYY-MM-DDx.xml`
std::optional<ParlparseName> parse_parlparse_name(const filesystem::path& file) {
  constexpr std::string_view prefix = "debates";
  constexpr std::size_t date_length = 10;
  const std::string stem = file.stem().string();
  if (file.extension() != ".xml" || !stem.starts_with(prefix) || stem.size() < prefix.size() + date_length) {
    return std::nullopt;
  }
  ParlparseName name;
  name.date = stem.substr(prefix.size(), date_length);
  name.edition.letters = stem.substr(prefix.size() + date_length);
  name.edition.length = name.edition.letters.size();
  const bool letters =
      name.edition.letters.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
  if (!letters || !is_iso_date(name.date)) return std::nullopt;
  return name;
}

/// Reads a folder of Hansard API bodies and ParlParse files; one session a sitting day, by date.
class PmqReader final : public CountingReader {
 public:
  PmqReader(const filesystem::path& folder, const std::vector<UserConfig>& users) {
    people_.users = users;
    SourceFiles found = list_source_files(folder);
    folder_ = found.root;
    for (const auto& [link, why] : found.refused) reject(file_key(link), why + "; it is not followed");
    for (filesystem::path& file : found.files) sort_in(std::move(file));
    if (bodies_.empty() && days_.empty()) {
      throw RunError(fmt::format(
          "source '{}': no Hansard API body (*.json) and no ParlParse day (debatesYYYY-MM-DDx.xml) in it or "
          "its subfolders; give source.path the folder that holds them",
          folder.string()));
    }
  }

  std::optional<Session> next() override {
    for (const filesystem::path& file : bodies_) read_body(file);
    bodies_.clear();
    while (!days_.empty()) {
      const auto day = days_.extract(days_.begin());
      std::optional<Session> session = read_day(day.key(), day.mapped());
      if (session) return session;
    }
    return std::nullopt;
  }

 private:
  struct Day {
    filesystem::path body;                           ///< the first with questions of the day
    std::map<std::string, HansardSection> sections;  ///< of the API, by id
    filesystem::path parlparse;
    Edition edition;
  };

  filesystem::path folder_;
  std::vector<filesystem::path> bodies_;
  std::map<std::string, Day> days_;  ///< by date
  PmqPeople people_;

  void sort_in(filesystem::path file) {
    if (file.extension() == ".json") {
      bodies_.push_back(std::move(file));
      return;
    }
    std::optional<ParlparseName> name = parse_parlparse_name(file);
    if (!name) {
      skip("other file");
      return;
    }
    Day& day = days_[name->date];
    if (!day.parlparse.empty()) {
      if (name->edition == day.edition) {
        reject(file_key(file),
               fmt::format("a second file named '{}'; keep one of them", file.filename().string()));
        return;
      }
      skip("older edition of a day");
      if (name->edition < day.edition) return;
    }
    day.parlparse = std::move(file);
    day.edition = std::move(name->edition);
  }

  void read_body(const filesystem::path& file) {
    std::string content;
    try {
      content = read_file(folder_ / file);
      HansardFile body = parse_hansard_body(content);
      skip("text of nobody", body.unattributed);
      skip("half of a character replaced", body.lone_surrogates);
      if (body.body != HansardBody::debate) {
        skip(body.body == HansardBody::section_tree ? "section tree" : "other API body");
      } else if (body.sections.empty()) {
        skip("no Prime Minister's questions");
      }
      for (HansardSection& section : body.sections) keep(file, std::move(section));
    } catch (const RunError& error) {
      reject(file_key(file), error.what(), content);
    }
  }

  /// A debate may be given by itself and within others: the latest text of it counts.
  void keep(const filesystem::path& file, HansardSection section) {
    for (const PmqSpeech& speech : section.section.speeches) {
      const Attribution who = parse_attribution(speech.attribution);
      const bool named = who.role == PmqRole::prime_minister && !who.name.empty() && !speech.speaker.empty();
      if (named) people_.prime_ministers.try_emplace(speech.speaker, who.name);
    }
    Day& day = days_[section.date];
    if (day.sections.empty()) day.body = file;
    const auto [known, added] = day.sections.try_emplace(section.id);
    if (!added) skip("debate given twice");
    if (added) {
      known->second = std::move(section);
      return;
    }
    // Inside another debate it may come without a place of its own in the day, and then has its parent's.
    const auto place = std::max(std::pair(known->second.order, known->second.place),
                                std::pair(section.order, section.place));
    const bool newer = section.updated != known->second.updated
                           ? section.updated > known->second.updated
                           : section.section.speeches.size() > known->second.section.speeches.size();
    if (newer) known->second = std::move(section);
    std::tie(known->second.order, known->second.place) = place;
  }

  std::optional<Session> read_day(const std::string& date, const Day& day) {
    const bool from_api = !day.sections.empty();
    const filesystem::path& file = from_api ? day.body : day.parlparse;
    if (from_api && !day.parlparse.empty()) skip("day also given by the Hansard API");
    std::string content;
    try {
      std::vector<PmqSection> sections;
      if (from_api) {
        sections = in_order(day);
      } else {
        content = read_file(folder_ / file);
        sections = parse_parlparse_sitting(content, date);
      }
      PmqOutcome outcome;
      if (sections.empty()) {
        outcome.skipped = "no Prime Minister's questions";
      } else {
        outcome = make_pmq_session(date, std::move(sections), people_);
      }
      for (const auto& [reason, count] : outcome.dropped) skip(reason, count);
      if (outcome.session && is_new(outcome.session->session_id)) return std::move(outcome.session);
      skip(outcome.skipped);
    } catch (const RunError& error) {
      reject(file_key(file), error.what(), content);
    }
    return std::nullopt;
  }

  static std::vector<PmqSection> in_order(const Day& day) {
    std::vector<const HansardSection*> sorted;
    for (const auto& [id, section] : day.sections) sorted.push_back(&section);
    std::stable_sort(sorted.begin(), sorted.end(), [](const HansardSection* a, const HansardSection* b) {
      return std::tie(a->order, a->place) < std::tie(b->order, b->place);
    });
    std::vector<PmqSection> sections;
    sections.reserve(sorted.size());
    for (const HansardSection* section : sorted) sections.push_back(section->section);
    return sections;
  }
};

}  // namespace

SourceKind pmq_source() {
  return {"pmq",
          "a folder of Hansard API debates (*.json) and ParlParse days (debatesYYYY-MM-DDx.xml)",
          "Parliamentary copyright; contains Parliamentary information licensed under the Open Parliament "
          "Licence v3.0 "
          "(https://www.parliament.uk/site-information/copyright-parliament/open-parliament-licence/)",
          {"(?i)inaudible", "--", "——"},
          false,
          [](const SourceConfig& config, const std::vector<UserConfig>& users) {
            return std::unique_ptr<SessionReader>(std::make_unique<PmqReader>(config.path, users));
          }};
}

}  // namespace recon
