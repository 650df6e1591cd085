// docs/files.md tells the fields of every record: its tables are made of the descriptors.
#include "recon/records/records.hpp"

#include <string>

#include "source_dir.hpp"
#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

template <class Record>
void expect_table_in(const std::string& page, const std::string& file) {
  const std::size_t heading = page.find("## " + file + "\n");
  ASSERT_NE(heading, std::string::npos) << file;
  const std::size_t end = page.find("\n## ", heading + 1);
  EXPECT_THAT(page.substr(heading, end - heading), testing::HasSubstr(field_table<Record>())) << file;
}

TEST(FilesPage, HoldsTheFieldsOfEveryRecord) {
  const std::string page = support::slurp(std::string(RECON_SOURCE_DIR) + "/docs/files.md");
  expect_table_in<Session>(page, "sessions.jsonl");
  expect_table_in<Pair>(page, "pairs.jsonl");
  expect_table_in<Neighbors>(page, "neighbors.jsonl");
  expect_table_in<Candidate>(page, "candidates.jsonl");
  expect_table_in<Reconstruction>(page, "reconstructions.jsonl");
  expect_table_in<Judgment>(page, "judgments.jsonl");
  expect_table_in<Trace>(page, "traces.METHOD.jsonl");
  expect_table_in<Action>(page, "actions.METHOD.jsonl");
  expect_table_in<Verdict>(page, "verdicts.jsonl");
  expect_table_in<Reject>(page, "rejects.jsonl");
}

}  // namespace
}  // namespace recon
