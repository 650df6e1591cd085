// The invented hearings in data/scotus must stay readable and show the cases that real ones show.
#include "recon/sources/ingest.hpp"

#include <set>

#include "ingest_fixtures.hpp"
#include "source_dir.hpp"
#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(SampleHearings, HoldEnoughForASplit) {
  IngestSettings settings;
  settings.source.domain = "scotus";
  settings.source.path = std::filesystem::path(RECON_SOURCE_DIR) / "data" / "scotus";
  UserConfig user;
  user.id = UserId("merrill");
  user.name = "Augusta Merrill";
  user.from = "2011-01-01";
  user.to = "2017-01-01";
  settings.users = {user};
  settings.split.train_targets = 120;
  settings.split.train_1_targets = 90;
  settings.split.test_targets = 24;
  const auto reader = make_session_reader(settings.source);
  const support::Ingested result = support::ingest_all(*reader, settings);

  EXPECT_EQ(result.sessions.size(), 12U);
  EXPECT_TRUE(result.rejects.empty());
  EXPECT_EQ(result.counts["sessions_without_date"], 0);
  EXPECT_GE(result.counts["skips"]["case file"], 1);
  EXPECT_EQ(result.counts["skips"]["no transcript"], 1);
  EXPECT_GE(result.counts["skips"]["turn without speaker"], 1);
  const Json& counts = result.counts["users"]["merrill"];
  EXPECT_EQ(counts["sessions"], 12);
  EXPECT_GE(counts["targets_excluded"], 5);
  EXPECT_EQ(counts["shrunk"], false);

  std::set<std::string> groups, actions;
  for (const Session& session : result.sessions) groups.insert(session.group.str());
  EXPECT_LT(groups.size(), result.sessions.size()) << "a reargument shares its case's group";
  for (const Pair& pair : result.pairs) {
    EXPECT_TRUE(actions.insert(pair.action).second) << "said twice: " << pair.action;
  }
}

}  // namespace
}  // namespace recon
