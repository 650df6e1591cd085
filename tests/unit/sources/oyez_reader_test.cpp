#include "recon/core/error.hpp"

#include "ingest_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::oyez_hearing;
using support::oyez_turn;
using support::read_all;
using support::speaker;
using support::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class OyezReaderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  [[nodiscard]] std::unique_ptr<SessionReader> reader() const {
    SourceConfig config;
    config.domain = "scotus";
    config.path = folder_.path();
    return make_session_reader(config);
  }
  void add(const std::string& name, const Json& value) const { folder_.add(name, value.dump()); }
  /// The only session of a folder that holds one hearing of these turns.
  [[nodiscard]] Session only(const std::vector<Json>& turns,
                             const std::string& title = "Oral Argument - January 11, 2011") const {
    add("2010.1-1-t01.json", oyez_hearing(title, turns));
    const auto sessions = read_all(*reader());
    if (sessions.size() != 1) throw std::runtime_error("expected one session");
    return sessions.front();
  }
};

const Json ann = speaker("ann", "Ann Ames");
const Json bob = speaker("bob", "Bob Bell");

TEST_F(OyezReaderTest, AHearingBecomesASession) {
  const Session session = only({oyez_turn(ann, {"One.", "Two."}), oyez_turn(bob, {"Three."})});
  EXPECT_EQ(session.session_id.str(), "2010.1-1-t01");
  EXPECT_EQ(session.group.str(), "2010.1-1");
  EXPECT_EQ(session.domain, "scotus");
  EXPECT_EQ(session.date, "2011-01-11");
  EXPECT_EQ(session.title, "Oral Argument - January 11, 2011");
  EXPECT_THAT(session.turns, ElementsAre(Turn{"Ann Ames", "One. Two."}, Turn{"Bob Bell", "Three."}));
}

TEST_F(OyezReaderTest, WhiteSpaceIsCollapsed) {
  const Session session =
      only({oyez_turn(ann, {"  One\n\t two", "", " three\xC2\xA0 "}), oyez_turn(bob, {"x"})});
  EXPECT_EQ(session.turns[0].text, "One two three");
}

TEST_F(OyezReaderTest, ConsecutiveTurnsOfOneSpeakerAreMergedAcrossWhatIsDropped) {
  const Session session =
      only({oyez_turn(ann, {"One."}), oyez_turn(nullptr, {"(Laughter)"}), oyez_turn(ann, {"Two."}),
            oyez_turn(bob, {" "}), oyez_turn(ann, {"Three."}), oyez_turn(bob, {"Four."})});
  EXPECT_THAT(session.turns, ElementsAre(Turn{"Ann Ames", "One. Two. Three."}, Turn{"Bob Bell", "Four."}));
}

TEST_F(OyezReaderTest, DroppedTurnsAreCounted) {
  add("2010.1-t01.json", oyez_hearing("t", {oyez_turn(nullptr, {"x"}), oyez_turn(nullptr, {"y"}),
                                            oyez_turn(ann, {}), oyez_turn(bob, {"z"})}));
  const auto source = reader();
  read_all(*source);
  EXPECT_THAT(source->skips(), ElementsAre(Pair("empty turn", 1), Pair("turn without speaker", 2)));
}

TEST_F(OyezReaderTest, SectionsAreJoined) {
  Json hearing = oyez_hearing("t", {oyez_turn(ann, {"One."})});
  hearing["transcript"]["sections"].push_back(
      {{"turns", {oyez_turn(ann, {"Two."}), oyez_turn(bob, {"Three."})}}});
  add("2010.1-t01.json", hearing);
  const auto sessions = read_all(*reader());
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_THAT(sessions[0].turns, ElementsAre(Turn{"Ann Ames", "One. Two."}, Turn{"Bob Bell", "Three."}));
}

TEST_F(OyezReaderTest, SpeakersOfOneNameStayDistinct) {
  const Json other = speaker("ann_2", "Ann Ames");
  const Session session =
      only({oyez_turn(ann, {"One."}), oyez_turn(other, {"Two."}), oyez_turn(bob, {"Three."})});
  EXPECT_THAT(session.turns, ElementsAre(Turn{"Ann Ames (ann)", "One."}, Turn{"Ann Ames (ann_2)", "Two."},
                                         Turn{"Bob Bell", "Three."}));
}

