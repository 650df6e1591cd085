#include "recon/sources/ingest.hpp"

#include "recon/core/error.hpp"
#include "recon/ingest/pseudonyms.hpp"

#include <algorithm>
#include <optional>

#include "ingest_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::Ingested;
using support::MemoryReader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Session session(const std::string& id, const std::vector<Turn>& turns, const std::string& date = "2010-05-05",
                const std::string& domain = "scotus") {
  return {SessionId(id), GroupId(id), domain, date, "title", turns};
}

IngestSettings settings_of(const std::string& name) {
  IngestSettings settings;
  settings.source.domain = "sessions";
  settings.source.path = "here.jsonl";
  UserConfig user;
  user.id = UserId("ann");
  user.name = name;
  settings.users = {user};
  settings.split.train_targets = 1000;
  settings.split.train_1_targets = 1000;
  settings.split.test_targets = 1;
  return settings;
}

Ingested run(const std::vector<Session>& sessions, const IngestSettings& settings) {
  MemoryReader reader(sessions);
  return support::ingest_all(reader, settings);
}

std::vector<std::string> ids(const Ingested& result) {
  std::vector<std::string> found;
  for (const Pair& pair : result.pairs) found.push_back(pair.pair_id.str());
  return found;
}

/// Ann speaks at 1 and 3, Bob at 0 and 2.
std::vector<Turn> talk(const std::string& mark) {
  return {{"Bob", "b0 " + mark}, {"Ann", "a1 " + mark}, {"Bob", "b2 " + mark}, {"Ann", "a3 " + mark}};
}

TEST(Ingest, MakesAPairOfEachTargetAndWhatCameBeforeIt) {
  const auto result = run({session("s", talk("x"))}, settings_of("Ann"));
  ASSERT_THAT(ids(result), ElementsAre("ann/s/1", "ann/s/3"));
  const Pair& pair = result.pairs[1];
  EXPECT_EQ(pair.user.str(), "ann");
  EXPECT_EQ(pair.author, "Ann");
  EXPECT_EQ(pair.domain, "scotus");
  EXPECT_EQ(pair.session_id.str(), "s");
  EXPECT_EQ(pair.group.str(), "s");
  EXPECT_EQ(pair.turn, 3U);
  EXPECT_EQ(pair.action, "a3 x");
  EXPECT_THAT(pair.context, ElementsAre(Turn{"Bob", "b0 x"}, Turn{"Ann", "a1 x"}, Turn{"Bob", "b2 x"}));
}

TEST(Ingest, AFilteredTurnNeverBecomesATargetButStaysInContext) {
  const auto result = run({session("s", {{"Bob", "b0"},
                                         {"Ann", "But --"},
                                         {"Bob", "b2"},
                                         {"Ann", "(Inaudible)."},
                                         {"Bob", "b4"},
                                         {"Ann", "a5"}})},
                          settings_of("Ann"));
  ASSERT_THAT(ids(result), ElementsAre("ann/s/5"));
  EXPECT_THAT(result.pairs[0].context,
              ElementsAre(Turn{"Bob", "b0"}, Turn{"Ann", "But --"}, Turn{"Bob", "b2"},
                          Turn{"Ann", "(Inaudible)."}, Turn{"Bob", "b4"}));
  EXPECT_EQ(result.counts["users"]["ann"]["targets_excluded"], 2);
}

TEST(Ingest, TheFilterIsThatOfTheSessionsDomain) {
  const std::vector<Turn> turns = {{"Bob", "b"}, {"Ann", "well --"}};
  const auto result =
      run({session("chat", turns, "2010-01-01", "reddit"), session("court", turns),
           session("show", turns, "2010-01-01", "podcast"), session("house", turns, "2010-01-01", "pmq")},
          settings_of("Ann"));
  EXPECT_THAT(ids(result), ElementsAre("ann/chat/1"));
}

