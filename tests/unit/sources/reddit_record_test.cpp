#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <string>

#include "reddit/record.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const Json a_comment = {{"id", "c0b6xyz"},          {"author", "mira_k"},    {"body", "Fair enough."},
                        {"link_id", "t3_abc12"},    {"parent_id", "t1_c0b"}, {"subreddit", "FairOrFoul"},
                        {"created_utc", 1609459199}};
const Json a_post = {{"id", "abc12"},     {"author", "tom"},           {"title", "Am I wrong?"},
                     {"selftext", "So."}, {"subreddit", "FairOrFoul"}, {"created_utc", 1609459199}};

Json with(Json value, const char* key, Json field) {
  value[key] = std::move(field);
  return value;
}
Json without(Json value, const char* key) {
  value.erase(key);
  return value;
}

class RedditRecordTest : public ::testing::Test {
 protected:
  RedditParser parser_;
  std::string text_;  // what the records' texts may lie in

  const RedditRecords& parse(const Json& value) {
    text_ = value.dump();
    return parser_.parse(text_);
  }
  const RedditRecord& one(const Json& value) {
    const RedditRecords& found = parse(value);
    if (found.records.size() != 1 || !found.problems.empty()) throw std::runtime_error("expected one record");
    return found.records.front();
  }
  std::string error_of(const Json& value) {
    try {
      parse(value);
    } catch (const RunError& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST(RedditId, IsANumberInBase36) {
  EXPECT_EQ(reddit_id_number("10"), 36U);
  EXPECT_EQ(reddit_id_number("haflpmt"), 37636168709U);
  EXPECT_EQ(reddit_id(37636168709U), "haflpmt");
  EXPECT_EQ(reddit_id(*reddit_id_number("zzzzzzzzzzzz")), "zzzzzzzzzzzz");
  for (const char* bad : {"", "0abc", "ABC", "a_b", "t1_abc", "1234567890abc", "é"}) {
    EXPECT_EQ(reddit_id_number(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(full_name({RedditKind::comment, 36}), "t1_10");
  EXPECT_EQ(full_name({RedditKind::post, 35}), "t3_z");
}

TEST_F(RedditRecordTest, ACommentIsRead) {
  const RedditRecord& record = one(a_comment);
  EXPECT_EQ(full_name(record.name), "t1_c0b6xyz");
  EXPECT_EQ(full_name(record.parent), "t1_c0b");
  EXPECT_EQ(reddit_id(record.post), "abc12");
  EXPECT_EQ(record.author, "mira_k");
  EXPECT_EQ(record.text, "Fair enough.");
  EXPECT_EQ(record.subreddit, "FairOrFoul");
  EXPECT_EQ(record.created, 1609459199);
  EXPECT_FALSE(record.withdrawn);
}

TEST_F(RedditRecordTest, APostIsRead) {
  const RedditRecord& record = one(a_post);
  EXPECT_EQ(full_name(record.name), "t3_abc12");
  EXPECT_EQ(record.post, record.name.id);
  EXPECT_EQ(record.title, "Am I wrong?");
  EXPECT_EQ(record.text, "So.");
}

TEST_F(RedditRecordTest, TimesMayBeNumbersOrTextOrAbsent) {
  EXPECT_EQ(one(with(a_comment, "created_utc", 1609459199.0)).created, 1609459199);
  EXPECT_EQ(one(with(a_comment, "created_utc", 1609459199.9)).created, 1609459199);
  EXPECT_EQ(one(with(a_comment, "created_utc", "1609459199")).created, 1609459199);
  EXPECT_EQ(one(with(a_comment, "created_utc", "1609459199.0")).created, 1609459199);
  EXPECT_EQ(one(with(a_comment, "created_utc", nullptr)).created, std::nullopt);
  EXPECT_EQ(one(without(a_comment, "created_utc")).created, std::nullopt);
  for (const Json& bad : {Json(-5), Json(1e300), Json("soon"), Json(""), Json("12x"), Json("nan"), Json(true),
                          Json::array(), Json(253402300800)}) {
    EXPECT_THAT(error_of(with(a_comment, "created_utc", bad)), HasSubstr("'created_utc'")) << bad;
  }
}

TEST_F(RedditRecordTest, AParentMayBeNullOrANumber) {
  // As bodies of December 2022 have it: null for the post, else the number of the comment's id.
  EXPECT_EQ(full_name(one(with(a_comment, "parent_id", nullptr)).parent), "t3_abc12");
  EXPECT_EQ(full_name(one(with(a_comment, "parent_id", 37636168709)).parent), "t1_haflpmt");
  EXPECT_EQ(full_name(one(with(a_comment, "parent_id", *reddit_id_number("abc12"))).parent), "t3_abc12");
  EXPECT_EQ(full_name(one(with(a_comment, "parent_id", "t3_abc12")).parent), "t3_abc12");
  EXPECT_THAT(error_of(with(a_comment, "parent_id", "t3_other")), HasSubstr("'link_id' the post t3_abc12"));
  for (const Json& bad : {Json("abc"), Json(""), Json("t5_abc"), Json(-1), Json(1.5), Json(false)}) {
    EXPECT_THAT(error_of(with(a_comment, "parent_id", bad)), HasSubstr("'parent_id'")) << bad;
  }
}

TEST_F(RedditRecordTest, TheKindComesFromTheNameOrFromWhatIsThere) {
  EXPECT_EQ(one(with(with(a_comment, "body", nullptr), "name", "t1_c0b6xyz")).name.kind, RedditKind::comment);
  EXPECT_EQ(one(with(a_comment, "title", "Of the post")).name.kind, RedditKind::comment);
  EXPECT_EQ(one(with(a_post, "parent_id", nullptr)).name.kind, RedditKind::post);
  EXPECT_EQ(one(with(without(a_post, "title"), "name", "t3_abc12")).name.kind, RedditKind::post);
  EXPECT_EQ(one(with(without(a_post, "id"), "name", "t3_abc12")).name.id, *reddit_id_number("abc12"));
  EXPECT_EQ(one(with(a_post, "id", "t3_abc12")).name.id, *reddit_id_number("abc12"));
  EXPECT_THAT(error_of({{"id", "abc"}, {"display_name", "FairOrFoul"}}), HasSubstr("neither a comment"));
  EXPECT_THAT(error_of(Json::object()), HasSubstr("neither a comment"));
}

TEST_F(RedditRecordTest, WhatAnswersNeedMustBeThere) {
  EXPECT_THAT(error_of(without(a_comment, "id")), HasSubstr("no 'id'"));
  EXPECT_THAT(error_of(with(a_comment, "id", "C0B!")), HasSubstr("'id' is 'C0B!'"));
  EXPECT_THAT(error_of(with(a_comment, "id", 7)), HasSubstr("'id' should be a string, is a number"));
  EXPECT_THAT(error_of(without(a_comment, "link_id")), HasSubstr("no 'link_id'"));
  EXPECT_THAT(error_of(with(without(a_comment, "body"), "text", "words")), HasSubstr("no 'body'"));
  EXPECT_THAT(error_of(with(a_comment, "link_id", "t1_abc")), HasSubstr("'link_id' is 't1_abc'"));
  EXPECT_THAT(error_of(with(a_comment, "body", Json::array())),
              HasSubstr("'body' should be a string, is a list"));
  EXPECT_THAT(error_of(with(a_comment, "author", 5)), HasSubstr("'author'"));
  EXPECT_THAT(error_of(with(a_post, "title", false)), HasSubstr("'title' should be a string, is a boolean"));
}

TEST_F(RedditRecordTest, OtherFieldsMayHaveAnyTypeOrBeAbsent) {
  for (const char* key :
       {"edited", "score", "author_fullname", "permalink", "gildings", "_meta", "replies"}) {
    for (const Json& any :
         {Json(nullptr), Json(true), Json(1.5), Json("x"), Json::array({1}), Json::object()}) {
      EXPECT_NO_THROW(one(with(a_comment, key, any))) << key << ": " << any;
    }
  }
  EXPECT_EQ(one(without(a_comment, "author")).author, "[deleted]");
  EXPECT_EQ(one(with(a_comment, "author", nullptr)).author, "[deleted]");
  EXPECT_EQ(one(without(a_comment, "subreddit")).subreddit, "");
  EXPECT_EQ(one(with(a_comment, "body", nullptr)).text, "");
}

TEST_F(RedditRecordTest, TheArchiveSaysWhatWasWithdrawn) {
  EXPECT_TRUE(one(with(a_post, "removed_by_category", "moderator")).withdrawn);
  EXPECT_FALSE(one(with(a_post, "removed_by_category", "moderator")).author_deleted);
  EXPECT_TRUE(one(with(a_post, "removed_by_category", "deleted")).author_deleted);
  EXPECT_TRUE(one(with(a_comment, "_meta", {{"was_deleted_later", true}})).author_deleted);
  EXPECT_FALSE(one(a_comment).author_deleted);
  EXPECT_FALSE(one(with(a_post, "removed_by_category", nullptr)).withdrawn);
  EXPECT_TRUE(one(with(a_post, "_meta", {{"was_deleted_later", true}})).withdrawn);
  EXPECT_TRUE(one(with(a_comment, "_meta", {{"was_deleted_later", true}})).withdrawn);
  EXPECT_FALSE(
      one(with(a_comment, "_meta", {{"was_deleted_later", false}, {"retrieved_2nd_on", 1}})).withdrawn);
}

TEST_F(RedditRecordTest, FieldsOfInnerObjectsAreNotTheRecords) {
  const Json post = with(a_post, "crosspost_parent_list", Json::array({with(a_post, "id", "other")}));
  EXPECT_EQ(reddit_id(one(post).post), "abc12");
}

TEST_F(RedditRecordTest, BodiesListsAndListingsHoldRecords) {
  const Json second = with(a_comment, "id", "c2");
  EXPECT_THAT(parse({{"data", {a_comment, second}}, {"error", nullptr}}).records, SizeIs(2));
  EXPECT_THAT(parse(Json::array({a_comment, a_post})).records, SizeIs(2));
  EXPECT_THAT(parse({{"data", Json::array()}}).records, SizeIs(0));
  const auto wrapped = [](const char* kind, const Json& data) {
    return Json{{"kind", kind}, {"data", data}};
  };
  const auto listing = [&](const Json& children) { return wrapped("Listing", {{"children", children}}); };
  const Json answered = with(a_comment, "replies", listing(Json::array({wrapped("t1", second)})));
  const Json more = wrapped("more", {{"id", "_"}, {"children", {"c3"}}});
  const RedditRecords& tree = parse(Json::array({listing(Json::array({wrapped("t3", a_post)})),
                                                 listing(Json::array({wrapped("t1", answered), more}))}));
  EXPECT_THAT(tree.problems, SizeIs(0));
  ASSERT_THAT(tree.records, SizeIs(3));
  EXPECT_EQ(full_name(tree.records[0].name), "t3_abc12");
  EXPECT_EQ(full_name(tree.records[1].name), "t1_c0b6xyz");
  EXPECT_EQ(full_name(tree.records[2].name), "t1_c2");
}

TEST_F(RedditRecordTest, ABadItemOfAListIsAProblemAndTheOthersAreRead) {
  const RedditRecords& found =
      parse({{"data", {a_comment, 17, without(a_comment, "link_id"), with(a_comment, "id", "c2")}}});
  EXPECT_THAT(found.records, SizeIs(2));
  ASSERT_THAT(found.problems, SizeIs(2));
  EXPECT_EQ(found.problems[0].item, 1U);
  EXPECT_THAT(found.problems[0].error, HasSubstr("found a number"));
  EXPECT_EQ(found.problems[1].item, 2U);
  EXPECT_THAT(parse({{"data", Json(std::vector<int>(5000, 1))}}).problems, SizeIs(1000));
  EXPECT_EQ(parse({{"data", Json(std::vector<int>(5000, 1))}}).more_problems, 4000U);
}

TEST_F(RedditRecordTest, WhatIsNoJsonIsAnError) {
  const std::string deep(5000, '[');
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("{\"id\": \"a"), std::string("17"), std::string("null"),
        std::string("{\"id\":\"a\",\"title\":\"\xff\xfe\"}"),
        std::string("{\"title\":\"\\ud800\",\"id\":\"a\"}"),
        a_comment.dump().substr(0, 60) + a_comment.dump(), a_comment.dump() + "x", deep,
        std::string("{\"data\":{\"data\":") + deep}) {
    EXPECT_THROW(static_cast<void>(parser_.parse(bad)), RunError) << bad.substr(0, 80);
  }
  EXPECT_NO_THROW(one(a_comment)) << "a parser goes on after an error";
}

}  // namespace
}  // namespace recon
