// Counts over a hundred real cases, where the archive is at hand (it is no part of this project).
#include "recon/core/files.hpp"
#include "recon/core/text.hpp"
#include "recon/ingest/turn_filter.hpp"
#include "recon/sources/ingest.hpp"
#include "recon/sources/source_kinds.hpp"

#include <cstdlib>
#include <set>

#include "ingest_fixtures.hpp"
#include "source_dir.hpp"
#include <gtest/gtest.h>

namespace recon {
namespace {

namespace fs = std::filesystem;

fs::path shared_data() {
  const char* configured = std::getenv("RECON_TEST_DATA");
  if (configured != nullptr && *configured != '\0') return configured;
  return fs::path(RECON_SOURCE_DIR) / ".." / "shared" / "data";
}

class RealHearings : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const fs::path archive = shared_data() / "scotus" / "all_100_cases.tar.xz";
    if (!fs::exists(archive)) return;
    folder = std::make_unique<support::TemporaryFolder>();
    const std::string command = "tar -xJf '" + archive.string() + "' -C '" + folder->path().string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    SourceConfig source;
    source.domain = "scotus";
    source.path = folder->path();
    const auto reader = make_session_reader(source);
    sessions = support::read_all(*reader);
    rejects = reader->rejects().size();
    skips = reader->skips();
    expected = Json::parse(read_file(shared_data() / "scotus" / "expected_counts.json"))["all_100_cases"];
  }
  static void TearDownTestSuite() {
    folder.reset();
    sessions.clear();
  }
  void SetUp() override {
    if (folder == nullptr) GTEST_SKIP() << "no archive of real hearings; set RECON_TEST_DATA to its folder";
  }

  /// Compares with the archive's own counts, whose valid targets include those without context.
  static void expect_counts(const char* name, const char* author, const std::string& from,
                            const std::string& to, bool by_term) {
    std::vector<Session> selected;
    for (const Session& session : sessions) {
      const std::string key = by_term ? session.session_id.str().substr(0, 4) : session.date;
      if (from <= key && key < to) selected.push_back(session);
    }
    support::MemoryReader reader(selected);
    IngestSettings settings;
    UserConfig user;
    user.id = UserId(name);
    user.name = author;
    settings.users = {user};
    const support::Ingested result = support::ingest_all(reader, settings);
    const Json& counts = result.counts["users"][name];
    const Json& known = expected[name];
    EXPECT_EQ(counts["sessions"], known["sessions_with_valid_target"]) << name;
    EXPECT_EQ(counts["turns"], known["turns"]) << name;
    EXPECT_EQ(counts["targets_all"], known["all_target_turns"]) << name;
    const std::size_t unmarked =
        counts["targets_valid"].get<std::size_t>() + counts["targets_without_context"].get<std::size_t>();
    EXPECT_EQ(unmarked, known["valid_target_turns"].get<std::size_t>()) << name;
    const double words =
        counts["words_valid"].get<double>() + static_cast<double>(words_without_context(selected, author));
    EXPECT_NEAR(words / static_cast<double>(unmarked), known["avg_words_valid"].get<double>(), 0.0005)
        << name;
  }

 private:
  static std::size_t words_without_context(const std::vector<Session>& selected, const std::string& author) {
    const TurnFilter filter(find_source_kind("scotus")->excluded_targets);
    std::size_t words = 0;
    for (const Session& session : selected) {
      const Turn& first = session.turns.front();
      if (first.author == author && !filter.excludes(first.text)) words += count_words(first.text);
    }
    return words;
  }

 protected:
  static std::unique_ptr<support::TemporaryFolder> folder;
  static std::vector<Session> sessions;
  static std::map<std::string, std::size_t> skips;
  static std::size_t rejects;
  static Json expected;
};

std::unique_ptr<support::TemporaryFolder> RealHearings::folder;
std::vector<Session> RealHearings::sessions;
std::map<std::string, std::size_t> RealHearings::skips;
std::size_t RealHearings::rejects = 0;
Json RealHearings::expected;

TEST_F(RealHearings, AllCountsMatch) {
  const char* scalia = "Antonin Scalia";
  expect_counts("scalia_full", scalia, "2007-01-01", "2015-01-01", false);
  expect_counts("scalia_year", scalia, "2008-01-01", "2015-01-01", false);
  expect_counts("scalia_term", scalia, "2008", "2015", true);
  const char* brennan = "William J. Brennan, Jr.";
  expect_counts("brennan_full", brennan, "1969-01-01", "1976-01-01", false);
  expect_counts("brennan_year", brennan, "1970-01-01", "1976-01-01", false);
  expect_counts("brennan_term", brennan, "1970", "1976", true);

  EXPECT_EQ(rejects, 0U);
  EXPECT_EQ(skips["no transcript"], 4U);
  EXPECT_EQ(skips["case file"], 102U);
}

}  // namespace
}  // namespace recon