TEST(Ingest, AConfiguredFilterReplacesTheDefault) {
  IngestSettings settings = settings_of("Ann");
  settings.source.excluded_targets = {"a1"};
  const auto result =
      run({session("s", {{"Bob", "b"}, {"Ann", "a1"}, {"Bob", "b"}, {"Ann", "a3 --"}})}, settings);
  EXPECT_THAT(ids(result), ElementsAre("ann/s/3"));
}

TEST(Ingest, ATurnWithoutContextOrWordsIsNoTarget) {
  const auto result =
      run({session("s", {{"Ann", "a0"}, {"Bob", "b1"}, {"Ann", " "}, {"Bob", "b3"}, {"Ann", "a4"}})},
          settings_of("Ann"));
  EXPECT_THAT(ids(result), ElementsAre("ann/s/4"));
  const Json& counts = result.counts["users"]["ann"];
  EXPECT_EQ(counts["targets_all"], 3);
  EXPECT_EQ(counts["targets_without_context"], 1);
  EXPECT_EQ(counts["targets_excluded"], 1);
  EXPECT_EQ(counts["targets_valid"], 1);
}

TEST(Ingest, OnlySessionsInTheDateRangeCount) {
  IngestSettings settings = settings_of("Ann");
  settings.users[0].from = "2010-01-01";
  settings.users[0].to = "2011-01-01";
  const auto result = run({session("a", talk("a"), "2009-12-31"), session("b", talk("b"), "2010-01-01"),
                           session("c", talk("c"), "2010-12-31"), session("d", talk("d"), "2011-01-01"),
                           session("e", talk("e"), "")},
                          settings);
  EXPECT_THAT(ids(result), ElementsAre("ann/b/1", "ann/b/3", "ann/c/1", "ann/c/3"));
  EXPECT_EQ(result.counts["sessions_without_date"], 1);
  EXPECT_EQ(result.counts["users"]["ann"]["sessions_without_date"], 1);
  EXPECT_EQ(result.counts["users"]["ann"]["sessions"], 2);
  EXPECT_EQ(result.sessions.size(), 5U);
}

TEST(Ingest, WithoutARangeUndatedSessionsCount) {
  EXPECT_EQ(run({session("e", talk("x"), "")}, settings_of("Ann")).pairs.size(), 2U);
}

TEST(Ingest, PairsComeByUserThenSessionThenTurnWhateverTheOrderOfInput) {
  IngestSettings settings = settings_of("Bob");
  settings.users[0].id = UserId("bob");
  UserConfig ann;
  ann.id = UserId("ann");
  ann.name = "Ann";
  settings.users.push_back(ann);
  std::vector<Session> sessions;
  for (const char* id : {"c", "a", "d", "b"}) sessions.push_back(session(id, talk(id)));
  const auto result = run(sessions, settings);
  EXPECT_EQ(ids(result).front(), "bob/a/2");
  std::vector<std::string> order;
  for (const Session& one : result.sessions) order.push_back(one.session_id.str());
  EXPECT_THAT(order, ElementsAre("a", "b", "c", "d"));
  const auto before = ids(result);
  std::reverse(sessions.begin(), sessions.end());
  EXPECT_EQ(ids(run(sessions, settings)), before);
}

TEST(Ingest, NoTestSessionIsInTraining) {
  IngestSettings settings = settings_of("Ann");
  settings.split.train_targets = 8;
  settings.split.train_1_targets = 6;
  settings.split.test_targets = 3;
  std::vector<Session> sessions;
  for (int i = 0; i < 10; ++i) sessions.push_back(session("s" + std::to_string(i), talk(std::to_string(i))));
  const auto result = run(sessions, settings);
  std::map<std::string, Split> split_of;
  std::map<Split, std::size_t> count;
  for (const Pair& pair : result.pairs) {
    EXPECT_EQ(split_of.try_emplace(pair.session_id.str(), pair.split).first->second, pair.split);
    ++count[pair.split];
  }
  EXPECT_EQ(count[Split::train_1], 6U);
  EXPECT_EQ(count[Split::train_0], 2U);
  EXPECT_EQ(count[Split::test], 3U);
  EXPECT_EQ(result.counts["users"]["ann"]["pairs"]["test"], 3);
  EXPECT_EQ(result.counts["users"]["ann"]["shrunk"], false);
}

