#include "recon/core/jsonl.hpp"

#include "recon/core/random.hpp"
#include "recon/records/records.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

namespace recon {
namespace {

using support::message_of;
using support::put;
using support::slurp;
using support::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  while (auto line = reader.next()) {
    EXPECT_EQ(line->number, lines.size() + 1);
    lines.push_back(std::move(line->text));
  }
  return lines;
}

/// Compressed as one frame whose blocks end where the parts do.
std::string compressed(const std::vector<std::string>& parts) {
  std::string result;
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  std::vector<char> buffer(ZSTD_CStreamOutSize());
  const auto feed = [&](const std::string& part, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{part.data(), part.size(), 0};
    std::size_t left = 1;
    while (left != 0) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      left = ZSTD_compressStream2(context, &out, &in, directive);
      ASSERT_EQ(ZSTD_isError(left), 0U);
      result.append(buffer.data(), out.pos);
    }
  };
  for (std::size_t i = 0; i < parts.size(); ++i)
    feed(parts[i], i + 1 < parts.size() ? ZSTD_e_flush : ZSTD_e_end);
  ZSTD_freeCCtx(context);
  return result;
}

std::string random_text(KeyedRandom& random) {
  static const std::vector<std::string> pieces{
      "a",        " ",    "\"",          "\\",           "\n",
      "\r\n",     "\t",   "\xC3\xA9",    "\xE2\x80\xA8", "\xF0\x9F\x98\x80",
      "</turn>",  "{",    "\x01",        "\x7F",         "\xEF\xBF\xBD",
      "\xC2\xA0", "null", "\xEF\xBB\xBF"};
  std::string text;
  const std::uint64_t count = random.below(30);
  for (std::uint64_t i = 0; i < count; ++i) text += pieces[random.below(pieces.size())];
  return text;
}

TEST(LineReaderTest, SplitsLinesWhateverTheirEnd) {
  const TestFolder folder;
  EXPECT_THAT(lines_of(put(folder / "a", "one\ntwo\r\n\nfour")), ElementsAre("one", "two", "", "four"));
  EXPECT_THAT(lines_of(put(folder / "b", "one\n")), ElementsAre("one"));
  EXPECT_THAT(lines_of(put(folder / "c", "\n")), ElementsAre(""));
  EXPECT_THAT(lines_of(put(folder / "d", "")), testing::IsEmpty());
  EXPECT_THAT(lines_of(put(folder / "e", std::string("a\0b\n", 4))), ElementsAre(std::string("a\0b", 3)));
}

TEST(LineReaderTest, ReadsLinesLongerThanItsBuffersAndManyShortOnes) {
  const TestFolder folder;
  std::string content;
  std::vector<std::string> expected;
  for (const std::size_t length : {1000000UL, 3UL, 131072UL, 131071UL, 0UL, 131073UL}) {
    expected.emplace_back(length, 'x');
    content += expected.back() + "\n";
  }
  for (int i = 0; i < 50000; ++i) {
    expected.push_back(std::to_string(i));
    content += expected.back() + "\n";
  }
  EXPECT_EQ(lines_of(put(folder / "plain", content)), expected);
  EXPECT_EQ(lines_of(put(folder / "packed.zst", compressed({content}))), expected);
}

TEST(LineReaderTest, ReadsCompressedBlocksOfAnySize) {
  // Blocks that do not end where the reader's buffer does: the last of them is taken in before it is all
  // given out.
  const TestFolder folder;
  const std::vector<std::string> parts{std::string(100000, 'a'), std::string(131072, 'b'),
                                       std::string(131072, 'c')};
  const auto lines = lines_of(put(folder / "packed.zst", compressed(parts)));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0] == parts[0] + parts[1] + parts[2]) << "got " << lines[0].size() << " bytes";
  // As much as one buffer holds, and the frame ends there.
  EXPECT_EQ(lines_of(put(folder / "full.zst", compressed({std::string(131072, 'd')}))).at(0).size(), 131072U);
}

TEST(LineReaderTest, ReadsConcatenatedFrames) {
  const TestFolder folder;
  const std::string packed = compressed({"one\ntw"}) + compressed({"o\nthree\n"});
  EXPECT_THAT(lines_of(put(folder / "packed.zst", packed)), ElementsAre("one", "two", "three"));
}

