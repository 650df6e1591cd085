#include "chunked_line_reader.hpp"

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/jsonl.hpp"

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "ingest_fixtures.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

namespace recon {
namespace {

using support::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  std::vector<Line> lines;
  std::vector<std::size_t> too_long;  ///< numbers of lines
  std::string error;
};

Read read_blocks(const std::filesystem::path& path, LineChunkSizes sizes = {}) {
  Read read;
  ChunkedLineReader blocks(path, sizes);
  try {
    while (const auto block = blocks.next()) {
      if (block->too_long) {
        read.too_long.push_back(block->first_line);
        continue;
      }
      std::size_t number = block->first_line;
      for (std::size_t at = 0; at < block->text.size();) {
        const std::size_t end = std::min(block->text.find('\n', at), block->text.size());
        read.lines.push_back({number++, std::string(block->text.substr(at, end - at))});
        at = end + 1;
      }
      EXPECT_EQ(number, block->first_line + block->lines);
    }
  } catch (const RunError& error) {
    read.error = error.what();
  }
  return read;
}

std::vector<std::string> texts(const Read& read) {
  std::vector<std::string> all;
  for (const Line& line : read.lines) all.push_back(line.text);
  return all;
}

std::string compressed(std::string_view text, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  if (window_log > 0) {
    EXPECT_EQ(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log)), 0U);
  }
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  // The size is not known beforehand, so that the frame names its window.
  EXPECT_EQ(ZSTD_isError(ZSTD_compressStream2(context, &output, &input, ZSTD_e_flush)), 0U);
  EXPECT_EQ(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(context);
  out.resize(output.pos);
  return out;
}

/// Numbered lines, each flushed by itself; `ends` are those of the lines' data.
std::string compressed_in_blocks(int lines, std::size_t size, std::vector<std::size_t>& ends) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string out(ZSTD_compressBound(size * static_cast<std::size_t>(lines)) + (1U << 16U), '\0');
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  for (int i = 0; i < lines; ++i) {
    const std::string line = std::to_string(i) + std::string(size, 'z') + '\n';
    ZSTD_inBuffer input{line.data(), line.size(), 0};
    EXPECT_EQ(ZSTD_compressStream2(context, &output, &input, ZSTD_e_flush), 0U);
    ends.push_back(output.pos);
  }
  ZSTD_freeCCtx(context);
  out.resize(output.pos);
  return out;
}

std::string many_lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::to_string(i) + std::string(i * 7 % 61, 'x') + '\n';
  return text;
}

class LineBlocksTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(LineBlocksTest, GivesTheLinesThatLineReaderGives) {
  const std::vector<std::string> contents = {"",
                                             "\n",
                                             "\n\n",
                                             "a",
                                             "a\n",
                                             "a\nb",
                                             "a\n\nb\n",
                                             "\na",
                                             std::string("a\0b\nc", 5),
                                             many_lines(500),
                                             many_lines(300) + "no line feed at the end"};
  int made = 0;
  for (const std::string& content : contents) {
    for (const bool zst : {false, true}) {
      const auto path = folder_.add("f" + std::to_string(made++) + (zst ? ".zst" : ".jsonl"),
                                    zst ? compressed(content) : content);
      std::vector<Line> expected;
      LineReader reader(path);
      while (auto line = reader.next()) expected.push_back(std::move(*line));
      for (const std::size_t block_bytes : {64UL, 100UL, 4096UL, 1UL << 20U}) {
        const Read read = read_blocks(path, {block_bytes, 1U << 20U});
        EXPECT_EQ(read.error, "");
        ASSERT_EQ(read.lines.size(), expected.size()) << path << " in blocks of " << block_bytes;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          ASSERT_EQ(read.lines[i].number, expected[i].number);
          ASSERT_EQ(read.lines[i].text, expected[i].text);
        }
      }
    }
  }
}

TEST_F(LineBlocksTest, ALineLongerThanABlockIsWhole) {
  const std::string line(1000, 'y');
  const Read read = read_blocks(folder_.add("f.jsonl", "a\n" + line + "\nb\n"), {64, 4096});
  EXPECT_THAT(texts(read), ElementsAre("a", line, "b"));
}

TEST_F(LineBlocksTest, ALineLongerThanTheLimitIsSaidAndTheRestGoesOn) {
  const std::string line(5000, 'y');
  for (const std::string& content : {"a\n" + line + "\nb\nc", "a\n" + line + "\n\n\nb"}) {
    const Read read = read_blocks(folder_.add("f.jsonl", content), {64, 512});
    EXPECT_THAT(read.too_long, ElementsAre(2U));
    EXPECT_EQ(read.lines.front().text, "a");
    EXPECT_EQ(read.lines.back().number, content.back() == 'c' ? 4U : 5U);
  }
  const Read last = read_blocks(folder_.add("f.jsonl", "a\n" + line), {64, 512});
  EXPECT_THAT(last.too_long, ElementsAre(2U));
  EXPECT_THAT(texts(last), ElementsAre("a"));
}

TEST_F(LineBlocksTest, WhatCameBeforeACutIsGivenWholeLineByWholeLine) {
  const std::string text = many_lines(20000);
  const std::string whole = compressed(text);
  const Read cut = read_blocks(folder_.add("f.zst", whole.substr(0, whole.size() - 20)), {4096, 1U << 20U});
  EXPECT_THAT(cut.error, HasSubstr("ends early"));
  ASSERT_GT(cut.lines.size(), 5000U);
  for (std::size_t i = 0; i < cut.lines.size(); ++i) {
    ASSERT_EQ(cut.lines[i].text, std::to_string(i) + std::string(i * 7 % 61, 'x'));
  }
}