TEST(Ingest, ContextsAreCutToTheBudgetAndTheCutsCounted) {
  IngestSettings settings = settings_of("Ann");
  settings.context_tokens = 8;
  const auto result = run({session("s", talk("x"))}, settings);
  ASSERT_EQ(result.pairs.size(), 2U);
  EXPECT_THAT(result.pairs[0].context, ElementsAre(Turn{"Bob", "b0 x"}));
  EXPECT_THAT(result.pairs[1].context, ElementsAre(Turn{"Bob", "b2 x"}));
  EXPECT_EQ(result.counts["contexts_cut"], 1);
}

TEST(Ingest, ABudgetThatLeavesNoContextIsAUsageError) {
  IngestSettings settings = settings_of("Ann");
  settings.context_tokens = 1;
  EXPECT_THROW(run({session("s", talk("x"))}, settings), UsageError);
}

TEST(Ingest, AShortageIsSaidAndTheRestGoesOn) {
  ::testing::internal::CaptureStderr();
  const auto result = run({session("s", talk("x"))}, settings_of("Ann"));
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("'ann'"));
  EXPECT_THAT(said, HasSubstr("2 valid targets"));
  EXPECT_EQ(result.counts["users"]["ann"]["shrunk"], true);
}

TEST(Ingest, AUserWhoNeverSpeaksIsAnErrorThatNamesTheNearestAuthor) {
  try {
    run({session("s", {{"Augusta Merrill", "x"}, {"Bob", "y"}})}, settings_of("Augusta Merill"));
    FAIL() << "accepted";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'Augusta Merill'"));
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'Augusta Merrill'?"));
    EXPECT_THAT(error.what(), HasSubstr("here.jsonl"));
  }
}

TEST(Ingest, AHintProposesNoLabelWithDigitsOrBrackets) {
  for (const char* author :
       {"Ann Ames (00:05", "[00:05] Ann Ames", "Ann Ames 2", "Ann Ames (host)", "Ann Ames]"}) {
    try {
      run({session("s", {{author, "x"}, {"Bob", "y"}})}, settings_of("Ann Ames"));
      FAIL() << "accepted";
    } catch (const RunError& error) {
      EXPECT_THAT(error.what(), HasSubstr("give the name exactly as the source does"));
      EXPECT_THAT(error.what(), ::testing::Not(HasSubstr(author)));
    }
  }
  IngestSettings reddit = settings_of("antdud2");
  reddit.source.domain = "reddit";
  reddit.source.pseudonyms = false;
  try {
    run({session("s", {{"antdude2", "x"}, {"Bob", "y"}})}, reddit);
    FAIL() << "accepted";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'antdude2'?")) << "names of accounts hold digits";
  }
}

TEST(Ingest, TurnsOfSessionsWithoutATargetAreCountedBeforeTheyAreLeftOut) {
  const auto result =
      run({session("a", talk("x")), session("b", {{"Bob", "b"}, {"Ann", "--"}, {"Ann", "no --"}}),
           session("c", {{"Ann", "first"}, {"Bob", "y"}})},
          settings_of("Ann"));
  const Json& counts = result.counts["users"]["ann"];
  EXPECT_EQ(counts["sessions"], 1);
  EXPECT_EQ(counts["targets_excluded"], 0);
  EXPECT_EQ(counts["left_out"],
            (Json{{"sessions", 2}, {"targets_excluded", 2}, {"targets_without_context", 1}}));
}

TEST(Ingest, NamesMatchExactly) {
  EXPECT_THROW(run({session("s", talk("x"))}, settings_of("ann")), RunError);
}