TEST(LineReaderTest, RefusesCompressedDataCutAtAnyByte) {
  const TestFolder folder;
  std::string content;
  for (int i = 0; i < 200; ++i) content += "{\"line\": " + std::to_string(i * 7919) + "}\n";
  const std::string packed = compressed({content});
  for (std::size_t length = 0; length < packed.size(); ++length) {
    const auto path = put(folder / "cut.zst", std::string_view(packed).substr(0, length));
    const auto message = message_of<RunError>([&] { lines_of(path); });
    EXPECT_THAT(message, HasSubstr("cut.zst"))
        << "cut after " << length << " of " << packed.size() << " bytes";
  }
  EXPECT_EQ(lines_of(put(folder / "whole.zst", packed)).size(), 200U);
}

TEST(LineReaderTest, RefusesWhatIsNotZstd) {
  const TestFolder folder;
  EXPECT_THAT(message_of<RunError>([&] { lines_of(put(folder / "text.zst", "{\"plain\": \"text\"}\n")); }),
              HasSubstr("text.zst"));
}

TEST(LineReaderTest, NamesWhatCantBeOpened) {
  const TestFolder folder;
  EXPECT_THAT(message_of<RunError>([&] { lines_of(folder / "none.jsonl"); }), HasSubstr("none.jsonl"));
  EXPECT_THAT(message_of<RunError>([&] { lines_of(folder.path()); }), HasSubstr("folder"));
  EXPECT_THROW(lines_of(folder / std::string(5000, 'n')), RunError);
}

TEST(ParseJsonLineTest, AcceptsOneObject) {
  EXPECT_EQ(parse_json_line("f", {1, R"( {"b": 1, "a": [null]} )"}).dump(), R"({"b":1,"a":[null]})");
}

TEST(ParseJsonLineTest, NamesFileAndLineOfWhatItRefuses) {
  for (const std::string bad : {"{", "{\"a\": 1} x", "[1]", "3", "null", "\"text\"", "{\"a\": 1e999}",
                                "{'a': 1}", " ", "{\"a\": \"\xFF\"}", "{\"a\": \"\xED\xA0\x80\"}",
                                "{\"a\": \"\xC0\x80\"}", "{\"a\": \"\\ud800\"}", "{\"a\": NaN}"}) {
    EXPECT_THAT(message_of<RunError>([&] {
                  static_cast<void>(parse_json_line("dir/f.jsonl", {17, bad}));
                }),
                StartsWith("dir/f.jsonl:17: "))
        << bad;
  }
}

TEST(ParseJsonLineTest, SaysWhereInvalidUtf8Is) {
  EXPECT_THAT(message_of<RunError>([] {
                static_cast<void>(parse_json_line("f", {1, "{\"a\": \"x\xFE\"}"}));
              }),
              HasSubstr("byte 9"));
}

TEST(ParseJsonLineTest, SurvivesDeepNesting) {
  const std::size_t depth = 100000;
  const std::string deep = "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  EXPECT_NO_THROW(static_cast<void>(parse_json_line("f", {1, deep})));
}

class JsonlRoundTripTest : public testing::TestWithParam<const char*> {};

TEST_P(JsonlRoundTripTest, WhatIsWrittenIsRead) {
  const TestFolder folder;
  const auto path = folder / GetParam();
  KeyedRandom random(21, "jsonl", "");
  std::vector<Action> actions;
  for (int i = 0; i < 500; ++i) {
    actions.push_back(
        {PairId("u/s/" + std::to_string(i)), random_text(random), random_text(random), random_text(random)});
  }
  JsonlWriter writer(path);
  for (const Action& action : actions) writer.write(action);
  EXPECT_FALSE(std::filesystem::exists(path));
  writer.commit();
  EXPECT_EQ(writer.count(), actions.size());
  const auto read = read_records<Action>(path);
  ASSERT_EQ(read.size(), actions.size());
  for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i].to_json(), actions[i].to_json());
}
INSTANTIATE_TEST_SUITE_P(PlainAndCompressed, JsonlRoundTripTest,
                         testing::Values("plain.jsonl", "packed.jsonl.zst"));

