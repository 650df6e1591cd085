#include "recon/sources/ingest_config.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::HasSubstr;

struct Read {
  SourceConfig source;
  std::vector<UserConfig> users;
  SplitConfig split;
};

Read read(const std::string& yaml) {
  const ConfigDocument document = ConfigDocument::parse(yaml, "recon.yaml");
  ConfigSection root = document.root();
  Read result{SourceConfig::read(root), UserConfig::read(root), SplitConfig::read(root)};
  root.finish();
  return result;
}

const std::string source_line = "source: {domain: scotus, path: data/raw}\n";

std::string error_of(const std::string& yaml) {
  try {
    read(yaml);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(IngestConfig, ReadsEveryKey) {
  const Read result = read(
      "source: {domain: sessions, path: s.jsonl, excluded_targets: ['(?i)crosstalk']}\n"
      "users:\n  - {id: a_b, name: 'Ann B., Jr.', from: 2007-01-01, to: 2015-01-01}\n  - {id: c, name: C}\n"
      "split: {train_targets: 10, train_1_targets: 5, test_targets: 2, unit: group, order: time}\n");
  EXPECT_EQ(result.source.domain, "sessions");
  EXPECT_EQ(result.source.path, "s.jsonl");
  EXPECT_THAT(result.source.excluded_targets, ::testing::Optional(::testing::ElementsAre("(?i)crosstalk")));
  ASSERT_EQ(result.users.size(), 2U);
  EXPECT_EQ(result.users[0].id.str(), "a_b");
  EXPECT_EQ(result.users[0].name, "Ann B., Jr.");
  EXPECT_EQ(result.users[0].from, "2007-01-01");
  EXPECT_EQ(result.users[0].to, "2015-01-01");
  EXPECT_FALSE(result.users[1].from.has_value());
  EXPECT_EQ(result.split.train_targets, 10U);
  EXPECT_EQ(result.split.train_1_targets, 5U);
  EXPECT_EQ(result.split.test_targets, 2U);
  EXPECT_EQ(result.split.unit, "group");
  EXPECT_EQ(result.split.order, "time");
}

TEST(IngestConfig, DefaultsAreThePapers) {
  const Read result = read(source_line);
  EXPECT_EQ(result.split.train_targets, 4096U);
  EXPECT_EQ(result.split.train_1_targets, 3072U);
  EXPECT_EQ(result.split.test_targets, 512U);
  EXPECT_EQ(result.split.unit, "session");
  EXPECT_EQ(result.split.order, "shuffled");
  EXPECT_FALSE(result.source.excluded_targets.has_value());
}

TEST(IngestConfig, AnEmptyListExcludesNothing) {
  const Read result = read("source: {domain: scotus, path: x, excluded_targets: []}\n");
  EXPECT_THAT(result.source.excluded_targets, ::testing::Optional(::testing::IsEmpty()));
}

TEST(IngestConfig, ThePolicyPartFollowsTheTrainTargets) {
  EXPECT_EQ(read(source_line + "split: {train_targets: 200}\n").split.train_1_targets, 150U);
  EXPECT_EQ(read(source_line + "split: {train_targets: 150}\n").split.train_1_targets, 112U);
}

TEST(IngestConfig, ErrorsNameThePlace) {
  EXPECT_THAT(error_of("source: {path: x}\n"), HasSubstr("source.domain"));
  EXPECT_THAT(error_of("source: {domain: scotus}\n"), HasSubstr("source.path"));
  EXPECT_THAT(error_of("source: {domain: radio, path: x}\n"), HasSubstr("'radio'"));
  EXPECT_THAT(error_of("source: {domain: scotus, pat: x}\n"), HasSubstr("source.path"));
  EXPECT_THAT(error_of("source: {domain: scotus, path: x, excluded_targets: ['(']}\n"),
              HasSubstr("recon.yaml:1: key 'source.excluded_targets'"));
  EXPECT_THAT(error_of(source_line + "users:\n  - {id: a, name: A}\n  - {id: a, name: B}\n"),
              HasSubstr("recon.yaml:4: key 'users.1.id'"));
  EXPECT_THAT(error_of(source_line + "users: [{id: 'a/b', name: A}]\n"), HasSubstr("'a/b'"));
  EXPECT_THAT(error_of(source_line + "users: [{id: a}]\n"), HasSubstr("users.0.name"));
  EXPECT_THAT(error_of(source_line + "users: [{id: a, name: A, from: 2007-13-01}]\n"),
              HasSubstr("'2007-13-01'"));
  EXPECT_THAT(error_of(source_line + "users: [{id: a, name: A, from: 2008-01-01, to: 2008-01-01}]\n"),
              HasSubstr("empty"));
  EXPECT_THAT(error_of(source_line + "split: {train_targets: 10, train_1_targets: 11}\n"),
              HasSubstr("split.train_1_targets"));
  EXPECT_THAT(error_of(source_line + "split: {test_targets: 0}\n"), HasSubstr("split.test_targets"));
  EXPECT_THAT(error_of(source_line + "split: {unit: case}\n"), HasSubstr("'case'"));
}

TEST(IngestConfig, ADownloadAddressWithAPasswordIsRefusedUnseen) {
  const std::string error = error_of(
      "source: {domain: reddit, path: x, download: {arctic_shift_url: \"http://me:hush@example.org\"}}\n");
  EXPECT_THAT(error, HasSubstr("source.download.arctic_shift_url"));
  EXPECT_THAT(error, ::testing::Not(HasSubstr("hush")));
}

TEST(IngestConfig, TheSchemaListsEveryKey) {
  const ConfigDocument document = ConfigDocument::describing();
  ConfigSection root = document.root();
  static_cast<void>(SourceConfig::read(root));
  static_cast<void>(UserConfig::read(root));
  static_cast<void>(SplitConfig::read(root));
  const Json properties = document.schema()["properties"];
  const Json& source = properties["source"];
  EXPECT_EQ(source["required"], Json({"domain", "path"}));
  EXPECT_EQ(source["properties"]["domain"]["enum"], Json({"scotus", "pmq", "podcast", "reddit", "sessions"}));
  EXPECT_TRUE(properties["users"]["items"]["properties"].contains("from"));
  EXPECT_EQ(properties["split"]["properties"]["train_targets"]["default"], 4096);
}

}  // namespace
}  // namespace recon
