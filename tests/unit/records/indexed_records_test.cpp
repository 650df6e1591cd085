#include "recon/records/indexed_records.hpp"

#include "recon/core/random.hpp"

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "test_folder.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace recon {
namespace {

using support::message_of;
using support::put;
using support::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;

std::string line_of(const std::string& id, const std::string& action, const std::string& method = "m") {
  return Action{PairId(id), method, action, "model"}.to_json().dump();
}

std::vector<std::string> texts(const std::vector<Action>& records) {
  std::vector<std::string> result;
  for (const Action& record : records) result.push_back(record.action);
  return result;
}

/// All records in the order of their places.
std::vector<std::vector<std::string>> all_texts(IndexedRecords<Action>& records) {
  std::vector<std::vector<std::string>> result;
  for (LineIndex::Place place = 0; place < records.size(); ++place)
    result.push_back(texts(records.at(place)));
  return result;
}

TEST(IndexedRecords, GroupsByPairInTheOrderOfTheFirstRecords) {
  const TestFolder folder;
  IndexedRecords<Action> records(put(
      folder / "a.jsonl", line_of("p", "1") + "\n" + line_of("p", "2") + "\r\n" + line_of("q", "3") + "\n\n" +
                              line_of("p", "4") + "\n" + line_of("r", "5") + "\n" + line_of("q", "6")));
  EXPECT_THAT(all_texts(records),
              ElementsAre(ElementsAre("1", "2", "4"), ElementsAre("3", "6"), ElementsAre("5")));
  EXPECT_EQ(records.find(PairId("q")), 1U);
  EXPECT_EQ(records.count(0), 3U);
  EXPECT_EQ(records.find(PairId("s")), std::nullopt);
  EXPECT_EQ(records.last(PairId("q"))->action, "6");
  EXPECT_FALSE(records.last(PairId("")).has_value());
}

TEST(IndexedRecords, AnEmptyFileHasNothing) {
  const TestFolder folder;
  IndexedRecords<Action> records(put(folder / "a.jsonl", ""));
  EXPECT_EQ(records.size(), 0U);
  EXPECT_EQ(records.find(PairId("p")), std::nullopt);
}

TEST(IndexedRecords, WhatIsNotKeptIsNotThere) {
  const TestFolder folder;
  const auto path =
      put(folder / "a.jsonl", line_of("p", "1", "x") + "\n" + line_of("p", "2", "y") + "\n" +
                                  line_of("p", "3", "x") + "\n" + line_of("q", "4", "y") + "\n");
  IndexedRecords<Action> records(path, [](const Action& action) { return action.method == "x"; });
  EXPECT_THAT(all_texts(records), ElementsAre(ElementsAre("1", "3")));
  EXPECT_EQ(records.find(PairId("q")), std::nullopt);
}

TEST(IndexedRecords, ABadLineIsNamedBeforeAnythingIsRead) {
  const TestFolder folder;
  const auto path = put(folder / "a.jsonl", line_of("p", "1") + "\n\n{\"pair_id\": 3}\n");
  const auto open = [&] { IndexedRecords<Action> records(path); };
  EXPECT_THAT(message_of<RunError>(open),
              HasSubstr("a.jsonl:3: field 'pair_id': found number, expected a string"));
}

/// Many records of random sizes, some larger than what is read at once, read in any order.
class ManyRecords : public testing::TestWithParam<const char*> {};

TEST_P(ManyRecords, AreReadInAnyOrder) {
  const TestFolder folder;
  const auto path = folder / GetParam();
  KeyedRandom random(1, "test", "many");
  std::map<std::string, std::vector<std::string>> expected;
  std::vector<std::string> order;
  {
    JsonlWriter writer(path);
    for (int i = 0; i < 3000; ++i) {
      const std::string id = "pair " + std::to_string(random.below(1000));
      const std::size_t size = i % 500 == 7 ? 300'000 : random.below(900);
      const std::string text =
          std::to_string(i) + std::string(size, static_cast<char>('a' + random.below(26)));
      if (expected[id].empty()) order.push_back(id);
      expected[id].push_back(text);
      writer.write(Action{PairId(id), "m", text, "model"});
    }
    writer.commit();
  }
  IndexedRecords<Action> records(path);
  ASSERT_EQ(records.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto place = static_cast<LineIndex::Place>(i);
    EXPECT_EQ(records.find(PairId(order[i])), place);
    EXPECT_EQ(texts(records.at(place)), expected[order[i]]);
  }
  for (int i = 0; i < 2000; ++i) {
    const std::string& id = order[random.below(order.size())];
    EXPECT_EQ(texts(records.at(*records.find(PairId(id)))), expected[id]);
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndCompressed, ManyRecords, testing::Values("a.jsonl", "a.jsonl.zst"),
                         [](const auto& file) {
                           return std::string(file.param) == "a.jsonl" ? "plain" : "zstd";
                         });

TEST(IndexedRecords, AFileThatReplacesTheIndexedOneIsNotSeen) {
  const TestFolder folder;
  const auto path = put(folder / "a.jsonl", line_of("p", "old") + "\n");
  IndexedRecords<Action> records(path);
  put(folder / "b.jsonl", line_of("p", "new and longer") + "\n");
  std::filesystem::rename(folder / "b.jsonl", path);
  EXPECT_EQ(records.last(PairId("p"))->action, "old");
}

TEST(IndexedRecords, AFileThatBecomesShorterIsAnError) {
  const TestFolder folder;
  const auto path = put(folder / "a.jsonl", line_of("p", "1") + "\n" + line_of("q", "2") + "\n");
  IndexedRecords<Action> records(path);
  std::filesystem::resize_file(path, 10);
  EXPECT_THAT(message_of<RunError>([&] { (void)records.at(1); }), HasSubstr("shorter"));
}

TEST(IndexedRecords, AFileThatIsWrittenOverIsAnError) {
  const TestFolder folder;
  const auto path = put(folder / "a.jsonl", line_of("p", "1") + "\n" + line_of("q", "2") + "\n");
  IndexedRecords<Action> records(path);
  put(path, line_of("r", "1") + "\n" + line_of("q", "2") + "\n");  // the same file, written over
  EXPECT_THAT(message_of<RunError>([&] { (void)records.at(0); }),
              HasSubstr("a.jsonl:1: the file was changed"));
}

TEST(IndexedRecords, APipeWithANameIsReadAsAFileIs) {
  const TestFolder folder;
  const auto path = folder / "a.jsonl";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer(
      [&] { put(path, line_of("p", "1") + "\n" + line_of("q", "2") + "\n" + line_of("p", "3") + "\n"); });
  IndexedRecords<Action> records(path);
  writer.join();
  EXPECT_THAT(all_texts(records), ElementsAre(ElementsAre("1", "3"), ElementsAre("2")));
}

/// What the slow way and the quick way make of a line: the record written again, or the error.
template <class Record>
std::pair<std::string, std::string> both_ways(const std::string& text) {
  const Line line{7, text};
  const auto outcome = [&](const auto& read) {
    try {
      return read().to_json().dump();
    } catch (const std::exception& error) {
      return "error: " + std::string(error.what());
    }
  };
  const std::string slow = outcome([&] { return parse_record<Record>("f", line); });
  RecordReader reader;
  Record record;
  // A record that was read before must leave nothing behind.
  try {
    reader.read("f", Line{1, text}, record);
  } catch (const std::exception&) {
    record = {};
  }
  const std::string quick = outcome([&] {
    reader.read("f", line, record);
    return record;
  });
  return {slow, quick};
}

template <class Record>
void expect_same(const std::string& good) {
  // Every line that differs from a right one by a byte, or by what stands at one place.
  std::size_t errors = 0, records = 0;
  const auto check = [&](const std::string& text) {
    const auto [slow, quick] = both_ways<Record>(text);
    ASSERT_EQ(slow, quick) << text;
    ++(slow.starts_with("error") ? errors : records);
  };
  check(good);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char byte : {'"', '\\', '{', ']', ',', '0', '-', '.', 'e', 'n', '\n', '\xff', '\xc3', '\0'}) {
      std::string changed = good;
      changed[i] = byte;
      check(changed);
    }
    check(good.substr(0, i) + good.substr(i + 1));
    check(good.substr(0, i));
  }
  EXPECT_GT(errors, 50U);
  EXPECT_GT(records, 50U);
}

