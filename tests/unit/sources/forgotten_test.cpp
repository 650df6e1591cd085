#include "recon/ingest/forgotten.hpp"

#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/ingest/pseudonyms.hpp"

#include "ingest_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::TemporaryFolder;

Session talk() {
  return {
      SessionId("p1-c9"),
      GroupId("p1"),
      "reddit",
      "",
      "Ann99 asks",
      {{"Ann99", "Hello", "t3_p1"}, {"Bob_7", "Ann99 is right, u/ann99", "t1_c8"}, {"Cy", "Yes", "t1_c9"}}};
}

TEST(Forgotten, AnAuthorsTurnsAndNameGo) {
  Forgotten list;
  list.add_author("Ann99");
  Session session = talk();
  EXPECT_EQ(list.remove_from(session), 1U);
  ASSERT_EQ(session.turns.size(), 2U);
  EXPECT_EQ(session.turns[0].text, "[forgotten] is right, u/[forgotten]");
  EXPECT_EQ(session.title, "[forgotten] asks");
  EXPECT_EQ(session.turns[1].text, "Yes");
}

TEST(Forgotten, ANameGoesAlsoWhereItsAuthorDoesNotSpeak) {
  Forgotten list;
  list.add_author("Dora_8");
  Session session = talk();
  session.turns[2].text = "as Dora_8’s sister says";
  EXPECT_EQ(list.remove_from(session), 0U);
  EXPECT_EQ(session.turns[2].text, "as [forgotten]’s sister says");
}

TEST(Forgotten, AnAuthorMayBeGivenByPseudonym) {
  Forgotten list;
  list.add_author(pseudonym_of("Ann99"));
  Session session = talk();
  EXPECT_EQ(list.remove_from(session), 1U);
}

TEST(Forgotten, AnItemIsATurnASessionOrAGroup) {
  for (const auto& [id, left] : std::vector<std::pair<std::string, std::size_t>>{
           {"t1_c8", 2}, {"p1-c9", 0}, {"p1", 0}, {"t1_c7", 3}}) {
    Forgotten list;
    list.add_item(id);
    Session session = talk();
    EXPECT_EQ(list.remove_from(session), 3 - left) << id;
    EXPECT_EQ(session.turns.size(), left) << id;
  }
}

TEST(Forgotten, TheListIsKeptWithoutNames) {
  const TemporaryFolder folder;
  const auto file = forgotten_file(folder.path());
  EXPECT_TRUE(Forgotten::read(file).empty());
  Forgotten list;
  list.add_author("Ann99");
  list.add_item("t1_c8");
  list.write(file);
  const std::string text = read_file(file);
  EXPECT_EQ(text.find("Ann99"), std::string::npos);
  EXPECT_EQ(text.find("t1_c8"), std::string::npos);
  const Forgotten again = Forgotten::read(file);
  EXPECT_TRUE(again.has_author("ann99"));
  EXPECT_TRUE(again.has_item("t1_c8"));
  EXPECT_FALSE(again.has_author("Bob_7"));
  EXPECT_EQ(again.entries(), list.entries());
  EXPECT_TRUE(again.pending().empty());
  list.set_pending({"s1"});
  list.write(file);
  EXPECT_EQ(Forgotten::read(file).pending(), std::set<std::string>{"s1"});
}

TEST(Forgotten, ADamagedListIsAnErrorNotAnEmptyOne) {
  const TemporaryFolder folder;
  for (const char* content :
       {"", "[]", "{", "{\"authors\": []}", "{\"authors\": [1], \"items\": [], \"pending\": []}"}) {
    const auto file = folder.add("forgotten.json", content);
    EXPECT_THROW(static_cast<void>(Forgotten::read(file)), RunError) << content;
  }
}

}  // namespace
}  // namespace recon