TEST(JsonlWriterTest, DoublesComeBackExactly) {
  const TestFolder folder;
  KeyedRandom random(3, "doubles", "");
  JsonlWriter writer(folder / "numbers.jsonl");
  std::vector<double> values{0.1, -0.0, 1e-300, std::numeric_limits<double>::max(), 1.0 / 3.0};
  for (int i = 0; i < 1000; ++i)
    values.push_back((random.uniform() - 0.5) * std::pow(10.0, static_cast<double>(random.below(40))));
  for (const double value : values) writer.write(Json{{"value", value}});
  writer.commit();
  LineReader reader(folder / "numbers.jsonl");
  for (const double value : values) {
    const auto line = reader.next();
    ASSERT_TRUE(line);
    EXPECT_EQ(parse_json_line(reader.name(), *line).at("value").get<double>(), value);
  }
}

TEST(JsonlWriterTest, AnEmptyFileIsAFileToo) {
  const TestFolder folder;
  for (const char* name : {"empty.jsonl", "empty.jsonl.zst"}) {
    JsonlWriter writer(folder / name);
    writer.commit();
    EXPECT_THAT(lines_of(folder / name), testing::IsEmpty());
  }
}

TEST(JsonlWriterTest, NotCommittedLeavesTheOldFile) {
  const TestFolder folder;
  put(folder / "data.jsonl", "{\"old\":true}\n");
  {
    JsonlWriter writer(folder / "data.jsonl");
    for (int i = 0; i < 10000; ++i) writer.write(Json{{"new", i}});
  }
  EXPECT_EQ(slurp(folder / "data.jsonl"), "{\"old\":true}\n");
  EXPECT_THAT(folder.names(), ElementsAre("data.jsonl"));
}

TEST(JsonlWriterTest, RefusesTextThatIsNotUtf8) {
  const TestFolder folder;
  JsonlWriter writer(folder / "data.jsonl");
  EXPECT_THROW(writer.write(Json{{"text", "\xFF"}}), RunError);
}

TEST(JsonlWriterTest, RefusesNumbersThatJsonDoesNotHave) {
  const TestFolder folder;
  JsonlWriter writer(folder / "data.jsonl");
  EXPECT_THROW(writer.write(Json{{"scores", {{{"overall", std::nan("")}}}}}), RunError);
  EXPECT_THROW(writer.write(Json{{"x", -std::numeric_limits<double>::infinity()}}), RunError);
}

TEST(JsonlWriterDeathTest, WritesToStandardOutput) {
  EXPECT_EXIT(
      {
        // What the parent buffers for its own output is dropped; gtest matches standard error.
        if (std::freopen("/dev/stderr", "w", stdout) == nullptr) std::exit(9);
        JsonlWriter writer("-");
        writer.write(Json{{"a", 1}});
        writer.commit();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "\\{\"a\":1\\}");
}

TEST(JsonlWriterDeathTest, AFullStandardOutputIsAnError) {
  EXPECT_EXIT(
      {
        if (std::freopen("/dev/full", "w", stdout) == nullptr) std::exit(9);
        const auto message = message_of<RunError>([] {
          JsonlWriter writer("-");
          writer.write(Json{{"a", 1}});
          writer.commit();
        });
        std::fputs(message.c_str(), stderr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "standard output.*No space left");
}

TEST(ReadRecordsTest, SkipsEmptyLinesAndNamesTheLineOfABadRecord) {
  const TestFolder folder;
  const std::string good = R"({"pair_id":"u/s/1","method":"m","action":"a","model":"x"})";
  EXPECT_EQ(read_records<Action>(put(folder / "good.jsonl", good + "\n\n" + good + "\n")).size(), 2U);
  const auto path = put(folder / "bad.jsonl", good + "\n\n{\"pair_id\":\"u/s/2\",\"method\":\"m\"}\n");
  const auto message = message_of<RunError>([&] { static_cast<void>(read_records<Action>(path)); });
  EXPECT_THAT(message, StartsWith(path.string() + ":3: "));
  EXPECT_THAT(message, HasSubstr("'action'"));
}

}  // namespace
}  // namespace recon
