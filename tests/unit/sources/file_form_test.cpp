// What lies in a source and is not what it is taken for: every reader names it, and reads the rest.
#include "file_form.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/sources/source_kinds.hpp"

#include <string>
#include <vector>

#include "ingest_fixtures.hpp"
#include "pmq_fixtures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::TemporaryFolder;
using ::testing::HasSubstr;

struct Foreign {
  std::string content;
  const char* name;
};

std::vector<Foreign> foreign_contents() {
  return {{"\x1F\x8B\x08 x", "gzip-compressed data"},
          {"BZh91AY", "bzip2-compressed data"},
          {std::string("\xFD"
                       "7zXZ\0",
                       6),
           "xz-compressed data"},
          {"PK\x03\x04 x", "a ZIP archive"},
          {"%PDF-1.7\n", "a PDF document"},
          {"{\\rtf1 x}", "an RTF document"},
          {"\xD0\xCF\x11\xE0\xA1", "an old Office document"},
          {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer"},
          {"/annex/objects/MD5E-s1--0.json\n", "a git-annex pointer"},
          {std::string("\xFF\xFE{\0", 4), "UTF-16 text"},
          {std::string("\xFE\xFF\0{", 4), "UTF-16 text"},
          {std::string("{\0\n\0", 4), "UTF-16 text"},
          {std::string("{}          \0", 13), "binary data"}};
}

const Foreign html_page = {"\n<!DOCTYPE HTML><html><title>503</title></html>", "an HTML page"};

/// What becomes of a file of that name and content beside a good one: the error of its reject.
class ForeignFiles : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  std::string error_of(const std::string& domain, const std::string& name, const std::string& content,
                       std::size_t sessions = 1) {
    const auto file = folder_.add(name, content);
    SourceConfig config;
    config.domain = domain;
    config.path = folder_.path();
    UserConfig user;
    user.id = UserId("mira");
    user.name = "mira";
    const auto reader = make_session_reader(config, {user});
    EXPECT_EQ(support::read_all(*reader).size(), sessions) << domain << ": the other file is read";
    std::filesystem::remove(file);
    for (const Reject& reject : reader->rejects()) {
      if (reject.subject.text() == name || reject.subject.text() == name + ":1") return reject.describe();
    }
    return "no reject";
  }
  void expect_named(const std::string& domain, const std::string& name, bool pages_too = true) {
    for (const Foreign& foreign : foreign_contents()) {
      EXPECT_THAT(error_of(domain, name, foreign.content), HasSubstr(foreign.name)) << domain;
    }
    if (pages_too) {
      EXPECT_THAT(error_of(domain, name, html_page.content), HasSubstr(html_page.name)) << domain;
    }
  }
};

