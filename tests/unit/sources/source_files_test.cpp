#include "recon/sources/source_files.hpp"

#include "recon/core/error.hpp"

#include "ingest_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace recon {
namespace {

using support::TemporaryFolder;
using ::testing::ElementsAre;

TEST(SourceFiles, ListsAFolderInByteOrderOfNames) {
  const TemporaryFolder folder;
  for (const char* name : {"b.txt", "a/z.txt", "B.txt", "a.txt", "ä \"odd\"\n'name.txt"})
    folder.add(name, "x");
  const SourceFiles found = list_source_files(folder.path());
  EXPECT_THAT(found.files, ElementsAre("B.txt", "a.txt", "a/z.txt", "b.txt", "ä \"odd\"\n'name.txt"));
  EXPECT_TRUE(found.refused.empty());
}

TEST(SourceFiles, OneFileIsAListOfOne) {
  const TemporaryFolder folder;
  folder.add("other.txt", "x");
  const SourceFiles found = list_source_files(folder.add("one.txt", "x"));
  EXPECT_THAT(found.files, ElementsAre("one.txt"));
  EXPECT_TRUE(std::filesystem::exists(found.root / found.files[0]));
}

TEST(SourceFiles, ANameThatIsNoUtf8CanBeReported) {
  const TemporaryFolder folder;
  folder.add("bad\xff.txt", "x");
  const SourceFiles found = list_source_files(folder.path());
  ASSERT_EQ(found.files.size(), 1U);
  EXPECT_EQ(file_key(found.files[0]), "bad\xef\xbf\xbd.txt");
}

TEST(SourceFiles, APipeIsNoFileToRead) {
  const TemporaryFolder folder;
  ASSERT_EQ(std::system(("mkfifo '" + (folder.path() / "pipe.json").string() + "'").c_str()), 0);
  EXPECT_TRUE(list_source_files(folder.path()).files.empty());
}

/// Is nobody in particular while it lives, whom files can be closed to.
class Unprivileged {
 public:
  Unprivileged() : before_(geteuid()) {
    constexpr uid_t nobody = 65534;
    if (before_ == 0 && seteuid(nobody) != 0) throw std::runtime_error("can't become nobody");
  }
  ~Unprivileged() {
    if (before_ == 0 && seteuid(before_) != 0) std::abort();
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  uid_t before_;
};

TEST(SourceFiles, AFolderThatCanNotBeReadIsRefusedAndTheRestGoesOn) {
  const TemporaryFolder folder;
  for (const char* name : {"a/x.txt", "b/inner/x.txt", "b/x.txt", "c/x.txt"}) folder.add(name, "x");
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  const std::filesystem::path closed = folder.path() / "b" / "inner";
  std::filesystem::permissions(closed, std::filesystem::perms::none);
  SourceFiles found;
  {
    const Unprivileged unprivileged;
    found = list_source_files(folder.path());
  }
  std::filesystem::permissions(closed, std::filesystem::perms{0755});
  EXPECT_THAT(found.files, ElementsAre("a/x.txt", "b/x.txt", "c/x.txt"));
  ASSERT_EQ(found.refused.size(), 1U);
  EXPECT_EQ(found.refused[0].first, "b/inner");
  EXPECT_THAT(found.refused[0].second, ::testing::StartsWith("can't be read (Permission denied)"));
}

TEST(SourceFilesDigest, IsThatOfTheFilesListedWhereverTheyLie) {
  const TemporaryFolder folder, outside;
  const auto time = std::filesystem::last_write_time(folder.add("one/a/x.txt", "x"));
  for (const char* name : {"one/b.txt", "two/a/x.txt", "two/b.txt"}) folder.add(name, "x");
  for (const char* name : {"one/a/x.txt", "one/b.txt", "two/a/x.txt", "two/b.txt"}) {
    std::filesystem::last_write_time(folder.path() / name, time);
  }
  const std::filesystem::path one = folder.path() / "one", two = folder.path() / "two";
  const Digest digest = source_files_digest(one);
  EXPECT_EQ(source_files_digest(two), digest);
  EXPECT_EQ(source_files_digest(std::filesystem::path(one.string() + "/../two/")), digest);

  std::filesystem::create_symlink(outside.add("y.txt", "y"), one / "y.txt");
  EXPECT_EQ(source_files_digest(one), digest) << "a link out of the folder is not read";
  std::filesystem::create_symlink(one / "b.txt", one / "c.txt");
  EXPECT_NE(source_files_digest(one), digest) << "a link within it is";

  folder.add("two/b.txt", "xx");
  std::filesystem::last_write_time(two / "b.txt", time);
  const Digest larger = source_files_digest(two);
  EXPECT_NE(larger, digest);
  std::filesystem::last_write_time(two / "b.txt", time + std::chrono::seconds(1));
  EXPECT_NE(source_files_digest(two), larger);
  EXPECT_THROW(static_cast<void>(source_files_digest(folder.path() / "three")), RunError);
}

TEST(SourceFiles, AMissingPathIsAnErrorThatNamesIt) {
  try {
    static_cast<void>(list_source_files("nowhere/at all"));
    FAIL();
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("nowhere/at all"));
  }
}

}  // namespace
}  // namespace recon
