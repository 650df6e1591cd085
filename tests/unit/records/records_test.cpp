#include "recon/records/records.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <limits>
#include <string>
#include <unordered_set>
#include <vector>

#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::message_of;
using testing::AnyOf;
using testing::HasSubstr;

Json session_json() {
  return Json::parse(
      R"({"session_id":"s1","group":"g1","domain":"scotus","date":"2003-01-02","title":"A v. B",
    "turns":[{"author":"A","text":"hello"},{"author":"B","text":""}]})");
}
Json pair_json() {
  return Json::parse(
      R"({"pair_id":"u/s1/2","user":"u","author":"A. User","domain":"scotus","session_id":"s1","group":"g1",
    "turn":2,"split":"train_1","context":[{"author":"B","text":"why?"}],"context_cut":true,"action":"because"})");
}
Json neighbors_json() {
  return Json::parse(R"({"pair_id":"u/s1/2","neighbors":[{"pair_id":"u/s0/1","similarity":0.5}]})");
}
Json candidate_json() {
  return Json::parse(R"({"pair_id":"u/s1/2","candidate":3,"reasoning":"I think","copied":0.25,"model":"m"})");
}
Json reconstruction_json() {
  return Json::parse(R"({"pair_id":"u/s1/2","candidate":3,"sample":0,"action":"well","model":"m"})");
}
Json judgment_json() {
  return Json::parse(
      R"({"pair_id":"u/s1/2","scores":[{"candidate":0,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4},
    {"candidate":1,"style":null,"intent":null,"values":null,"overall":-2.5}],"order":[1,0],"scorer":"llm","model":"m"})");
}
Json trace_json() {
  return Json::parse(
      R"({"pair_id":"u/s1/2","method":"recon-select","candidate":1,"reasoning":"r","score":0.5})");
}
Json action_json() {
  return Json::parse(R"({"pair_id":"u/s1/2","method":"backward","action":"a","model":"m"})");
}
Json verdict_json() {
  return Json::parse(
      R"({"pair_id":"u/s1/2","user":"u","domain":"d","session_id":"s1","group":"g1","a":"recon-select",
    "b":"backward","shown_first":"b","style":"a","intent":"tie","values":"na","overall":"tie_bad","model":"m","replicate":2})");
}
Json reject_json() {
  return Json::parse(
      R"({"stage":"judge","subject":{"pair":"u/s1/2","candidate":3},"causes":[{"kind":"timeout","message":"why"}],"raw":"reply"})");
}

/// Every field that `good` has is needed: without it, or with a value of another type, the record is refused
/// by name. `optional` names the fields that may be missing or null.
template <class Record>
void expect_strict(const Json& good, const std::vector<std::string>& optional = {}) {
  EXPECT_EQ(Record::from_json(good).to_json(), good);
  Json more = good;
  more["unknown_field"] = 1;
  EXPECT_EQ(Record::from_json(more).to_json(), good) << "unknown fields are ignored";
  for (const auto& [name, value] : good.items()) {
    const bool may_lack = std::find(optional.begin(), optional.end(), name) != optional.end();
    Json without = good;
    without.erase(name);
    Json null = good;
    null[name] = nullptr;
    for (const Json& lacking : {without, null}) {
      if (may_lack) {
        EXPECT_NO_THROW(static_cast<void>(Record::from_json(lacking))) << name;
      } else {
        EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(Record::from_json(lacking)); }),
                    HasSubstr("'" + name + "'"));
      }
    }
    Json wrong = good;
    wrong[name] = value.is_object() ? Json(1) : Json{{"an", "object"}};
    EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(Record::from_json(wrong)); }),
                HasSubstr("'" + name + "'"));
  }
}

TEST(RecordsTest, EveryRecordIsStrictAndComesBack) {
  expect_strict<Session>(session_json(), {"group", "date", "title"});
  expect_strict<Pair>(pair_json(), {"context_cut"});
  expect_strict<Neighbors>(neighbors_json());
  expect_strict<Candidate>(candidate_json());
  expect_strict<Reconstruction>(reconstruction_json());
  expect_strict<Judgment>(judgment_json());
  expect_strict<Trace>(trace_json(), {"candidate", "score"});
  expect_strict<Action>(action_json());
  expect_strict<Verdict>(verdict_json(), {"shown_first", "style", "intent", "values"});
  expect_strict<Reject>(reject_json(), {"raw"});
}

TEST(RecordsTest, ARejectOfAnOlderVersionIsReadWithoutAKind) {
  const Reject old = Reject::from_json(
      Json::parse(R"({"stage":"judge","key":"u/s1/2","error":"timeout: slow; server: down","raw":"r"})"));
  ASSERT_EQ(old.causes.size(), 1U);
  EXPECT_EQ(old.causes[0], (RejectCause{"unknown", "timeout: slow; server: down"}));
  EXPECT_EQ(old.raw, "r");
  EXPECT_EQ(old.subject, Subject::of_pair(PairId("u/s1/2")));
  EXPECT_FALSE(old.to_json().contains("error"));
}

