#pragma once

#include "recon/core/json.hpp"
#include "recon/sources/source_kinds.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest_fixtures.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace recon::support {

/// A spoken item of a Hansard API debate. `member` 0 gives none.
inline Json api_item(int member, Json attributed_to, const std::string& value,
                     const std::string& tag = "hs_Para") {
  return Json{{"ItemType", "Contribution"},
              {"ItemId", 1},
              {"MemberId", member == 0 ? Json(nullptr) : Json(member)},
              {"AttributedTo", std::move(attributed_to)},
              {"Value", value},
              {"OrderInSection", nullptr},
              {"Timecode", nullptr},
              {"ExternalId", nullptr},
              {"HRSTag", tag},
              {"HansardSection", "AA-AD"},
              {"UIN", nullptr},
              {"IsReiteration", false}};
}

/// A debate below the Prime Minister's heading.
inline Json api_debate(const std::string& id, int order, std::vector<Json> items,
                       const std::string& date = "2041-03-06") {
  for (std::size_t i = 0; i < items.size(); ++i) items[i]["OrderInSection"] = i + 1;
  const auto node = [](int number, const char* title, Json parent, int sort) {
    return Json{{"Id", number}, {"Title", title}, {"ParentId", std::move(parent)}, {"SortOrder", sort}};
  };
  Json debate;
  debate["Overview"] = {{"Id", 100 + order},
                        {"ExtId", id},
                        {"Title", "Engagements"},
                        {"HRSTag", "hs_8Question"},
                        {"Date", date + "T00:00:00"},
                        {"House", "Commons"},
                        {"ContentLastUpdated", date + "T20:00:00"}};
  debate["Navigator"] = {node(1, "Commons Chamber", nullptr, 1),
                         node(2, " Oral Answers  to Questions ", 1, 2), node(3, " PRIME Minister", 2, 3),
                         node(100 + order, "Engagements", 3, order)};
  debate["Items"] = items;
  debate["ChildDebates"] = Json::array();
  return debate;
}

/// The body of one question and its answer.
inline std::vector<Json> api_exchange(const std::string& question, const std::string& answer) {
  return {api_item(11, "Ruth Calder (Marlow Cross) (Ind)", question),
          api_item(9, "The Prime Minister (Dr. Ivo Lamb)", answer)};
}

/// A speech of a ParlParse day, with attributes as given and one paragraph.
inline std::string xml_speech(std::string_view name, std::string_view text,
                              std::string_view attributes = "") {
  return fmt::format(
      "<speech id=\"uk.org.publicwhip/debate/2041-03-06a.1.2\" speakername=\"{}\" {}><p>{}</p></speech>\n",
      name, attributes, text);
}

inline std::string xml_heading(std::string_view kind, std::string_view title) {
  return fmt::format(
      "<{0}-heading id=\"uk.org.publicwhip/debate/2041-03-06a.1.1\" "
      "nospeaker=\"true\">\n{1}\n</{0}-heading>\n",
      kind, title);
}

/// A ParlParse day with `speeches` below the Prime Minister's heading, and other business around it.
inline std::string xml_day(std::string_view speeches, std::string_view declaration = "") {
  return fmt::format("{}<publicwhip latest=\"yes\">\n{}{}{}{}{}{}{}</publicwhip>\n", declaration,
                     xml_heading("oral", "Oral\nAnswers to Questions"), xml_heading("major", "TRANSPORT"),
                     xml_speech("Ada Finch", "Trains?"), xml_heading("major", " PRIME\n MINISTER "), speeches,
                     xml_heading("major", "POINTS OF ORDER"),
                     xml_speech("Ada Finch", "On a point of order."));
}

inline const char* const office =
    "speakeroffice=\"The Prime Minister\" person_id=\"uk.org.publicwhip/person/9\"";

/// What a reader of this source gave.
struct PmqRead {
  std::vector<Session> sessions;
  std::vector<Reject> rejects;
  std::map<std::string, std::size_t> skips;
};

inline PmqRead read_pmq(const std::filesystem::path& folder, const std::vector<UserConfig>& users = {}) {
  SourceConfig config;
  config.domain = "pmq";
  config.path = folder;
  const auto reader = make_session_reader(config, users);
  PmqRead result;
  result.sessions = read_all(*reader);
  result.rejects = reader->rejects();
  result.skips = reader->skips();
  return result;
}

/// "Author: text" of every turn.
inline std::vector<std::string> said(const Session& session) {
  std::vector<std::string> lines;
  for (const Turn& turn : session.turns) lines.push_back(turn.author + ": " + turn.text);
  return lines;
}

/// A folder to put sources into, and what is read from it.
class PmqFolder : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  const std::string day = "debates2041-03-06a.xml";

  PmqRead read(const std::vector<UserConfig>& users = {}) { return read_pmq(folder.path(), users); }
  /// The turns of a day whose questions hold these speeches.
  std::vector<std::string> said_in(const std::string& speeches) {
    folder.add(day, xml_day(speeches));
    const PmqRead result = read();
    EXPECT_EQ(result.rejects.size(), 0U);
    return result.sessions.empty() ? std::vector<std::string>() : said(result.sessions.front());
  }
  std::string only_reject(const std::string& name, std::string_view content) {
    folder.add(name, content);
    folder.add("good.json", api_debate("G", 4, api_exchange("Why?", "Because."), "2041-01-01").dump());
    const PmqRead result = read();
    EXPECT_EQ(result.sessions.size(), 1U) << "the other file is read";
    EXPECT_EQ(result.rejects.size(), 1U);
    if (result.rejects.size() != 1) return {};
    EXPECT_EQ(result.rejects.front().subject.text(), name);
    return result.rejects.front().causes.at(0).message;
  }
};

}  // namespace recon::support
