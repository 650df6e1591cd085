#include "source_files.hpp"

#include "recon/core/error.hpp"

#include "ingest_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
