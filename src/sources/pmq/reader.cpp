#include "recon/core/dates.hpp"
#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/sources/source_files.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "file_form.hpp"
#include "hansard_debate.hpp"
#include "names.hpp"
#include "parlparse_sitting.hpp"
#include "readers.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

namespace filesystem = std::filesystem;

/// The edition of a ParlParse day: "a" < "b" < "aa"; none comes before "a".
struct Edition {
  std::size_t length = 0;
  std::string letters;
  auto operator<=>(const Edition&) const =
      default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
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

/// No sitting day and no debate is near it; a parsed file takes a multiple of its size in memory.
constexpr std::uintmax_t largest_file = std::uintmax_t{64} << 20U;

std::string read_sized_file(const filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = filesystem::file_size(path, error);
  if (!error && size > largest_file) {
    throw RunError(fmt::format(
        "the file is larger than {} MiB ({} bytes); expected one debate or one day; fetch it again",
        largest_file >> 20U, size));
  }
  return read_file(path);  // tells of any error
}

/// Where a debate stands. Its text is not kept, but read again when its day is made.
struct DebatePlace {
  std::size_t body = 0;     ///< number of the file
  std::size_t section = 0;  ///< in the file
  std::string updated;
  std::size_t speeches = 0;
  std::int64_t order = 0;  ///< in the day
  std::size_t place = 0;   ///< among those of one order
};

/// Reads a folder of Hansard API bodies and ParlParse files; one session a sitting day, by date. All bodies
/// are read twice: to find each day's debates, and to make the day of them.
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
    for (; found_ < bodies_.size(); ++found_) {
      stop_if_interrupted();
      find_debates(found_);
    }
    while (!days_.empty()) {
      stop_if_interrupted();
      const auto day = days_.extract(days_.begin());
      std::optional<Session> session = read_day(day.key(), day.mapped());
      if (session) return session;
    }
    return std::nullopt;
  }

 private:
  struct Day {
    std::size_t body = 0;                        ///< the first with questions of the day
    std::map<std::string, DebatePlace> debates;  ///< of the API, by id
    filesystem::path parlparse;
    Edition edition;
  };

  filesystem::path folder_;
  std::vector<filesystem::path> bodies_;
  std::size_t found_ = 0;            ///< so many of them were looked through
  std::map<std::string, Day> days_;  ///< by date
  std::set<std::string> elsewhere_;  ///< ids of debates outside the questions that were counted
  PmqPeople people_;

  void sort_in(filesystem::path file) {
    if (file.extension() == ".json") {
      bodies_.push_back(std::move(file));
      return;
    }
    const auto inside = name_inside_compressed(file);
    if (inside && (inside->extension() == ".json" || parse_parlparse_name(*inside))) {
      reject(file_key(file), "a compressed file, which is not read; decompress it");
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

  void find_debates(std::size_t number) {
    const filesystem::path& file = bodies_[number];
    std::string content;
    try {
      content = read_sized_file(folder_ / file);
      const HansardFile body = parse_hansard_body(content);
      skip("text of nobody", body.unattributed);
      skip("half of a character replaced", body.lone_surrogates);
      if (body.body != HansardBody::debate) {
        skip(body.body == HansardBody::section_tree ? "section tree" : "other API body");
      } else if (body.sections.empty()) {
        skip("no Prime Minister's questions");
      }
      for (const auto& [id, spoken] : body.elsewhere) {
        // A debate may be given by itself and within others.
        if (elsewhere_.insert(id).second) {
          skip("speech of the Prime Minister in a debate outside the questions", spoken);
        }
      }
      for (std::size_t i = 0; i < body.sections.size(); ++i) {
        const HansardSection& section = body.sections[i];
        note_prime_ministers(section);
        keep(section,
             {number, i, section.updated, section.section.speeches.size(), section.order, section.place});
      }
    } catch (const RunError& error) {
      reject(file_key(file), error.what(), content);
    }
  }

  void note_prime_ministers(const HansardSection& section) {
    for (const PmqSpeech& speech : section.section.speeches) {
      const Attribution who = parse_attribution(speech.attribution);
      const bool named = who.role == PmqRole::prime_minister && !who.name.empty() && !speech.speaker.empty();
      if (named) people_.prime_ministers.try_emplace(speech.speaker, who.name);
    }
  }

  /// A debate may be given by itself and within others: the latest text of it counts.
  void keep(const HansardSection& section, DebatePlace debate) {
    Day& day = days_[section.date];
    if (day.debates.empty()) day.body = debate.body;
    const auto [found, added] = day.debates.try_emplace(section.id, debate);
    if (added) return;
    skip("debate given twice");
    DebatePlace& known = found->second;
    // Inside another debate it may come without a place of its own in the day, and then has its parent's.
    const auto place = std::max(std::pair(known.order, known.place), std::pair(debate.order, debate.place));
    const bool newer =
        debate.updated != known.updated ? debate.updated > known.updated : debate.speeches > known.speeches;
    if (newer) known = std::move(debate);
    std::tie(known.order, known.place) = place;
  }

  std::optional<Session> read_day(const std::string& date, const Day& day) {
    const bool from_api = !day.debates.empty();
    const filesystem::path& file = from_api ? bodies_[day.body] : day.parlparse;
    if (from_api && !day.parlparse.empty()) skip("day also given by the Hansard API");
    std::string content;
    try {
      std::vector<PmqSection> sections;
      if (from_api) {
        sections = read_debates(date, day);
      } else {
        content = read_sized_file(folder_ / file);
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

  /// The debates of a day in their order. Each is a heading of its own: other business among them ends no
  /// more than itself.
  [[nodiscard]] std::vector<PmqSection> read_debates(const std::string& date, const Day& day) const {
    std::vector<std::pair<const std::string*, const DebatePlace*>> sorted;
    std::map<std::size_t, HansardFile> bodies;
    for (const auto& [id, debate] : day.debates) {
      sorted.emplace_back(&id, &debate);
      bodies.try_emplace(debate.body);
    }
    for (auto& [number, body] : bodies) {
      body = parse_hansard_body(read_sized_file(folder_ / bodies_[number]));
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return std::tie(a.second->order, a.second->place) < std::tie(b.second->order, b.second->place);
    });
    std::vector<PmqSection> sections;
    sections.reserve(sorted.size());
    for (const auto& [id, debate] : sorted) {
      std::vector<HansardSection>& found = bodies.at(debate->body).sections;
      if (debate->section >= found.size() || found[debate->section].id != *id ||
          found[debate->section].date != date) {
        throw RunError(fmt::format("{}: the file changed while it was read; run again",
                                   (folder_ / bodies_[debate->body]).string()));
      }
      sections.push_back(std::move(found[debate->section].section));
      sections.back().heading = sections.size();
    }
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