TEST_F(ForeignFiles, AreNamedAmongHearings) {
  const Json good = support::oyez_hearing("Argument - January 11, 2011",
                                          {support::oyez_turn(support::speaker("ann", "Ann"), {"One."})});
  folder_.add("2010.1-t01.json", good.dump());
  expect_named("scotus", "2010.2-t01.json");
  EXPECT_THAT(error_of("scotus", "2010.2-t01.json", ""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of("scotus", "2010.2-t01.json.gz", "\x1F\x8B"), HasSubstr("compressed hearing"));
  const auto changed = [&](const char* from, const char* to) {
    std::string text = good.dump();
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
      text.replace(at, std::string_view(from).size(), to);
    return error_of("scotus", "2010.2-t01.json", text);
  };
  EXPECT_THAT(changed("\"text\"", "\"words\""), HasSubstr("text_blocks[0] has no 'text'"));
  EXPECT_THAT(changed("\"text_blocks\"", "\"blocks\""), HasSubstr("has no 'text_blocks'"));
  EXPECT_THAT(changed("\"sections\"", "\"parts\""), HasSubstr("has no 'sections'"));
  EXPECT_THAT(changed("\"speaker\"", "\"who\""), HasSubstr("has no 'speaker'"));
  EXPECT_THAT(changed("\"transcript\"", "\"text\""), HasSubstr("the field 'transcript' is missing"));
  Json nameless = good;
  Json& who = nameless["transcript"]["sections"][0]["turns"][0]["speaker"];
  who = Json{{"full_name", "Ann"}};
  EXPECT_THAT(error_of("scotus", "2010.2-t01.json", nameless.dump()),
              HasSubstr("neither 'identifier' nor 'name'"));
  EXPECT_THAT(error_of("scotus", "2010.2-t01.json", "[" + good.dump() + "]"),
              HasSubstr("should be an object"));
}

TEST_F(ForeignFiles, AreNamedAmongSittings) {
  folder_.add("good.json",
              support::api_debate("G", 4, support::api_exchange("Why?", "Because."), "2041-01-01").dump());
  expect_named("pmq", "a.json");
  for (const Foreign& foreign : foreign_contents()) {
    const bool utf16 = std::string_view(foreign.name) == "UTF-16 text" && foreign.content.front() != '{';
    EXPECT_THAT(error_of("pmq", "debates2041-03-06a.xml", foreign.content),
                HasSubstr(utf16 ? "no valid XML" : foreign.name));
  }
  EXPECT_THAT(error_of("pmq", "debates2041-03-06a.xml", html_page.content),
              HasSubstr("expected 'publicwhip'"));
  EXPECT_THAT(error_of("pmq", "debates2041-03-06a.xml.gz", "x"), HasSubstr("decompress it"));
  EXPECT_THAT(error_of("pmq", "a.json.gz", "x"), HasSubstr("decompress it"));
  Json debate = support::api_debate("A", 4, support::api_exchange("Why?", "Because."));
  for (const char* field : {"Value", "ItemType"}) {
    Json changed = debate;
    changed["Items"][0].erase(field);
    EXPECT_THAT(error_of("pmq", "a.json", changed.dump()),
                HasSubstr(std::string("the file.Items[0] has no '") + field + "'"));
  }
  EXPECT_EQ(error_of("pmq", "a.json", "\xEF\xBB\xBF" + debate.dump(), 2), "no reject") << "a byte order mark";
}

TEST_F(ForeignFiles, AreNamedAmongTranscripts) {
  folder_.add("good.txt", "Ann: One.\nBob: Two.\nAnn: Three.\nBob: Four.\n");
  for (const char* name : {"a.txt", "a.html", "a.md", "a.vtt", "a.srt"}) {
    expect_named("podcast", name, false);
    EXPECT_THAT(error_of("podcast", name, html_page.content), HasSubstr("the page has neither"));
    EXPECT_THAT(error_of("podcast", name, ""), HasSubstr("the file is empty"));
    EXPECT_THAT(error_of("podcast", name, "WEBVTT\n\n00:01.000 --> 00:02.000\nwords\n"),
                HasSubstr("a WebVTT subtitle file without speakers"));
  }
  EXPECT_THAT(error_of("podcast", "a.ass", "x"), HasSubstr("an ASS subtitle file"));
  EXPECT_THAT(error_of("podcast", "a.vtt.gz", "x"), HasSubstr("decompress it"));
}

std::string comments() {
  const Json post = {{"id", "p1"},
                     {"author", "tom"},
                     {"title", "Is the gate mine, or is it hers?"},
                     {"selftext", "She parks there."},
                     {"subreddit", "x"},
                     {"created_utc", 1609502400}};
  const Json comment = {{"id", "c1"},
                        {"author", "mira"},
                        {"body", "It is nobody's at all, I should think."},
                        {"link_id", "t3_p1"},
                        {"parent_id", "t3_p1"},
                        {"subreddit", "x"},
                        {"created_utc", 1609502400}};
  return post.dump() + "\n" + comment.dump() + "\n";
}

TEST_F(ForeignFiles, AreNamedAmongComments) {
  folder_.add("good.jsonl", comments());
  for (const char* name : {"a.jsonl", "a.json", "a.ndjson", "RC_2021-01.zst", "a.jsonl.zst"}) {
    expect_named("reddit", name);
  }
  EXPECT_THAT(error_of("reddit", "a.jsonl", "\x28\xB5\x2F\xFD x"), HasSubstr("zstd-compressed data"));
  EXPECT_THAT(error_of("reddit", "a.jsonl", "id,author,body\nc1,mira,x\n"), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of("reddit", "a.jsonl", R"({"comment_id": "c9", "user": "mira", "text": "x"})"),
              HasSubstr("neither a comment"));
  EXPECT_THAT(error_of("reddit", "a.jsonl", R"({"error": "not found"})"), HasSubstr("neither a comment"));
}

TEST_F(ForeignFiles, AListOfCommentsMayLieUnderTheNameOfLines) {
  std::string list = "[\n" + comments();
  list.insert(list.find("}\n") + 1, ",");
  folder_.add("a.jsonl", list + "]\n");
  folder_.add("empty.jsonl", "\n");
  SourceConfig config;
  config.domain = "reddit";
  config.path = folder_.path();
  UserConfig user;
  user.name = "mira";
  const auto reader = make_session_reader(config, {user});
  EXPECT_EQ(support::read_all(*reader).size(), 1U);
  EXPECT_TRUE(reader->rejects().empty());
  EXPECT_EQ(reader->skips().at("file without a record"), 1U);
}

TEST_F(ForeignFiles, AreNamedAsReadySessions) {
  const std::string line =
      R"({"session_id": "s", "domain": "pmq", "date": "", "title": "", "turns": [{"author": "Ann", "text": "x"}]})";
  const auto error = [&](const std::string& name, const std::string& content) -> std::string {
    SourceConfig config;
    config.domain = "sessions";
    config.path = folder_.add(name, content);
    try {
      const auto reader = make_session_reader(config);
      if (!support::read_all(*reader).empty()) return "read";
      return reader->rejects().empty() ? "nothing" : reader->rejects().front().describe();
    } catch (const RunError& problem) {
      return problem.what();
    }
  };
  for (const char* name : {"sessions.jsonl", "sessions.jsonl.zst"}) {
    for (const Foreign& foreign : foreign_contents()) {
      EXPECT_THAT(error(name, foreign.content), HasSubstr(foreign.name)) << name;
    }
    EXPECT_THAT(error(name, html_page.content), HasSubstr(html_page.name));
  }
  EXPECT_THAT(error("s.jsonl", "[" + line + "]"), HasSubstr("a JSON list, expected one session a line"));
  EXPECT_THAT(error("s.jsonl", "[\n" + line + "\n]"), HasSubstr("a JSON list, expected one session a line"));
  EXPECT_THAT(error("s.jsonl", "{\n\"session_id\": \"s\"}"), HasSubstr("a JSON object over several lines"));
  EXPECT_EQ(error("s.jsonl", "\xEF\xBB\xBF" + line + "\n"), "read");
  EXPECT_THAT(error("s.jsonl", R"({"id": "s", "messages": []})"), HasSubstr("session_id"));
  EXPECT_THAT(
      error("s.jsonl", R"({"session_id": "s", "domain": "pmq", "turns": [{"speaker": "Ann", "text": "x"}]})"),
      HasSubstr("author"));
}

}  // namespace
}  // namespace recon