TEST(Ingest, NoValidTargetAtAllIsAnError) {
  try {
    run({session("s", {{"Bob", "b"}, {"Ann", "--"}}), session("t", {{"Ann", "x"}})}, settings_of("Ann"));
    FAIL() << "accepted";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("'ann': 2 turns in the date range, 1 of them excluded by a mark, 1 first"));
  }
}

TEST(Ingest, NoSessionOrNoUserIsAnError) {
  EXPECT_THROW(run({}, settings_of("Ann")), RunError);
  IngestSettings nobody = settings_of("Ann");
  nobody.users.clear();
  EXPECT_THROW(run({session("s", talk("x"))}, nobody), UsageError);
}

TEST(Ingest, ATurnThatSeveralSessionsShareIsATargetOnce) {
  const std::vector<Turn> trunk = {{"Bob", "post", "t3_p"}, {"Ann", "first answer", "t1_a"}};
  std::vector<Turn> one = trunk, two = trunk;
  one.insert(one.end(), {{"Bob", "why?", "t1_b"}, {"Ann", "because", "t1_c"}});
  two.insert(two.end(), {{"Cy", "how?", "t1_d"}, {"Ann", "so", "t1_e"}});
  for (const bool swapped : {false, true}) {
    std::vector<Session> sessions = {session("p-c", one), session("p-e", two)};
    if (swapped) std::swap(sessions[0], sessions[1]);
    const auto result = run(sessions, settings_of("Ann"));
    EXPECT_THAT(ids(result), ElementsAre("ann/p-c/1", "ann/p-c/3", "ann/p-e/3"));
    EXPECT_EQ(result.counts["users"]["ann"]["targets_repeated"], 1);
    EXPECT_EQ(result.counts["users"]["ann"]["targets_valid"], 3);
    EXPECT_EQ(result.sessions.size(), 2U) << "the turn stays in both contexts";
    EXPECT_EQ(result.pairs[2].context.size(), 3U);
    EXPECT_EQ(result.pairs[2].context[1], (Turn{"Ann", "first answer"})) << "contexts carry no ids";
  }
}

TEST(Ingest, ASessionWithTheTurnsOfAnotherIsLeftOut) {
  IngestSettings settings = settings_of("Ann");
  const std::vector<Session> sessions = {session("b", talk("x")), session("a", talk("x")),
                                         session("c", talk("y"))};
  const auto dropped = run(sessions, settings);
  ASSERT_EQ(dropped.sessions.size(), 2U);
  EXPECT_EQ(dropped.sessions[0].session_id.str(), "a") << "the first by id stays, whatever came first";
  EXPECT_EQ(dropped.sessions[1].session_id.str(), "c");
  EXPECT_EQ(dropped.counts["duplicate_sessions"], 1);
  settings.source.drop_duplicates = false;
  EXPECT_EQ(run(sessions, settings).sessions.size(), 3U);
}

TEST(Ingest, ATwinOfAForgottenSessionIsForgottenToo) {
  IngestSettings settings = settings_of("Ann");
  settings.forgotten.add_item("a");
  const auto result =
      run({session("a", talk("x")), session("b", talk("x")), session("c", talk("y"))}, settings);
  ASSERT_EQ(result.sessions.size(), 1U);
  EXPECT_EQ(result.sessions[0].session_id.str(), "c");
}