TEST(RecordsTest, ARejectHasACauseOrIsNone) {
  for (const char* causes : {"[]", R"(["why"])", R"([{"kind":"timeout"}])", R"([{"message":"why"}])"}) {
    Json value = reject_json();
    value["causes"] = Json::parse(causes);
    EXPECT_THROW(static_cast<void>(Reject::from_json(value)), RunError) << causes;
  }
}

TEST(RecordsTest, TheCausesOfARejectAreToldOneAfterTheOther) {
  const Reject reject{
      "judge", Subject::of_item("p"), {{"timeout", "slow"}, {"missing_input", "no action"}}, ""};
  EXPECT_EQ(reject.describe(), "timeout: slow; missing_input: no action");
}

TEST(RecordsTest, TheWordsOfRecordFaultsComeBack) {
  for (const RecordFault fault : {RecordFault::unknown, RecordFault::unreadable, RecordFault::missing_input})
    EXPECT_EQ(record_fault_from(to_string(fault)), fault);
  EXPECT_FALSE(record_fault_from("weather").has_value());
}

TEST(RecordsTest, FieldsStandInTheOrderOfTheDesign) {
  EXPECT_EQ(Session::from_json(session_json()).to_json().dump(), session_json().dump());
  EXPECT_EQ(Pair::from_json(pair_json()).to_json().dump(), pair_json().dump());
  EXPECT_EQ(Judgment::from_json(judgment_json()).to_json().dump(), judgment_json().dump());
  EXPECT_EQ(Verdict::from_json(verdict_json()).to_json().dump(), verdict_json().dump());
}

TEST(RecordsTest, TheGroupDefaultsToTheSession) {
  Json value = session_json();
  value.erase("group");
  EXPECT_EQ(Session::from_json(value).group, GroupId("s1"));
}

TEST(RecordsTest, ASessionNeedsAnId) {
  Json value = session_json();
  value["session_id"] = "";
  EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(Session::from_json(value)); }),
              HasSubstr("session_id"));
}

TEST(RecordsTest, TurnsNeedAuthorAndText) {
  for (const char* turn :
       {R"({"author":"A"})", R"({"text":"x"})", R"("text")", R"({"author":1,"text":"x"})", "null", "[]"}) {
    Json value = session_json();
    value["turns"].push_back(Json::parse(turn));
    EXPECT_THROW(static_cast<void>(Session::from_json(value)), RunError) << turn;
  }
}

TEST(RecordsTest, SplitsHaveTheirNames) {
  for (const char* name : {"train_0", "train_1", "test"}) {
    Json value = pair_json();
    value["split"] = name;
    const Pair pair = Pair::from_json(value);
    EXPECT_STREQ(to_string(pair.split), name);
    EXPECT_EQ(pair.is_test(), std::string(name) == "test");
  }
  Json value = pair_json();
  value["split"] = "train";
  const auto message = message_of<RunError>([&] { static_cast<void>(Pair::from_json(value)); });
  EXPECT_THAT(message, HasSubstr("'train'"));
  EXPECT_THAT(message, HasSubstr("train_0"));
}

TEST(RecordsTest, NumbersOutsideTheirRangeAreRefusedNotWrapped) {
  for (const char* turn :
       {"-1", "1.5", "4294967296", "9223372036854775807", "18446744073709551615", "true", "\"2\""}) {
    Json value = pair_json();
    value["turn"] = Json::parse(turn);
    EXPECT_THROW(static_cast<void>(Pair::from_json(value)), RunError) << turn;
  }
  Json candidate = candidate_json();
  candidate["candidate"] = 4294967299LL;
  EXPECT_THROW(static_cast<void>(Candidate::from_json(candidate)), RunError);
  Json judgment = judgment_json();
  judgment["order"] = Json::parse("[0, 4294967297]");
  EXPECT_THROW(static_cast<void>(Judgment::from_json(judgment)), RunError);
}

TEST(RecordsTest, OutcomesHaveTheirNames) {
  for (const char* name : {"a", "b", "tie", "tie_bad", "na"}) {
    Json value = verdict_json();
    value["overall"] = name;
    EXPECT_STREQ(to_string(Verdict::from_json(value).overall), name);
  }
  Json value = verdict_json();
  value["overall"] = "A";
  EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(Verdict::from_json(value)); }),
              AnyOf(HasSubstr("'A'"), HasSubstr("\"A\"")));
}

