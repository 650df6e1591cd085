#include "recon/core/error.hpp"

#include "reddit/wire.hpp"
#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ArchiveReply, GivesIdsAndTimesInEveryForm) {
  const auto items = parse_archive_reply(
      R"({"data":[{"id":"a1","created_utc":1300000000},{"id":"b2","created_utc":"1300000001"},
          {"id":"c3","created_utc":1300000002.9},{"id":"d4"},{"id":"e5","created_utc":null},
          {"id":"f6","created_utc":"soon"},{"id":"g7","created_utc":-5},{"id":"h8","created_utc":1e300}],
          "error":null,"metadata":{}})");
  ASSERT_EQ(items.size(), 8U);
  EXPECT_EQ(items[0].id, "a1");
  EXPECT_EQ(items[0].created, 1'300'000'000);
  EXPECT_EQ(items[1].created, 1'300'000'001);
  EXPECT_EQ(items[2].created, 1'300'000'002);
  for (std::size_t i = 3; i < items.size(); ++i) EXPECT_EQ(items[i].created, std::nullopt) << i;
  EXPECT_THAT(parse_archive_reply(R"({"data":[]})"), IsEmpty());
}

TEST(ArchiveReply, AnErrorIsOneWithTheServersWords) {
  const auto said = [](const char* body) {
    return support::message_of<RunError>([&] { static_cast<void>(parse_archive_reply(body)); });
  };
  EXPECT_THAT(said(R"({"data":null,"error":"Timeout. Maybe\nslow down"})"),
              HasSubstr("Timeout. Maybe slow down"));
  EXPECT_THAT(said(R"({"data":[],"error":{"code":5}})"), HasSubstr("error"));
}

TEST(ArchiveReply, WrongBodiesAreErrors) {
  const std::string deep = R"({"data":)" + std::string(100'000, '[');
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("null"), std::string("{}"),
        std::string(R"({"data":{}})"), std::string(R"({"data":[5]})"), std::string(R"({"data":[{"id":5}]})"),
        std::string(R"({"data":[{"id":"../x"}]})"), std::string(R"({"data":[{"id":""}]})"),
        std::string(R"({"data":[{"id":"a1"})"), deep}) {
    EXPECT_THROW(static_cast<void>(parse_archive_reply(body)), RunError) << body.substr(0, 60);
  }
}

TEST(ArchiveNames, AreKindAndBase36) {
  for (const char* name : {"t1_a1b2", "t3_0", "t1_zzzzzzzzzzzzz"}) EXPECT_TRUE(is_archive_name(name)) << name;
  for (const char* name : {"", "t1_", "a1b2", "t2_a1", "t1_A1", "t1_a,b", "t1_../x", "t1_zzzzzzzzzzzzzz"})
    EXPECT_FALSE(is_archive_name(name)) << name;
}

}  // namespace
}  // namespace recon
