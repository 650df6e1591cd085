#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "pmq_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::api_debate;
using support::api_exchange;
using support::office;
using support::PmqRead;
using support::read_pmq;
using support::xml_day;
using support::xml_speech;
using ::testing::HasSubstr;

class PmqRejects : public support::PmqFolder {};

TEST_F(PmqRejects, BrokenBodiesAreRejects) {
  EXPECT_THAT(only_reject("a.json", ""), HasSubstr("the file is empty"));
  EXPECT_THAT(only_reject("a.json", "{\"Overview\": {"), HasSubstr("no valid JSON"));
  EXPECT_THAT(only_reject("a.json", "\xFF{"), HasSubstr("no valid UTF-8 at byte 0"));
  EXPECT_THAT(only_reject("a.json", R"([{"speeches": []}])"), HasSubstr("no body of the Hansard API"));
  EXPECT_THAT(only_reject("a.json", std::string(20000, '[')), HasSubstr("no valid JSON"));
  EXPECT_THAT(only_reject("a.json", std::string(20000, '[') + std::string(20000, ']')), HasSubstr("no body"));
}

TEST_F(PmqRejects, WrongTypesAreRejects) {
  const auto broken = [&](const std::string& pointer, const Json& value) {
    Json debate = api_debate("A", 4, api_exchange("Why?", "Because."));
    debate[Json::json_pointer(pointer)] = value;
    return only_reject("a.json", debate.dump());
  };
  EXPECT_THAT(broken("/Overview", 3), HasSubstr("the file.Overview should be an object, found number"));
  EXPECT_THAT(broken("/Overview/Date", "6 March"),
              HasSubstr("should begin like 2016-05-11, found '6 March'"));
  EXPECT_THAT(broken("/Overview/Date", "2041-02-30T00:00:00"), HasSubstr("should begin like"));
  EXPECT_THAT(broken("/Items", "none"), HasSubstr("the file.Items should be a list or null, found string"));
  EXPECT_THAT(broken("/Items/1", 3), HasSubstr("the file.Items[1] should be an object"));
  EXPECT_THAT(broken("/Items/1/Value", Json::array()), HasSubstr("the file.Items[1].Value should be a text"));
  EXPECT_THAT(broken("/Items/0/MemberId", "x"),
              HasSubstr("the file.Items[0].MemberId should be a whole number"));
  EXPECT_THAT(broken("/Navigator/0", nullptr), HasSubstr("the file.Navigator[0] should be an object"));
  Json deep = api_debate("A", 4, {});
  for (int i = 0; i < 20; ++i) {
    Json outer = api_debate("A", 4, {});
    outer["ChildDebates"] = Json::array({deep});
    deep = outer;
  }
  EXPECT_THAT(only_reject("a.json", deep.dump()), HasSubstr("lies too deep"));
}

TEST_F(PmqRejects, BrokenDaysAreRejects) {
  const std::string good =
      xml_day(xml_speech("Ada Finch", "Why?") + xml_speech("Ivo Lamb", "Because.", office));
  EXPECT_THAT(only_reject(day, ""), HasSubstr("the file is empty"));
  EXPECT_THAT(only_reject(day, "<html></html>"), HasSubstr("expected 'publicwhip'"));
  EXPECT_THAT(only_reject(day, std::string_view(good).substr(0, good.size() - 20)),
              HasSubstr("no valid XML at line"));
  EXPECT_THAT(only_reject(day, xml_day(xml_speech("Ada Finch", "a &mdash; b"))),
              HasSubstr("no valid XML at line"));
  EXPECT_THAT(only_reject(day, xml_day(xml_speech("Ada Finch", "\xFF"))), HasSubstr("no valid XML at line"));
  std::string moved = good;
  moved.replace(moved.find("2041-03-06"), 10, "2041-03-07");
  EXPECT_THAT(only_reject(day, moved), HasSubstr("the file's name says 2041-03-06, its ids say 2041-03-07"));
  std::string deep = "<publicwhip>";
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  EXPECT_THAT(only_reject(day, deep), HasSubstr("more than 64 deep"));
}

