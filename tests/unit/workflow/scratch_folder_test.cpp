// What killed processes leave among the temporary files.

#include "scratch_folder.hpp"

#include <cstdlib>

#include "test_folder.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

namespace recon {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class ScratchFolders : public testing::Test {
 protected:
  ScratchFolders() {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", temporary_.path().c_str(), 1);
  }
  ~ScratchFolders() override {
    if (before_.empty()) {
      ::unsetenv("TMPDIR");
    } else {
      ::setenv("TMPDIR", before_.c_str(), 1);
    }
  }

  /// A folder with a file in it, as a process leaves it.
  [[nodiscard]] std::filesystem::path folder(const std::string& name) const {
    std::filesystem::create_directory(temporary_ / name);
    support::put(temporary_ / name / "pairs.jsonl", "{}");
    return temporary_ / name;
  }

  support::TestFolder temporary_;
  std::string before_;
};

TEST_F(ScratchFolders, AreGoneAtTheEnd) {
  {
    const ScratchFolder one, two;
    support::put(one.path() / "pairs.jsonl", "{}");
    EXPECT_EQ(temporary_.names().size(), 2U);
  }
  EXPECT_THAT(temporary_.names(), IsEmpty());
}

TEST_F(ScratchFolders, OfEndedProcessesAreRemovedByTheNextOne) {
  (void)folder("recon-scratch.ended1");
  // Neither others' files nor a name that only begins like one.
  (void)folder("recon-scratch.ended1-kept");
  support::put(temporary_ / "recon-scratch.afile2", "no folder");
  (void)folder("elsewhere");
  std::filesystem::create_directory_symlink(temporary_ / "elsewhere", temporary_ / "recon-scratch.linked");
  { const ScratchFolder next; }
  EXPECT_THAT(temporary_.names(), UnorderedElementsAre("recon-scratch.ended1-kept", "recon-scratch.afile2",
                                                       "elsewhere", "recon-scratch.linked"));
  EXPECT_TRUE(std::filesystem::exists(temporary_ / "elsewhere" / "pairs.jsonl"));
}

TEST_F(ScratchFolders, InUseStay) {
  const auto used = folder("recon-scratch.inuse1");
  const int descriptor = ::open(used.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(descriptor, LOCK_EX | LOCK_NB), 0);
  { const ScratchFolder next; }
  EXPECT_TRUE(std::filesystem::exists(used / "pairs.jsonl"));
  ::close(descriptor);
  { const ScratchFolder next; }
  EXPECT_THAT(temporary_.names(), Not(Contains("recon-scratch.inuse1")));
}

}  // namespace
}  // namespace recon
