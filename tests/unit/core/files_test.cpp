#include "recon/core/files.hpp"

#include "recon/core/error.hpp"

#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace recon {
namespace {

using support::message_of;
using support::put;
using support::slurp;
using support::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;

/// While it lives, no file may grow beyond a size: writes fail as they do on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  using Handler = void (*)(int);
  Handler handler_;
  rlimit before_{};
};

TEST(FilesTest, ReadsEveryByte) {
  const TestFolder folder;
  const std::string content = std::string("a\0b\r\n", 5) + std::string(200000, 'z');
  EXPECT_EQ(read_file(put(folder / "file", content)), content);
  EXPECT_EQ(read_file(put(folder / "empty", "")), "");
}

TEST(FilesTest, ReadingNamesThePathAndTheReason) {
  const TestFolder folder;
  const auto missing = message_of<RunError>([&] { static_cast<void>(read_file(folder / "none.txt")); });
  EXPECT_THAT(missing, HasSubstr((folder / "none.txt").string()));
  EXPECT_THAT(missing, HasSubstr("No such file"));
  EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(read_file(folder.path())); }),
              HasSubstr("directory"));
}

TEST(FilesTest, AppearsOnlyWhenCommitted) {
  const TestFolder folder;
  AtomicFile file(folder / "data.txt");
  file.write("one ");
  file.write("two");
  EXPECT_FALSE(std::filesystem::exists(folder / "data.txt"));
  file.commit();
  EXPECT_EQ(slurp(folder / "data.txt"), "one two");
  EXPECT_THAT(folder.names(), ElementsAre("data.txt"));
}

TEST(FilesTest, NotCommittedLeavesTheOldFileAndNothingElse) {
  const TestFolder folder;
  put(folder / "data.txt", "old");
  {
    AtomicFile file(folder / "data.txt");
    file.write(std::string(300000, 'n'));
  }
  EXPECT_EQ(slurp(folder / "data.txt"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("data.txt"));
}

TEST(FilesTest, ReplacesALongerFileWhole) {
  const TestFolder folder;
  put(folder / "data.txt", std::string(1000, 'o'));
  write_file(folder / "data.txt", "new");
  EXPECT_EQ(slurp(folder / "data.txt"), "new");
}

TEST(FilesTest, AFullDiskLeavesTheOldFile) {
  const TestFolder folder;
  put(folder / "data.txt", "old");
  std::string message;
  {
    const FileSizeLimit limit(100000);
    message = message_of<RunError>([&] { write_file(folder / "data.txt", std::string(500000, 'n')); });
  }
  EXPECT_THAT(message, HasSubstr("data.txt"));
  EXPECT_EQ(slurp(folder / "data.txt"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("data.txt"));
}

TEST(FilesTest, AFullDiskFoundOutAtTheEndLeavesTheOldFile) {
  const TestFolder folder;
  put(folder / "data.txt", "old");
  std::string message;
  {
    const FileSizeLimit limit(10);
    std::optional<AtomicFile> file(std::in_place, folder / "data.txt");
    file->write("a short text that stays in the buffer until the end");
    message = message_of<RunError>([&] { file->commit(); });
    file.reset();
  }
  EXPECT_THAT(message, HasSubstr("data.txt"));
  EXPECT_EQ(slurp(folder / "data.txt"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("data.txt"));
}

TEST(FilesTest, WhereAFolderHasTheNameNothingIsLeftBehind) {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "data.txt");
  put(folder / "data.txt" / "inside", "kept");
  EXPECT_THROW(write_file(folder / "data.txt", "x"), RunError);
  EXPECT_THAT(folder.names(), ElementsAre("data.txt"));
  EXPECT_EQ(slurp(folder / "data.txt" / "inside"), "kept");
}

TEST(FilesTest, MakesMissingFolders) {
  const TestFolder folder;
  write_file(folder / "a" / "b" / "data.txt", "x");
  EXPECT_EQ(slurp(folder / "a" / "b" / "data.txt"), "x");
}

TEST(FilesTest, AFileInPlaceOfAFolderIsAnError) {
  const TestFolder folder;
  put(folder / "plain", "x");
  const auto message = message_of<RunError>([&] { write_file(folder / "plain" / "data.txt", "x"); });
  EXPECT_THAT(message, HasSubstr("plain"));
}

TEST(FilesTest, AKilledWriterLeavesTheOldFile) {
  const TestFolder folder;
  put(folder / "data.txt", "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    AtomicFile file(folder / "data.txt");
    file.write(std::string(300000, 'n'));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(slurp(folder / "data.txt"), "old");
  // What the killed process left does not stand in the way.
  write_file(folder / "data.txt", "new");
  EXPECT_EQ(slurp(folder / "data.txt"), "new");
}

TEST(FilesTest, ALockIsExclusiveAndNamesWhatItGuards) {
  const TestFolder folder;
  std::optional<FileLock> first(std::in_place, folder / ".lock", "the run directory runs/x");
  const auto message =
      message_of<RunError>([&] { const FileLock second(folder / ".lock", "the run directory runs/x"); });
  EXPECT_THAT(message, HasSubstr("runs/x"));
  first.reset();
  EXPECT_NO_THROW(FileLock(folder / ".lock", "the run directory runs/x"));
  EXPECT_TRUE(std::filesystem::exists(folder / ".lock"));
}

TEST(FilesTest, ALockEndsWithItsProcess) {
  const TestFolder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const FileLock lock(folder / ".lock", "x");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_NO_THROW(FileLock(folder / ".lock", "x"));
}

TEST(FilesTest, ALockThatCantBeCreatedIsAnError) {
  const TestFolder folder;
  EXPECT_THAT(message_of<RunError>([&] { const FileLock lock(folder / "none" / ".lock", "x"); }),
              HasSubstr(".lock"));
}

TEST(TemporaryFile, GivesBackWhatWasPutIn) {
  TemporaryFile file;
  std::vector<std::pair<std::uint64_t, std::string>> parts;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string bytes(i * 37 % 5000, static_cast<char>('a' + i % 26));
    parts.emplace_back(file.append(bytes), bytes);
  }
  for (int round = 0; round < 2; ++round) {
    for (const auto& [offset, bytes] : parts) {
      std::string got(bytes.size(), '?');
      file.read(offset, got.data(), got.size());
      ASSERT_EQ(got, bytes);
    }
    parts.emplace_back(file.append("more"), "more");
  }
  char beyond = 0;
  EXPECT_THROW(file.read(std::uint64_t{1} << 40U, &beyond, 1), RunError);
}

TEST(TemporaryFile, AFolderThatIsMissingIsAnErrorThatNamesIt) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ASSERT_EQ(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
  EXPECT_THROW(const TemporaryFile file, RunError);
  ASSERT_EQ(before == nullptr ? unsetenv("TMPDIR") : setenv("TMPDIR", kept.c_str(), 1), 0);
}

}  // namespace
}  // namespace recon