TEST(RecordReader, ReadsAndRefusesAsTheSlowWayDoes) {
  expect_same<Action>(
      R"({"pair_id":"u/s/1","method":"m\u00e9\n","action":"a \"quoted\" é","model":"x","more":[1,{}]})");
  expect_same<Candidate>(R"({"pair_id":"u/s/1","candidate":3,"reasoning":"r","copied":0.25,"model":"x"})");
  expect_same<Reconstruction>(R"({"pair_id":"u","candidate":0,"sample":12,"action":"a","model":"x"})");
  expect_same<Trace>(
      R"({"pair_id":"u","method":"m","candidate":null,"reasoning":"r","score":-1.5e-3,"copying":true})");
  expect_same<Trace>(R"({"reasoning":"r","pair_id":"u","method":"m","score":1})");
  expect_same<Pair>(
      R"({"pair_id":"u/s/1","user":"u","author":"A","domain":"d","session_id":"s","group":"g","turn":12,"split":"train_1","context":[{"author":"B","text":"x","id":"1"},{"author":"A","text":""}],"action":"y"})");
  for (const char* cut :
       {R"("context_cut":true)", R"("context_cut":false)", R"("context_cut":true,"context_first_kept":true)",
        R"("context_first_kept":true,"context_cut":true)", R"("context_cut":false,"context_first_kept":true)",
        R"("context_cut":true,"context_first_kept":true,"context_cut":true)"}) {
    expect_same<Pair>(
        fmt::format(R"({{"pair_id":"u","user":"u","author":"A","domain":"d","session_id":"s","group":"g",)"
                    R"("turn":1,"split":"test","context":[],{},"action":"y"}})",
                    cut));
  }
}