TEST_F(LineBlocksTest, BrokenCompressionIsAnError) {
  EXPECT_THAT(read_blocks(folder_.add("a.zst", "no zstd data")).error, HasSubstr("not valid zstd"));
  EXPECT_THAT(read_blocks(folder_.add("b.zst", "")).error, HasSubstr("ends early"));
  const Read after = read_blocks(folder_.add("c.zst", compressed("one\ntwo\n") + "garbage"));
  EXPECT_THAT(texts(after), ElementsAre("one", "two"));
  EXPECT_THAT(after.error, HasSubstr("not valid zstd"));
  EXPECT_THAT(read_blocks(folder_.path() / "absent.jsonl").error, HasSubstr("can't be opened"));
  EXPECT_THAT(read_blocks(folder_.path()).error, HasSubstr("can't be read"));
}

TEST_F(LineBlocksTest, EveryLineBeforeDamagedDataIsGiven) {
  // Blocks of a few bytes, and of more than a buffer; small buffers hold the end of a block back.
  for (const std::size_t size : {std::size_t{10}, std::size_t{3000}, std::size_t{200000}}) {
    std::vector<std::size_t> ends;
    std::string data = compressed_in_blocks(20, size, ends);
    data[ends[16]] = static_cast<char>(data[ends[16]] | 0x06);  // no type of block
    std::vector<std::string> expected;
    for (int i = 0; i < 17; ++i) expected.push_back(std::to_string(i) + std::string(size, 'z'));
    for (const std::size_t block_bytes : {64UL, 4096UL, 1UL << 20U}) {
      const Read read = read_blocks(folder_.add("f.zst", data), {block_bytes, 4U << 20U});
      EXPECT_THAT(read.error, HasSubstr("not valid zstd"));
      EXPECT_EQ(texts(read), expected) << size << " bytes in buffers of " << block_bytes;
    }
  }
}

TEST_F(LineBlocksTest, FramesFollowEachOtherAndWindowsMayBeLong) {
  const auto path =
      folder_.add("f.zst", compressed("one\ntw") + compressed("o\n") + compressed("three\n", 31));
  EXPECT_THAT(texts(read_blocks(path)), ElementsAre("one", "two", "three"));
}

TEST_F(LineBlocksTest, ACallerMayLeaveEarly) {
  const auto path = folder_.add("f.jsonl", many_lines(50000));
  { const ChunkedLineReader never_asked(path, {64, 4096}); }
  ChunkedLineReader blocks(path, {64, 4096});
  EXPECT_TRUE(blocks.next().has_value());
}

TEST_F(LineBlocksTest, ACallerWhoLeavesDoesNotWaitForTheEndOfALongLine) {
  const auto path = folder_.path() / "pipe.jsonl";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  constexpr std::size_t size = std::size_t{256} << 20U;
  std::size_t written = 0;
  std::thread writer([&] {
    sigset_t closed_pipe;
    sigemptyset(&closed_pipe);
    sigaddset(&closed_pipe, SIGPIPE);
    EXPECT_EQ(::pthread_sigmask(SIG_BLOCK, &closed_pipe, nullptr), 0);
    const int pipe = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const std::string part(std::size_t{1} << 16U, 'x');
    while (written < size) {
      const ssize_t now = ::write(pipe, part.data(), part.size());
      if (now <= 0) break;
      written += static_cast<std::size_t>(now);
    }
    ::close(pipe);
  });
  {
    ChunkedLineReader blocks(path, {64, 512});
    const auto block = blocks.next();
    EXPECT_TRUE(block && block->too_long);
  }
  writer.join();
  EXPECT_LT(written, size);
}

TEST_F(LineBlocksTest, AnInterruptEndsTheWait) {
  const auto path = folder_.path() / "pipe.jsonl";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto wait = [&] {
    ::alarm(20);
    install_interrupt_handlers();
    std::raise(SIGINT);
    ChunkedLineReader blocks(path);  // nobody writes
    try {
      static_cast<void>(blocks.next());
    } catch (const Interrupted&) {
      ::_exit(130);
    }
    ::_exit(1);
  };
  EXPECT_EXIT(wait(), ::testing::ExitedWithCode(130), "");
}

TEST_F(LineBlocksTest, AfterTheEndThereIsNothing) {
  ChunkedLineReader blocks(folder_.add("f.jsonl", "a\n"));
  EXPECT_TRUE(blocks.next().has_value());
  EXPECT_FALSE(blocks.next().has_value());
  EXPECT_FALSE(blocks.next().has_value());
}

TEST_F(LineBlocksTest, ReadTextGivesAllOrNothing) {
  const std::string text = many_lines(9000);
  EXPECT_EQ(read_text(folder_.add("f.json", text), text.size()), text);
  EXPECT_EQ(read_text(folder_.add("f.json.zst", compressed(text)), text.size()), text);
  EXPECT_EQ(read_text(folder_.add("f.json", text), text.size() - 1), std::nullopt);
  EXPECT_THROW(static_cast<void>(read_text(folder_.path() / "absent", 9)), RunError);
}

}  // namespace
}  // namespace recon