TEST_F(OyezReaderTest, AnEmptyIdentifierIsReplacedByTheName) {
  const Session session = only({oyez_turn(speaker("", "Unknown Speaker"), {"One."}),
                                oyez_turn(speaker("", "Unknown Speaker"), {"Two."}),
                                oyez_turn(speaker("", "A Voice"), {"Three."})});
  EXPECT_THAT(session.turns, ElementsAre(Turn{"Unknown Speaker", "One. Two."}, Turn{"A Voice", "Three."}));
}

TEST_F(OyezReaderTest, ATurnWithoutIdentifierIsTheOnePersonOfItsName) {
  const Json unidentified = speaker("", "Ann Ames");
  const Session session =
      only({oyez_turn(unidentified, {"One."}), oyez_turn(ann, {"Two."}), oyez_turn(bob, {"Three."}),
            oyez_turn(ann, {"Four."}), oyez_turn(unidentified, {"Five."}), oyez_turn(ann, {"Six."})});
  EXPECT_THAT(session.turns, ElementsAre(Turn{"Ann Ames", "One. Two."}, Turn{"Bob Bell", "Three."},
                                         Turn{"Ann Ames", "Four. Five. Six."}));
}

TEST_F(OyezReaderTest, ATurnWithoutIdentifierIsThePersonUnderAnyOfTheirNames) {
  const Session session =
      only({oyez_turn(speaker("cy", "Cy Cole"), {"One."}), oyez_turn(speaker("cy", "Cyrus Cole"), {"Two."}),
            oyez_turn(bob, {"Three."}), oyez_turn(speaker("", "Cyrus Cole"), {"Four."})});
  EXPECT_THAT(session.turns, ElementsAre(Turn{"Cy Cole", "One. Two."}, Turn{"Bob Bell", "Three."},
                                         Turn{"Cy Cole", "Four."}));
}

TEST_F(OyezReaderTest, ATurnWithoutIdentifierIsNeitherOfTwoPeopleOfItsName) {
  const Session session = only({oyez_turn(ann, {"One."}), oyez_turn(speaker("ann_2", "Ann Ames"), {"Two."}),
                                oyez_turn(speaker("", "Ann Ames"), {"Three."})});
  EXPECT_THAT(session.turns, ElementsAre(Turn{"Ann Ames (ann)", "One."}, Turn{"Ann Ames (ann_2)", "Two."},
                                         Turn{"Ann Ames", "Three."}));
}

TEST_F(OyezReaderTest, OneIdentifierKeepsItsFirstName) {
  const Session session = only({oyez_turn(speaker("cy", "Cy Cole"), {"One."}), oyez_turn(bob, {"Two."}),
                                oyez_turn(speaker("cy", "Cyrus Cole"), {"Three."})});
  EXPECT_EQ(session.turns[2].author, "Cy Cole");
}

TEST_F(OyezReaderTest, RolesMayHaveAnyForm) {
  const Json justice = {{"type", "scotus_justice"}};
  const Session session =
      only({oyez_turn(speaker("a", "A", nullptr), {"1"}), oyez_turn(speaker("b", "B", Json::array()), {"2"}),
            oyez_turn(speaker("c", "C", Json::array({justice})), {"3"}),
            oyez_turn(speaker("d", "D", Json{{"2", justice}}), {"4"})});
  EXPECT_EQ(session.turns.size(), 4U);
}

TEST_F(OyezReaderTest, TheDateIsFoundInEveryKindOfTitle) {
  const std::vector<std::pair<std::string, std::string>> titles = {
      {"Oral Argument - January 11, 2011 (Part 1)", "2011-01-11"},
      {"Oral Reargument - October 3, 1972", "1972-10-03"},
      {"Oral Argument, Part 1: Marchand v. Mayor - May 9, 2012", "2012-05-09"},
      {"Oral Argument - February 29, 2012", "2012-02-29"},
      {"Oral Argument - February 29, 2011", ""},
      {"Oral Argument - March 131, 2011", ""},
      {"Oral Argument - March 2011", ""},
      {"Oral reargument unavailable", ""},
      {"", ""}};
  for (const auto& [title, date] : titles) {
    EXPECT_EQ(only({oyez_turn(ann, {"x"})}, title).date, date) << title;
  }
}

