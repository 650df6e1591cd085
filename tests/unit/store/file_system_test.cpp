// Where a store lies, how it is journalled there, and what is advised when that fails.

#include "file_system.hpp"

#include "database.hpp"
#include "store_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace recon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class StoreJournals : public StoreFixture {
 protected:
  [[nodiscard]] std::string mode() const {
    return SQLite::Database(path_.string(), SQLite::OPEN_READONLY)
        .execAndGet("PRAGMA journal_mode")
        .getString();
  }
};

TEST(StoreMedium, KnowsNetworkFileSystemsByTheirNumber) {
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(0x0BD00BD0), "Lustre");
  EXPECT_EQ(network_file_system(0x01021997), "9p");
  EXPECT_EQ(network_file_system(0x65735546), "FUSE");
  EXPECT_EQ(network_file_system(0x47504653), "GPFS");
  EXPECT_EQ(network_file_system(0x19830326), "BeeGFS");
  EXPECT_EQ(network_file_system(0x5346414F), "AFS");
  EXPECT_EQ(network_file_system(0x00C36400), "Ceph");
  EXPECT_EQ(network_file_system(0xFF534D42), "CIFS");
  EXPECT_EQ(network_file_system(0xFFFFFFFFFF534D42), "CIFS") << "as a signed word gives it";
}

TEST(StoreMedium, TakesEveryOtherForLocal) {
  for (const std::uint64_t local : {0xEF53UL /* ext4 */, 0x58465342UL /* xfs */, 0x9123683EUL /* btrfs */,
                                    0x01021994UL /* tmpfs */, 0x794C7630UL /* overlay */, 0UL}) {
    EXPECT_EQ(network_file_system(local), std::nullopt) << local;
  }
}

TEST_F(StoreJournals, AskAboutTheNearestFolderOfAFileToCome) {
  EXPECT_EQ(network_file_system_of(folder_), network_file_system_of(folder_ / "not" / "yet" / "there"));
}

TEST_F(StoreJournals, ARollbackJournalIsAsDurableAndSharedAsALog) {
  ResponseStore one(path_, false, StoreJournal::rollback);
  ResponseStore other(path_, false, StoreJournal::rollback);
  one.commit({chat("q", 0, "a")});
  other.commit({chat("q", 1, "b")});
  EXPECT_THAT(texts_of(one, "q"), ElementsAre("0 a", "1 b"));
  EXPECT_EQ(mode(), "delete");
  EXPECT_FALSE(std::filesystem::exists(path_.string() + "-wal"));
}

TEST_F(StoreJournals, AStoreIsConvertedWhenNobodyElseUsesIt) {
  { ResponseStore(path_, false, StoreJournal::write_ahead).commit({chat("q", 0, "a")}); }
  EXPECT_EQ(mode(), "wal");
  { ResponseStore(path_, false, StoreJournal::rollback).commit({chat("q", 1, "b")}); }
  EXPECT_EQ(mode(), "delete");
  const ResponseStore store(path_, false, StoreJournal::write_ahead);
  EXPECT_THAT(texts_of(store, "q"), ElementsAre("0 a", "1 b"));
  EXPECT_EQ(mode(), "wal");
}

TEST_F(StoreJournals, AStoreInUseIsNotConverted) {
  ResponseStore user(path_, false, StoreJournal::write_ahead);
  user.commit({chat("q", 0, "a")});
  EXPECT_THAT(error_of([&] { const ResponseStore store(path_, false, StoreJournal::rollback); }),
              AllOf(HasSubstr(path_.string()), HasSubstr("end that process and run again")));
  user.commit({chat("q", 1, "b")});
  EXPECT_THAT(texts_of(user, "q"), ElementsAre("0 a", "1 b"));
}

TEST_F(StoreJournals, AutoLeavesARollbackJournalThatIsThere) {
  { ResponseStore(path_, false, StoreJournal::rollback).commit({chat("q", 0, "a")}); }
  { ResponseStore(path_, false).commit({chat("q", 1, "b")}); }
  EXPECT_EQ(mode(), "delete");
  forget_answers(path_, [](std::string_view, std::string_view) { return false; });
  EXPECT_EQ(mode(), "delete");
}

TEST_F(StoreJournals, ACommitThatWasBrokenOffIsNeverReadHalfWritten) {
  { ResponseStore(path_, false, StoreJournal::rollback).commit({chat("q", 0, "a")}); }
  const auto copy = folder_ / "copy.sqlite";
  {
    // A cache of one page: what is not committed is in the file already, as when a process is killed then.
    SQLite::Database writer(path_.string(), SQLite::OPEN_READWRITE);
    writer.exec(
        "PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE facts SET value = 7;"
        "INSERT INTO failures(question, kind, message, raw, created) "
        "VALUES (zeroblob(32), 'timeout', '', zeroblob(100000), '')");
    std::filesystem::copy_file(path_, copy);
    std::filesystem::copy_file(path_.string() + "-journal", copy.string() + "-journal");
  }
  EXPECT_THAT(error_of([&] { const ResponseStore store(copy, true); }),
              AllOf(HasSubstr(copy.string()), HasSubstr("a commit was broken off")));
  { const ResponseStore store(copy, false); }
  EXPECT_THAT(texts_of(ResponseStore(copy, true), "q"), ElementsAre("0 a"));
}

TEST(StoreAdvice, SaysWhatToDo) {
  EXPECT_THAT(store_advice(SQLITE_FULL), HasSubstr("free some space and run again"));
  EXPECT_THAT(store_advice(SQLITE_IOERR_WRITE), HasSubstr("free some space and run again"));
  EXPECT_THAT(store_advice(SQLITE_IOERR_FSYNC), HasSubstr("what was stored before stays"));
  EXPECT_THAT(store_advice(SQLITE_CORRUPT), HasSubstr("restore a copy"));
  for (const int code : {SQLITE_PROTOCOL, SQLITE_IOERR_LOCK, SQLITE_IOERR_RDLOCK, SQLITE_IOERR_SHMMAP}) {
    EXPECT_THAT(store_advice(code), AllOf(HasSubstr("no file locks"), HasSubstr("`store:`"))) << code;
  }
}

}  // namespace
}  // namespace recon