TEST_F(PmqRejects, EntitiesThatGrowAreRefused) {
  const auto with = [&](const std::string& declarations) {
    return only_reject(
        day, xml_day(xml_speech("Ada Finch", "&b;"), "<!DOCTYPE publicwhip " + declarations + ">\n"));
  };
  EXPECT_THAT(with("[<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;\">]"),
              HasSubstr("the entity 'b' is no single character"));
  EXPECT_THAT(with("[<!ENTITY b \"" + std::string(1000, 'a') + "\">]"),
              HasSubstr("the entity 'b' is no single character"));
  folder.add("secret.txt", "secret");
  EXPECT_THAT(with("[<!ENTITY b SYSTEM \"secret.txt\">]"),
              HasSubstr("the entity 'b' is no single character"));
  EXPECT_THAT(with("SYSTEM \"other.dtd\""), HasSubstr("the entity 'b' is not declared in the file"));
}

TEST_F(PmqRejects, ASecondFileOfTheSameEditionIsAReject) {
  folder.add("a/" + day,
             xml_day(xml_speech("Ada Finch", "Why?") + xml_speech("Ivo Lamb", "Because.", office)));
  folder.add("b/" + day, "");
  const PmqRead result = read();
  EXPECT_EQ(result.sessions.size(), 1U);
  ASSERT_EQ(result.rejects.size(), 1U);
  EXPECT_THAT(result.rejects[0].causes.at(0).message, HasSubstr("a second file named"));
}

TEST_F(PmqRejects, FilesOfMoreThanSixtyFourMebibytesAreRejects) {
  for (const std::string& name : {std::string("a.json"), day}) {
    const auto file = folder.add(name, "{");
    std::filesystem::resize_file(file, (std::uintmax_t{64} << 20U) + 1);
    folder.add("good.json", api_debate("G", 4, api_exchange("Why?", "Because."), "2041-01-01").dump());
    const PmqRead result = read();
    EXPECT_EQ(result.sessions.size(), 1U);
    ASSERT_EQ(result.rejects.size(), 1U);
    EXPECT_EQ(result.rejects[0].subject.text(), name);
    EXPECT_THAT(result.rejects[0].causes.at(0).message, HasSubstr("larger than 64 MiB"));
    std::filesystem::remove(file);
  }
}

// The texts are read again when a day is made: none of them waits in memory.
TEST_F(PmqRejects, ABodyThatChangesWhileTheSourceIsReadIsAReject) {
  const auto body = [](const char* id, const char* date) {
    return api_debate(id, 4, api_exchange("Why?", "Because."), date).dump();
  };
  folder.add("a.json", body("A", "2041-01-01"));
  folder.add("b.json", body("B", "2041-01-02"));
  folder.add("c.json", body("C", "2041-01-03"));
  SourceConfig config;
  config.domain = "pmq";
  config.path = folder.path();
  const auto reader = make_session_reader(config, {});
  EXPECT_TRUE(reader->next().has_value());
  folder.add("b.json", body("other", "2041-01-02"));
  std::filesystem::remove(folder.path() / "c.json");
  EXPECT_FALSE(reader->next().has_value());
  ASSERT_EQ(reader->rejects().size(), 2U);
  EXPECT_EQ(reader->rejects()[0].subject.text(), "b.json");
  EXPECT_THAT(reader->rejects()[0].causes.at(0).message,
              HasSubstr("b.json: the file changed while it was read"));
  EXPECT_EQ(reader->rejects()[1].subject.text(), "c.json");
}

TEST_F(PmqRejects, AnInterruptEndsTheReadingBetweenFiles) {
  folder.add("a.json", api_debate("A", 4, api_exchange("Why?", "Because.")).dump());
  const auto interrupted = [&] {
    install_interrupt_handlers();
    std::raise(SIGINT);
    try {
      read();
    } catch (const Interrupted&) {
      std::_Exit(130);
    }
    std::_Exit(1);
  };
  EXPECT_EXIT(interrupted(), ::testing::ExitedWithCode(130), "");
}

TEST_F(PmqRejects, AFolderWithNothingToReadIsAnError) {
  folder.add("notes.txt", "");
  EXPECT_THROW((void)read(), RunError);
  EXPECT_THROW((void)read_pmq(folder.path() / "missing"), RunError);
}

}  // namespace
}  // namespace recon
