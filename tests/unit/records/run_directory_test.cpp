#include "recon/records/run_directory.hpp"

#include "recon/core/error.hpp"

#include <string>

#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::message_of;
using support::put;
using support::slurp;
using support::TestFolder;
using testing::HasSubstr;

TEST(RunDirectoryTest, IsCreatedWithItsParents) {
  const TestFolder folder;
  const RunDirectory run(folder / "runs" / "new");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "runs" / "new"));
  EXPECT_EQ(run.path(), folder / "runs" / "new");
}

TEST(RunDirectoryTest, IsUsedByOneAtATime) {
  const TestFolder folder;
  {
    const RunDirectory run(folder / "run");
    EXPECT_THAT(message_of<RunError>([&] { const RunDirectory second(folder / "run"); }),
                HasSubstr((folder / "run").string()));
    EXPECT_NO_THROW(RunDirectory(folder / "other"));
  }
  EXPECT_NO_THROW(RunDirectory(folder / "run"));
}

TEST(RunDirectoryTest, FindsTheCompressedFileWhereOnlyThatExists) {
  const TestFolder folder;
  const RunDirectory run(folder / "run");
  EXPECT_EQ(run.file("pairs.jsonl"), folder / "run" / "pairs.jsonl");
  put(folder / "run" / "pairs.jsonl.zst", "");
  EXPECT_EQ(run.file("pairs.jsonl"), folder / "run" / "pairs.jsonl.zst");
  put(folder / "run" / "pairs.jsonl", "");
  EXPECT_EQ(run.file("pairs.jsonl"), folder / "run" / "pairs.jsonl");
}

TEST(RunDirectoryTest, ANewManifestHasNoStages) {
  const TestFolder folder;
  const RunDirectory run(folder / "run");
  const Json manifest = run.manifest();
  ASSERT_TRUE(manifest.is_object());
  EXPECT_TRUE(manifest.at("stages").is_object());
  EXPECT_TRUE(manifest.at("stages").empty());
}

TEST(RunDirectoryTest, TheManifestComesBack) {
  const TestFolder folder;
  const Json manifest{{"stages", {{"select", {{"digest", "x"}, {"count", 3}}}}}, {"seed", 42}};
  {
    const RunDirectory run(folder / "run");
    run.save_manifest(manifest);
    EXPECT_EQ(run.manifest(), manifest);
  }
  EXPECT_EQ(RunDirectory(folder / "run").manifest(), manifest);
  EXPECT_EQ(slurp(folder / "run" / "manifest.json").back(), '\n');
}

TEST(RunDirectoryTest, ADamagedManifestIsAnErrorThatNamesTheFile) {
  for (const char* damaged : {"", "{\"stages\": {", "[]", "{}", "{\"stages\": 3}"}) {
    const TestFolder folder;
    const RunDirectory run(folder / "run");
    put(folder / "run" / "manifest.json", damaged);
    EXPECT_THAT(message_of<RunError>([&] { static_cast<void>(run.manifest()); }), HasSubstr("manifest.json"))
        << damaged;
  }
}

TEST(RunDirectoryTest, AFileInItsPlaceIsAnError) {
  const TestFolder folder;
  put(folder / "run", "a file");
  EXPECT_THAT(message_of<RunError>([&] { const RunDirectory run(folder / "run"); }), HasSubstr("run"));
}

}  // namespace
}  // namespace recon
