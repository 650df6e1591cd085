// `recon cache`: what it prints, how it ends, and that a run does not notice a store that was carried about.

#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// A world whose run is done, and thus with a store.
class Cache : public testing::Test {
 protected:
  Cache() {
    const ProgramResult run = world_.recon({"run", "--config", "config.yaml"});
    if (run.exit_code != 0) throw std::runtime_error(run.err);
  }

  [[nodiscard]] ProgramResult cache(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "cache");
    return world_.recon(std::move(arguments));
  }
  [[nodiscard]] std::string store() const { return world_.run_file("responses.sqlite").string(); }
  [[nodiscard]] std::string content(const std::string& path) const {
    return cache({"export", "--store", path, "-o", "-", "-q"}).out;
  }

  World world_{{1, 6, 3, 8, 4}};
};

TEST_F(Cache, StatsCountsByPurpose) {
  const ProgramResult table = cache({"stats", "--config", "config.yaml"});
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("purpose"), HasSubstr("\ncandidates "), HasSubstr("\nevaluate "),
                               HasSubstr("\nall models\n"), HasSubstr("MiB on disk\n")));
  EXPECT_THAT(table.err, IsEmpty());
  const ProgramResult json = cache({"stats", "--store", store(), "--json"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const Json value = Json::parse(json.out);
  std::size_t questions = 0;
  for (const Json& group : value.at("groups")) questions += group.at("questions").get<std::size_t>();
  EXPECT_EQ(value.at("total").at("questions"), questions);
  EXPECT_GT(questions, 8U);
  EXPECT_EQ(value.at("bytes"), std::filesystem::file_size(store()));
}

TEST_F(Cache, AnExportImportedIsAsGoodAsTheStore) {
  const auto before = run_bytes(world_.run_file(""));
  const ProgramResult exported = cache({"export", "--store", store(), "-o", "all.jsonl.zst"});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_THAT(exported.out, IsEmpty());
  EXPECT_THAT(exported.err, HasSubstr("exported "));
  const std::string all = content(store());
  std::filesystem::remove(store());
  for (const char* time : {"first", "again"}) {
    const ProgramResult imported = cache({"import", "--config", "config.yaml", "all.jsonl.zst"});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    EXPECT_EQ(content(store()), all) << time;
  }
  const std::size_t asked = world_.server().received().size();
  const ProgramResult replay = world_.recon({"run", "--config", "config.yaml", "--force", "--replay"});
  ASSERT_EQ(replay.exit_code, 0) << replay.err;
  EXPECT_EQ(run_bytes(world_.run_file("")), before);
  EXPECT_EQ(world_.server().received().size(), asked);
}

TEST_F(Cache, AMalformedLineIsNamedAndNothingOfItStored) {
  std::string lines = content(store());
  const std::size_t second = lines.find('\n') + 1;
  lines.insert(second, "{\"question\": 7}\n");
  put(world_.file("broken.jsonl"), lines);
  const ProgramResult imported = cache({"import", "--store", "copy.sqlite", "broken.jsonl"});
  EXPECT_EQ(imported.exit_code, 1);
  EXPECT_THAT(imported.err, HasSubstr("broken.jsonl:2: "));
  const ProgramResult missing = cache({"import", "--store", "other.sqlite", "nowhere.jsonl"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(world_.file("other.sqlite")));
}

TEST_F(Cache, MergeProvesWhatItDid) {
  ASSERT_EQ(cache({"export", "--store", store(), "-o", "all.jsonl"}).exit_code, 0);
  const std::string all = slurp(world_.file("all.jsonl"));
  const std::size_t middle = all.find('\n', all.size() / 2) + 1;
  put(world_.file("one.jsonl"), all.substr(0, middle));
  put(world_.file("other.jsonl"), all.substr(middle));
  for (const char* name : {"one", "other"}) {
    const std::string base = name;
    ASSERT_EQ(cache({"import", "--store", base + ".sqlite", base + ".jsonl"}).exit_code, 0);
  }
  const ProgramResult merged = cache({"merge", "into.sqlite", "one.sqlite", "other.sqlite"});
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_THAT(merged.out, StartsWith("into.sqlite: 0 questions, 0 answers, 0 failures, 0 calls before\n"));
  EXPECT_THAT(merged.out,
              AllOf(HasSubstr("one.sqlite: "), HasSubstr(" added from it\n"), HasSubstr(" after\n")));
  EXPECT_EQ(content(world_.file("into.sqlite").string()), all);
  EXPECT_EQ(cache({"merge", "into.sqlite", "into.sqlite"}).exit_code, 2);
  EXPECT_EQ(cache({"merge", "into.sqlite", "nowhere.sqlite"}).exit_code, 1);
}

TEST_F(Cache, VerifyPassesAWholeStoreAndFailsADamagedOne) {
  const ProgramResult whole = cache({"verify", "--store", store()});
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_THAT(whole.out, IsEmpty());
  EXPECT_THAT(whole.err, HasSubstr("nothing wrong"));
  std::string bytes = slurp(store());
  const std::size_t at = bytes.find("\"finish\":\"stop\"");
  ASSERT_NE(at, std::string::npos);
  bytes[at - 4] ^= 1;
  put(store(), bytes);
  const ProgramResult damaged = cache({"verify", "--store", store()});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.out, HasSubstr("checksum"));
  EXPECT_THAT(damaged.err, HasSubstr("1 problem found; restore a copy"));
}

TEST_F(Cache, PruneSaysWhatWouldGoAndGoesOnlyWithYes) {
  const std::string before = content(store());
  const ProgramResult preview = cache({"prune", "--store", store(), "--purpose", "evaluate"});
  ASSERT_EQ(preview.exit_code, 0) << preview.err;
  EXPECT_THAT(preview.out, AllOf(HasSubstr(": would remove "), HasSubstr(" USD\n")));
  EXPECT_THAT(preview.err, HasSubstr("add --yes"));
  EXPECT_EQ(content(store()), before);

  const std::string cost =
      Json::parse(cache({"stats", "--store", store(), "--json"}).out).at("total").at("tokens").dump();
  const ProgramResult pruned = cache({"prune", "--store", store(), "--purpose", "evaluate", "--yes"});
  ASSERT_EQ(pruned.exit_code, 0) << pruned.err;
  EXPECT_THAT(pruned.out, HasSubstr(": removed "));
  const Json after = Json::parse(cache({"stats", "--store", store(), "--json"}).out);
  for (const Json& group : after.at("groups")) EXPECT_NE(group.at("purpose"), Json("evaluate"));
  EXPECT_EQ(after.at("total").at("tokens").dump(), cost) << "what the calls cost stays";
  EXPECT_EQ(cache({"verify", "--store", store()}).exit_code, 0);
  EXPECT_EQ(world_.recon({"run", "--config", "config.yaml", "--force", "--replay"}).exit_code, 1);
  EXPECT_EQ(world_.recon({"run", "--config", "config.yaml", "--force"}).exit_code, 0) << "asked again";
}

TEST(CacheUsage, WrongUsageIsExitTwo) {
  const World world({1, 2, 1, 1, 1});
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"cache"},
        {"cache", "polish"},
        {"cache", "stats"},
        {"cache", "export", "--store", "s.sqlite"},
        {"cache", "prune", "--store", "s.sqlite"},
        {"cache", "prune", "--store", "s.sqlite", "--before", "yesterday"},
        {"cache", "prune", "--store", "s.sqlite", "--purpose", "", "--before", "2026-01-01", "--yes"},
        {"cache", "prune", "--store", "s.sqlite", "--record", "", "--failures", "--yes"},
        {"cache", "stats", "--store", ""},
        {"cache", "merge", "", "from.sqlite"},
        {"cache", "merge", "into.sqlite"}}) {
    EXPECT_EQ(world.recon(arguments).exit_code, 2) << testing::PrintToString(arguments);
  }
  EXPECT_FALSE(std::filesystem::exists(world.file("s.sqlite")));
  const ProgramResult missing = world.recon({"cache", "stats", "--store", "s.sqlite"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, AllOf(HasSubstr("no response store there: check the path"),
                                 testing::Not(HasSubstr("--replay"))));
  EXPECT_FALSE(std::filesystem::exists(world.file("s.sqlite")));
}

}  // namespace
}  // namespace recon::support