TEST(Ingest, PseudonymsHideEveryAuthorEverywhere) {
  IngestSettings settings = settings_of("Ann_Ames");
  settings.source.pseudonyms = true;
  Session threaded = session("s", {{"Bob77", "Ann_Ames, look"}, {"Ann_Ames", "no, u/Bob77"}});
  threaded.title = "for u/Ann_Ames";
  MemoryReader reader({threaded, session("t", talk("x"))});
  reader.add_reject({"ingest",
                     Subject::of_file("u_ann_ames.jsonl", 3),
                     {{"unreadable", "Ann_Ames: ANN_AMES broken"}},
                     "{\"author\":\"Bob77\""});
  const auto result = support::ingest_all(reader, settings);
  std::string everything = result.counts.dump();
  for (const Session& one : result.sessions) everything += one.to_json().dump();
  for (const recon::Pair& pair : result.pairs) everything += pair.to_json().dump();
  for (const Reject& reject : result.rejects) everything += reject.to_json().dump();
  for (const char* name : {"Ann_Ames", "ann_ames", "Bob77"}) {
    EXPECT_EQ(everything.find(name), std::string::npos) << name << " in " << everything;
  }
  ASSERT_EQ(result.pairs.size(), 1U);
  EXPECT_EQ(result.pairs[0].author, pseudonym_of("Ann_Ames"));
  EXPECT_EQ(result.pairs[0].author, result.sessions[0].turns[1].author);
  EXPECT_EQ(result.counts["pseudonyms"], true);
}

TEST(Ingest, WhatIsForgottenIsNotReadAgain) {
  IngestSettings settings = settings_of("Ann");
  settings.forgotten.add_author("Bob");
  const auto result =
      run({session("s", {{"Cy", "c"}, {"Bob", "b"}, {"Ann", "a"}}), session("t", talk("x"))}, settings);
  for (const Session& one : result.sessions) {
    for (const Turn& turn : one.turns) EXPECT_NE(turn.author, "Bob");
  }
  EXPECT_EQ(result.counts["forgotten_turns"], 3);
  settings.forgotten.add_author("Ann");
  try {
    run({session("s", talk("x"))}, settings);
    FAIL();
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), HasSubstr("session"));
  }
}

/// `count` words of one token each.
std::string words(const std::string& letter, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + letter + std::to_string(i);
  return text;
}

TEST(Ingest, AContextThatWasCutSaysSoAndBeginsWithTheEndOfATurn) {
  IngestSettings settings = settings_of("Ann");
  settings.context_tokens = 30;
  const auto result =
      run({session("s", {{"Bob", words("b", 40)}, {"Cal", words("c", 5)}, {"Ann", "a2"}})}, settings);
  ASSERT_EQ(result.pairs.size(), 1U);
  EXPECT_EQ(result.pairs[0].context_gap(), ContextGap::at_beginning);
  ASSERT_EQ(result.pairs[0].context.size(), 2U);
  EXPECT_TRUE(words("b", 40).ends_with(result.pairs[0].context[0].text));
  EXPECT_EQ(result.sessions[0].turns[0].text, words("b", 40));
  EXPECT_EQ(run({session("s", talk("x"))}, settings).pairs[0].context_gap(), ContextGap::none);
}

TEST(Ingest, ThePostOfAThreadIsKeptWhereTheDomainOrTheConfigSaysSo) {
  const std::vector<Turn> turns{{"Op", words("p", 60)}, {"Bob", words("b", 60)}, {"Ann", "a2"}};
  IngestSettings settings = settings_of("Ann");
  settings.source.pseudonyms = false;
  settings.context_tokens = 40;
  const auto gap_in = [&](const std::string& domain, std::optional<bool> keep_first) {
    settings.context_keep_first = keep_first;
    const Pair pair = run({session("s", turns, "2010-05-05", domain)}, settings).pairs.at(0);
    if (pair.context_gap() == ContextGap::after_first) {
      EXPECT_EQ(pair.context.at(0), (Turn{"Op", words("p", 17)}));
      EXPECT_TRUE(turns[1].text.ends_with(pair.context.at(1).text));
    } else {
      EXPECT_EQ(pair.context.at(0).author, "Bob");
    }
    return pair.context_gap();
  };
  EXPECT_EQ(gap_in("reddit", std::nullopt), ContextGap::after_first);
  EXPECT_EQ(gap_in("scotus", std::nullopt), ContextGap::at_beginning);
  EXPECT_EQ(gap_in("forum", std::nullopt), ContextGap::at_beginning);
  EXPECT_EQ(gap_in("reddit", false), ContextGap::at_beginning);
  EXPECT_EQ(gap_in("forum", true), ContextGap::after_first);
}