TEST_F(OyezReaderTest, WhatIsNoHearingIsACountedSkip) {
  add("2010.1.json", Json{{"name", "A case"}});
  add("2010.2-t01.json", Json{{"title", "Oral Argument"}, {"transcript", nullptr}});
  add("2010.3-t01.json", oyez_hearing("t", {}));
  add("2010.4-t01.json", oyez_hearing("t", {oyez_turn(ann, {"x"})}));
  folder_.add("README.md", "notes");
  const auto source = reader();
  EXPECT_EQ(read_all(*source).size(), 1U);
  EXPECT_THAT(source->rejects(), IsEmpty());
  EXPECT_THAT(source->skips(), ElementsAre(Pair("case file", 1), Pair("no transcript", 1),
                                           Pair("no turns", 1), Pair("other file", 1)));
}

TEST_F(OyezReaderTest, BadHearingsAreRejectedAndTheRestGoesOn) {
  Json bad_turn = oyez_hearing("t", {oyez_turn(ann, {"x"})});
  bad_turn["transcript"]["sections"][0]["turns"].push_back(17);
  Json bad_speaker = oyez_hearing("t", {oyez_turn("Ann", {"x"})});
  Json bad_text = oyez_hearing("t", {oyez_turn(ann, {"x"})});
  bad_text["transcript"]["sections"][0]["turns"][0]["text_blocks"][0]["text"] = 5;
  folder_.add("2010.0-t01.json", "{\"title\": ");
  folder_.add("2010.1-t01.json", "");
  folder_.add("2010.2-t01.json", "{\"title\": \"\xff\xfe\", \"transcript\": null}");
  add("2010.3-t01.json", Json::array());
  add("2010.4-t01.json", Json{{"title", "no transcript field"}});
  add("2010.5-t01.json", bad_turn);
  add("2010.6-t01.json", bad_speaker);
  add("2010.7-t01.json", bad_text);
  folder_.add("2010.8-t01.json", R"({"title": "\ud800", "transcript": null})");
  add("2010.9-t01.json", oyez_hearing("t", {oyez_turn(ann, {"x"})}));
  const auto source = reader();
  EXPECT_EQ(read_all(*source).size(), 1U);
  ASSERT_EQ(source->rejects().size(), 9U);
  const std::vector<std::string> errors = {"no valid JSON at byte 11",
                                           "empty",
                                           "UTF-8",
                                           "object",
                                           "'transcript' is missing",
                                           "turns[1]",
                                           ".speaker should be",
                                           "text_blocks[0].text",
                                           "no valid JSON at byte 18"};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const Reject& reject = source->rejects()[i];
    EXPECT_EQ(reject.stage, "ingest");
    EXPECT_EQ(reject.subject.text(), "2010." + std::to_string(i) + "-t01.json");
    EXPECT_THAT(reject.causes.at(0).message, HasSubstr(errors[i]));
    EXPECT_NO_THROW(static_cast<void>(reject.to_json().dump()));
  }
}

TEST_F(OyezReaderTest, AHugeFileIsRejectedUnread) {
  std::filesystem::resize_file(folder_.add("2010.1-t01.json", "{"), (std::uintmax_t{16} << 20U) + 1);
  add("2010.2-t01.json", oyez_hearing("t", {oyez_turn(ann, {"x"})}));
  const auto source = reader();
  EXPECT_EQ(read_all(*source).size(), 1U);
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_EQ(source->rejects()[0].subject.text(), "2010.1-t01.json");
  EXPECT_THAT(source->rejects()[0].causes.at(0).message,
              HasSubstr("larger than 16 MiB (a file of 16777217 bytes)"));
}

