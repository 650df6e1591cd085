// A damaged store is an error that says what to do, or reads as it was: never a wrong answer, never one lost
// without a word.

#include "recon/core/files.hpp"
#include "recon/store/store.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <random>
#include <utility>
#include <variant>

#include "store_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace recon {
namespace {

using testing::HasSubstr;

constexpr int questions = 96;
constexpr int questions_per_commit = 4;
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t log_header_bytes = 32;
constexpr std::size_t log_frame_bytes = page_bytes + 24;

std::string name_of(int number) { return "question " + std::to_string(number); }
std::string reply_of(int number) {
  std::string text;
  while (text.size() < 900)
    text += "reply " + std::to_string(number * 31 + static_cast<int>(text.size())) + " ";
  return text;
}

/// A store of about 40 pages whose later half still lies in the log, as a killed process leaves it, and the
/// same store closed.
struct Files {
  std::string open, log, closed;
  std::vector<std::pair<Digest, std::string>> truth;  ///< in the order of the commits

  explicit Files(const std::filesystem::path& path) {
    for (int i = 0; i < questions; ++i) truth.emplace_back(question(name_of(i)), reply_of(i));
    commit(path, 0, questions / 2, questions / 2);
    {
      const ResponseStore keeps_the_log(path, false);
      commit(path, questions / 2, questions, questions_per_commit);
      open = read_file(path);
      log = read_file(path.string() + "-wal");
    }
    closed = read_file(path);
  }

 private:
  static void commit(const std::filesystem::path& path, int from, int to, int at_once) {
    ResponseStore store(path, false);
    for (int i = from; i < to; i += at_once) {
      std::vector<StoredCompletion> some;
      for (int k = i; k < i + at_once; ++k) some.push_back(chat(name_of(k), 0, reply_of(k)));
      store.commit(some);
    }
  }
};

class StoreDamage : public StoreFixture {
 protected:
  static void SetUpTestSuite() {
    std::string folder = (std::filesystem::temp_directory_path() / "recon-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    files_ = std::make_unique<Files>(std::filesystem::path(folder) / "responses.sqlite");
    std::filesystem::remove_all(folder);
  }
  static void TearDownTestSuite() { files_.reset(); }

  /// Writes files as they are to be found, opens and reads everything. Returns the error, or the number of
  /// answers that are missing at the end; checks that the others are right and that none is missing in
  /// between.
  std::variant<std::string, int> read(const std::string& file, const std::string& log, bool read_only) {
    const auto path = folder_ / "damaged.sqlite";
    std::error_code none;
    std::filesystem::remove(path.string() + "-shm", none);
    std::filesystem::remove(path.string() + "-wal", none);
    put(path, file);
    if (!log.empty()) put(path.string() + "-wal", log);
    try {
      const ResponseStore store(path, read_only);
      int missing = 0;
      for (const auto& [digest, reply] : files_->truth) {
        const auto answers = store.answers(digest);
        if (answers.empty()) {
          ++missing;
          continue;
        }
        EXPECT_EQ(missing, 0) << "an answer between others is missing";
        EXPECT_EQ(answers.size(), 1U);
        EXPECT_EQ(std::get<ChatAnswer>(answers[0].answer).text, reply);
      }
      return missing;
    } catch (const RunError& error) {
      return error.what();
    }
  }

  /// Without the syncs of the program's own functions.
  static void put(const std::filesystem::path& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    ASSERT_TRUE(file.flush());
  }

  void expect_error_or_at_most(int missing_allowed, const std::variant<std::string, int>& outcome,
                               const std::string& what) {
    if (const auto* missing = std::get_if<int>(&outcome)) {
      EXPECT_LE(*missing, missing_allowed) << what;
      return;
    }
    const auto& error = std::get<std::string>(outcome);
    ++errors_;
    EXPECT_THAT(error, HasSubstr("damaged.sqlite")) << what;
    const bool advises =
        error.find("restore a copy") != std::string::npos || error.find("move ") != std::string::npos ||
        error.find("use the version") != std::string::npos || error.find("check that") != std::string::npos;
    EXPECT_TRUE(advises) << what << ": " << error;
  }

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  std::string flipped(std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1 + below(255)));
    return bytes;
  }