TEST(Ingest, TheUsersNameIsHiddenInContextsAloneWhereTheConfigAsksForIt) {
  const std::vector<Turn> turns{{"Chief Justice", "We will hear Justice Merrill, then Mr. Brandt."},
                                {"Augusta Merrill", "Merrill here, and this is Augusta Merrill's action."},
                                {"Hollis Brandt", "Thank you, Justice Merrill. As MERRILL wrote --"},
                                {"Augusta Merrill", "Let Merrill finish."}};
  IngestSettings settings = settings_of("Augusta Merrill");
  const auto open = run({session("s", turns)}, settings);
  EXPECT_THAT(open.pairs.at(1).context.at(0).text, HasSubstr("Merrill"));
  EXPECT_FALSE(open.counts.contains("masked_names"));
  settings.mask_user = true;
  const auto result = run({session("s", turns)}, settings);
  ASSERT_THAT(ids(result), ElementsAre("ann/s/1", "ann/s/3"));
  EXPECT_THAT(result.pairs[1].context,
              ElementsAre(Turn{"Chief Justice", "We will hear [me], then Mr. Brandt."},
                          Turn{"Augusta Merrill", "[me] here, and this is [me]'s action."},
                          Turn{"Hollis Brandt", "Thank you, [me]. As [me] wrote --"}));
  EXPECT_EQ(result.pairs[0].action, turns[1].text);
  EXPECT_EQ(result.pairs[1].action, turns[3].text);
  EXPECT_EQ(result.pairs[1].author, "Augusta Merrill");
  EXPECT_EQ(result.sessions[0].turns, turns);
  EXPECT_EQ(result.counts["masked_names"]["places"], 1 + 5);
  EXPECT_EQ(result.counts["masked_names"]["contexts"], 2);
}

TEST(Ingest, NamesAreHiddenBeforeContextsAreCutAndCountedAfterwards) {
  IngestSettings settings = settings_of("Augusta Merrill");
  settings.mask_user = true;
  settings.context_tokens = 20;
  std::string text;
  for (int i = 0; i < 30; ++i) text += "Augusta Merrill ";
  const auto result = run({session("s", {{"Bob", text}, {"Augusta Merrill", "yes"}})}, settings);
  EXPECT_EQ(result.pairs.at(0).context.at(0).text, "[me] [me] [me] [me] [me]");
  EXPECT_EQ(result.counts["masked_names"]["places"], 5);
}

TEST(Ingest, APseudonymIsANameToHide) {
  IngestSettings settings = settings_of("mossy_teakettle");
  settings.source.pseudonyms = true;
  settings.mask_user = true;
  const auto result = run({session("s", {{"Op", "asked u/mossy_teakettle, and Mossy_Teakettle said so"},
                                         {"mossy_teakettle", "no"}})},
                          settings);
  EXPECT_EQ(result.pairs.at(0).context.at(0).text, "asked [me], and [me] said so");
  EXPECT_THAT(result.sessions.at(0).turns.at(0).text, HasSubstr(pseudonym_of("mossy_teakettle")));
}

TEST(Ingest, EachUserHasTheirOwnNameHidden) {
  IngestSettings settings = settings_of("Augusta Merrill");
  UserConfig other;
  other.id = UserId("bob");
  other.name = "Hollis Brandt";
  settings.users.push_back(other);
  settings.mask_user = true;
  const auto result = run({session("s", {{"Cal", "Merrill and Brandt"},
                                         {"Augusta Merrill", "Brandt?"},
                                         {"Hollis Brandt", "Merrill."}})},
                          settings);
  ASSERT_EQ(result.pairs.size(), 2U);
  EXPECT_EQ(result.pairs[0].context[0].text, "[me] and Brandt");
  EXPECT_EQ(result.pairs[1].context[0].text, "Merrill and [me]");
}

}  // namespace
}  // namespace recon
