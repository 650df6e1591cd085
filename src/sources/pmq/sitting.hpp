#pragma once

#include "recon/records/records.hpp"
#include "recon/sources/ingest_config.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// One speech as a source of either format gives it.
struct PmqSpeech {
  std::string speaker;        ///< the source's id of the person; empty where it gives none
  std::string attribution;    ///< as printed: a name, an office, or both
  std::string office;         ///< where the source states it apart from the name
  std::string text;           ///< paragraphs apart by an empty line
  bool question = false;      ///< a numbered question of the order paper
  std::optional<int> column;  ///< of Hansard, in which the speech begins
};

/// The speeches below one topic of the questions ("Engagements").
struct PmqSection {
  std::string title;
  std::size_t heading = 0;  ///< sections that other business among them ends share the number
  bool statement = false;   ///< marked as other business by the source
  /// Below a later heading of the day, in a source whose headings may stand where words were spoken: other
  /// business, unless its speeches show that they go on with the questions.
  bool later = false;
  std::vector<PmqSpeech> speeches;
};

/// What the rest of the source and the config know about people.
struct PmqPeople {
  std::map<std::string, std::string> prime_ministers;  ///< speaker id -> name
  std::vector<UserConfig> users;                       ///< the tenures of those who are modelled: asked last
};

/// What became of a sitting.
struct PmqOutcome {
  std::optional<Session> session;
  std::string skipped;                         ///< why there is no session
  std::map<std::string, std::size_t> dropped;  ///< reason -> number of speeches or sections left out
};

/// Makes the questions of one day (ISO date) one session: other business that follows under the same heading
/// cut off, the chair's words dropped, texts cleaned, people named in one way. Throws RunError where nothing
/// says who was Prime Minister.
[[nodiscard]] PmqOutcome make_pmq_session(const std::string& date, std::vector<PmqSection> sections,
                                          const PmqPeople& people);

}  // namespace recon