  static std::unique_ptr<Files> files_;
  std::mt19937_64 random_{20261120};
  int errors_ = 0;
};
std::unique_ptr<Files> StoreDamage::files_;

TEST_F(StoreDamage, WholeFilesReadWhole) {
  EXPECT_GE(files_->closed.size(), 30 * page_bytes);
  EXPECT_GE(files_->log.size(), 20 * log_frame_bytes);
  for (const bool read_only : {false, true}) {
    EXPECT_EQ(std::get<int>(read(files_->open, files_->log, read_only)), 0);
    EXPECT_EQ(std::get<int>(read(files_->closed, "", read_only)), 0);
  }
}

TEST_F(StoreDamage, ACutFile) {
  const std::string file = files_->closed;
  for (std::size_t length = page_bytes; length < file.size(); length += page_bytes)
    expect_error_or_at_most(0, read(file.substr(0, length), "", length % 10 != 0), std::to_string(length));
  for (int i = 0; i < 200; ++i) {
    const std::size_t length = 1 + below(file.size() - 1);
    expect_error_or_at_most(0, read(file.substr(0, length), "", i % 10 != 0), std::to_string(length));
  }
  EXPECT_GT(errors_, 200);
}

TEST_F(StoreDamage, AFlippedByteInTheFile) {
  const std::string file = files_->closed;
  for (int i = 0; i < 200; ++i) {
    const std::size_t at = below(file.size());
    expect_error_or_at_most(0, read(flipped(file, at), "", i % 10 != 0), std::to_string(at));
  }
  for (std::size_t at = 0; at < 100; ++at) {
    expect_error_or_at_most(0, read(flipped(file, at), "", at % 10 != 0), std::to_string(at));
  }
  EXPECT_GT(errors_, 100);
}

TEST_F(StoreDamage, ACutLogLosesOnlyItsEnd) {
  const auto most = questions / 2;
  int lost = 0;
  const auto check = [&](std::size_t length, bool read_only) {
    const auto outcome = read(files_->open, files_->log.substr(0, length), read_only);
    expect_error_or_at_most(most, outcome, std::to_string(length));
    if (const auto* missing = std::get_if<int>(&outcome)) lost = std::max(lost, *missing);
  };
  for (std::size_t length = log_header_bytes; length < files_->log.size(); length += log_frame_bytes)
    check(length, length % 10 != 0);
  for (int i = 0; i < 200; ++i) check(below(files_->log.size()), i % 10 != 0);
  EXPECT_GT(lost, most / 2) << "a log cut by a crash is no error";
}

TEST_F(StoreDamage, AFlippedByteInTheLogCostsAtMostItsEnd) {
  for (int i = 0; i < 200; ++i) {
    const std::size_t at = below(files_->log.size());
    expect_error_or_at_most(2 * questions_per_commit,
                            read(files_->open, flipped(files_->log, at), i % 10 != 0), std::to_string(at));
  }
  for (std::size_t at = 0; at < log_header_bytes; ++at) {
    const auto outcome = read(files_->open, flipped(files_->log, at), at % 10 != 0);
    EXPECT_TRUE(std::holds_alternative<std::string>(outcome)) << at;
  }
  EXPECT_GT(errors_, 100);
}

TEST_F(StoreDamage, AnEmptyFileBesideALogIsNoNewStore) {
  for (const bool read_only : {false, true}) {
    expect_error_or_at_most(0, read("", files_->log, read_only), "empty");
  }
  EXPECT_EQ(errors_, 2);
}

TEST_F(StoreDamage, AFlippedByteInsideATextNamesTheQuestion) {
  const std::string file = files_->closed;
  const std::size_t at = file.find(reply_of(7));
  ASSERT_NE(at, std::string::npos);
  std::string changed = file;
  changed[at] = 'R';
  EXPECT_THAT(std::get<std::string>(read(changed, "", true)), HasSubstr(question(name_of(7)).hex()));
}

}  // namespace
}  // namespace recon