TEST(RecordsTest, LikelihoodVerdictsCarryScores) {
  Json value = verdict_json();
  for (const char* name : {"shown_first", "style", "intent", "values"}) value[name] = nullptr;
  value["score_a"] = -1.25;
  value["score_b"] = -1.5;
  const Verdict verdict = Verdict::from_json(value);
  EXPECT_EQ(verdict.score_a, -1.25);
  EXPECT_FALSE(verdict.shown_first);
  EXPECT_EQ(verdict.to_json(), value);
  EXPECT_FALSE(Verdict::from_json(verdict_json()).score_a);
}

TEST(RecordsTest, ATraceSaysThatItCopiesOnlyWhenItDoes) {
  EXPECT_FALSE(Trace::from_json(trace_json()).to_json().contains("copying"));
  Json value = trace_json();
  value["copying"] = true;
  EXPECT_TRUE(Trace::from_json(value).copying);
  EXPECT_EQ(Trace::from_json(value).to_json(), value);
  value["copying"] = "yes";
  EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(Trace::from_json(value)); }),
              HasSubstr("copying"));
}

TEST(RecordsTest, ABaselineTraceHasNoCandidate) {
  Trace trace;
  trace.pair_id = PairId("u/s/1");
  trace.method = "backward";
  trace.reasoning = "r";
  EXPECT_EQ(trace.to_json().dump(),
            R"({"pair_id":"u/s/1","method":"backward","candidate":null,"reasoning":"r","score":null})");
}

TEST(RecordsTest, IdsCompareAndHash) {
  EXPECT_LT(PairId("a"), PairId("b"));
  EXPECT_TRUE(PairId().empty());
  const std::unordered_set<PairId> set{PairId("a"), PairId("b"), PairId("a")};
  EXPECT_EQ(set.size(), 2U);
}

/// The line that the quick way writes; the slow way's where it refuses.
template <class Record>
std::string quick(const Record& record) {
  std::string line;
  return record.append_json(line) ? line : "refused";
}

TEST(QuickWriting, GivesTheBytesOfTheSlowWay) {
  std::string ascii;
  for (char byte = 0; byte < 0x7f; ++byte) ascii += byte;
  for (const std::string& text : {std::string(), ascii, std::string("\x7f é 日本 \U0001f600 \u2028")}) {
    const PairId id("u/" + text);
    for (const double number : {0.0, -0.0, 0.25, 1.0, 1.0 / 3.0, 1e-9, -1e300, 123456789.0}) {
      const Candidate candidate{id, 3, text, number, text};
      EXPECT_EQ(quick(candidate), candidate.to_json().dump());
      for (const bool copying : {false, true}) {
        for (const auto& score : {std::optional<double>(), std::optional<double>(number)}) {
          const Trace trace{id, text, score ? std::optional<int>(-1) : std::nullopt, text, score, copying};
          EXPECT_EQ(quick(trace), trace.to_json().dump());
        }
      }
    }
    const Reconstruction reconstruction{id, 1, 2, text, text};
    EXPECT_EQ(quick(reconstruction), reconstruction.to_json().dump());
    const Action action{id, text, text, text};
    EXPECT_EQ(quick(action), action.to_json().dump());
  }
}

TEST(QuickWriting, RefusesWhatIsNoJson) {
  for (const char* text : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
    const Action action{PairId("u"), "m", text, "x"};
    EXPECT_EQ(quick(action), "refused");
    EXPECT_ANY_THROW((void)action.to_json().dump());
  }
  EXPECT_EQ(quick(Candidate{PairId("u"), 0, "r", std::numeric_limits<double>::infinity(), "m"}), "refused");
}

TEST(RecordsTest, APairSaysWhereItsContextWasCut) {
  Json earlier = pair_json();
  earlier.erase("context_cut");
  EXPECT_EQ(Pair::from_json(earlier).context_gap(), ContextGap::none) << "a file of an earlier version";
  const auto gap_of = [](const Json& cut, const Json& first_kept) {
    Json value = pair_json();
    value["context_cut"] = cut;
    value["context_first_kept"] = first_kept;
    return Pair::from_json(value).context_gap();
  };
  EXPECT_EQ(gap_of(false, false), ContextGap::none);
  EXPECT_EQ(gap_of(true, false), ContextGap::at_beginning);
  EXPECT_EQ(gap_of(true, true), ContextGap::after_first);
  EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(gap_of("yes", false)); }),
              HasSubstr("context_cut"));
  for (const ContextGap gap : {ContextGap::none, ContextGap::at_beginning, ContextGap::after_first}) {
    Pair pair = Pair::from_json(pair_json());
    pair.set_context_gap(gap);
    const Json written = pair.to_json();
    EXPECT_EQ(written.at("context_cut"), gap != ContextGap::none);
    EXPECT_EQ(written.contains("context_first_kept"), gap == ContextGap::after_first);
    EXPECT_EQ(Pair::from_json(written).context_gap(), gap);
  }
}

}  // namespace
}  // namespace recon