TEST(RecordReader, ReadsUnusualLinesAsTheSlowWayDoes) {
  for (const char* text :
       {R"({"pair_id":"a","pair_id":"b","method":"m","action":"x","model":"y"})",
        R"({"pair_id":3,"pair_id":"b","method":"m","action":"x","model":"y"})",
        R"({"pair_id":"b","pair_id":3,"method":"m","action":"x","model":"y"})",
        R"(  {"pair_id" : "b" ,"method":"m","action":"\ud83d\ude00","model":"y"}  )",
        R"({"pair_id":"b","method":"m","action":"\ud83d","model":"y"})", R"({"pair_id":"b"} {})", "[]", "3",
        "", "{}", "\xef\xbb\xbf{\"pair_id\":\"b\",\"method\":\"m\",\"action\":\"x\",\"model\":\"y\"}"}) {
    const auto [slow, quick] = both_ways<Action>(text);
    EXPECT_EQ(slow, quick) << text;
  }
  for (const char* number :
       {"1.0", "1e2", "-1", "99999999999", "18446744073709551615", "-0", "1e400", "null", "true"}) {
    for (const char* format : {R"({"pair_id":"u","candidate":%,"reasoning":"r","copied":0,"model":"x"})",
                               R"({"pair_id":"u","candidate":0,"reasoning":"r","copied":%,"model":"x"})"}) {
      std::string text = format;
      text.replace(text.find('%'), 1, number);
      const auto [slow, quick] = both_ways<Candidate>(text);
      EXPECT_EQ(slow, quick) << text;
    }
  }
}

}  // namespace
}  // namespace recon