TEST_F(OyezReaderTest, RejectsAreCountedAndNoMoreThanSomeKept) {
  constexpr std::size_t most = 10'000, count = most + 2;
  for (std::size_t i = 0; i < count; ++i) folder_.add("2010." + std::to_string(i) + "-t01.json", "[");
  const auto source = reader();
  EXPECT_THAT(read_all(*source), IsEmpty());
  ASSERT_EQ(source->rejects().size(), most + 1);
  EXPECT_THAT(source->rejects()[most - 1].causes.at(0).message, HasSubstr("JSON"));
  EXPECT_THAT(source->rejects()[most].causes.at(0).message, HasSubstr("10002 were rejected"));
}

TEST_F(OyezReaderTest, ReadsSubfoldersInOrderOfNames) {
  add("oyez/cases/2011.2-t01.json", oyez_hearing("t", {oyez_turn(ann, {"x"})}));
  add("oyez/cases/2010.10-t02.json", oyez_hearing("t", {oyez_turn(ann, {"x"})}));
  add("oyez/cases/2010.10-t01.json", oyez_hearing("t", {oyez_turn(ann, {"x"})}));
  const auto sessions = read_all(*reader());
  ASSERT_EQ(sessions.size(), 3U);
  EXPECT_EQ(sessions[0].session_id.str(), "2010.10-t01");
  EXPECT_EQ(sessions[1].session_id.str(), "2010.10-t02");
  EXPECT_EQ(sessions[2].session_id.str(), "2011.2-t01");
}

TEST_F(OyezReaderTest, ASecondFileOfOneNameIsRejected) {
  add("a/2010.1-t01.json", oyez_hearing("t", {oyez_turn(ann, {"first"})}));
  add("b/2010.1-t01.json", oyez_hearing("t", {oyez_turn(ann, {"second"})}));
  const auto source = reader();
  const auto sessions = read_all(*source);
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].turns[0].text, "first");
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_EQ(source->rejects()[0].subject.text(), "b/2010.1-t01.json");
}

TEST_F(OyezReaderTest, LinksOutOfTheFolderAreNotFollowed) {
  const TemporaryFolder outside;
  outside.add("2010.9-t01.json", oyez_hearing("t", {oyez_turn(ann, {"secret"})}).dump());
  add("2010.1-t01.json", oyez_hearing("t", {oyez_turn(ann, {"x"})}));
  std::filesystem::create_symlink(outside.path() / "2010.9-t01.json", folder_.path() / "2010.2-t01.json");
  std::filesystem::create_directory_symlink(outside.path(), folder_.path() / "more");
  std::filesystem::create_symlink("nowhere.json", folder_.path() / "2010.3-t01.json");
  std::filesystem::create_directory_symlink(folder_.path(), folder_.path() / "loop");
  std::filesystem::create_symlink("2010.1-t01.json", folder_.path() / "2010.4-t01.json");
  const auto source = reader();
  const auto sessions = read_all(*source);
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[1].session_id.str(), "2010.4-t01");
  std::vector<std::string> rejected;
  for (const Reject& reject : source->rejects())
    rejected.push_back(reject.subject.text() + ": " + reject.causes.at(0).message);
  EXPECT_THAT(rejected, ElementsAre("2010.2-t01.json: symbolic link out of the folder; it is not followed",
                                    "2010.3-t01.json: broken symbolic link; it is not followed",
                                    "loop: symbolic link to a folder; it is not followed",
                                    "more: symbolic link out of the folder; it is not followed"));
}

TEST_F(OyezReaderTest, AFolderWithoutHearingsIsAnError) {
  folder_.add("2010.1.json", "{}");
  EXPECT_THROW(reader(), RunError);
}

TEST_F(OyezReaderTest, AMissingFolderOrAFileIsAnErrorThatNamesIt) {
  for (const auto& path : {folder_.path() / "absent", folder_.add("file.json", "{}")}) {
    SourceConfig config;
    config.domain = "scotus";
    config.path = path;
    try {
      static_cast<void>(make_session_reader(config));
      FAIL() << "accepted " << path;
    } catch (const RunError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
    }
  }
}

TEST(MakeSessionReader, AnUnknownDomainIsAUsageError) {
  SourceConfig config;
  config.domain = "radio";
  EXPECT_THROW(static_cast<void>(make_session_reader(config)), UsageError);
}

}  // namespace
}  // namespace recon
