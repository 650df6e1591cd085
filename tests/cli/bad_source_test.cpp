// Broken files in a source: each is a line in rejects.jsonl with its name and place, and the rest goes on.

#include "recon/records/records.hpp"

#include <fstream>

#include "program.hpp"
#include "source_dir.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

/// A copy of one of the samples, to be damaged, and the shipped configs run on it.
class DamagedSample {
 public:
  explicit DamagedSample(const std::string& domain) : domain_(domain) {
    fs::copy(fs::path(RECON_SOURCE_DIR) / "data" / domain, source(), fs::copy_options::recursive);
  }
  [[nodiscard]] fs::path source() const { return folder_ / "source"; }
  [[nodiscard]] ProgramResult ingest() const {
    const fs::path configs = fs::path(RECON_SOURCE_DIR) / "configs";
    return run_program({program_under_test(),
                        {"ingest", "-c", (configs / (domain_ + ".yaml")).string(), "-c",
                         (configs / "samples" / (domain_ + ".yaml")).string(), "--set",
                         "source.path=" + source().string(), "--run-dir", (folder_ / "run").string()},
                        {},
                        folder_.path(),
                        ""});
  }
  [[nodiscard]] std::size_t sessions() const { return read_lines(folder_ / "run" / "sessions.jsonl").size(); }
  [[nodiscard]] std::map<std::string, std::string> rejects() const {
    std::map<std::string, std::string> found;
    if (!fs::exists(folder_ / "run" / "rejects.jsonl")) return found;
    for (const Json& reject : read_lines(folder_ / "run" / "rejects.jsonl"))
      found[Reject::from_json(reject).subject.text()] = reject.at("causes").at(0).at("message");
    return found;
  }

 private:
  std::string domain_;
  TestFolder folder_;
};

struct Damage {
  std::string file;
  std::string content;
  std::string key;    ///< of the reject; the file's name where empty
  std::string error;  ///< a part of it
};

/// All of it at once: what is whole gives the sessions that it gave without.
void check(const std::string& domain, const std::vector<Damage>& damages) {
  DamagedSample sample(domain);
  const ProgramResult whole = sample.ingest();
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const std::size_t sessions = sample.sessions();
  EXPECT_GT(sessions, 5U);
  for (const Damage& damage : damages) put(sample.source() / damage.file, damage.content);
  fs::create_symlink("/etc/hostname", sample.source() / "outside.json");
  const ProgramResult damaged = sample.ingest();
  EXPECT_EQ(damaged.exit_code, 3) << damaged.err;
  EXPECT_EQ(sample.sessions(), sessions);
  auto rejects = sample.rejects();
  EXPECT_THAT(rejects["outside.json"], HasSubstr("out of the folder"));
  rejects.erase("outside.json");
  for (const Damage& damage : damages) {
    const std::string key = damage.key.empty() ? damage.file : damage.key;
    EXPECT_THAT(rejects[key], HasSubstr(damage.error)) << key << ": " << testing::PrintToString(rejects);
    rejects.erase(key);
  }
  EXPECT_TRUE(rejects.empty()) << testing::PrintToString(rejects);
}

TEST(BadSource, Hearings) {
  check("scotus", {{"2010.1-t01.json", "{\"title\": \"x\", \"transcript\": {", "", "JSON"},
                   {"2010.2-t01.json", "{\"title\": \"no hearing\"}", "", "transcript"},
                   {"2010.3-t01.json", "", "", "empty"},
                   {"2010.\xc3\xa4 '\"\n4-t01.json", "[]", "", "object"}});
}

TEST(BadSource, Sittings) {
  std::string bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"ha\">";
  for (char c = 'b'; c < 'z'; ++c) {
    bomb += std::string("<!ENTITY ") + c + " \"";
    for (int i = 0; i < 10; ++i) bomb += std::string("&") + static_cast<char>(c - 1) + ";";
    bomb += "\">";
  }
  bomb += "]><publicwhip><speech>&y;</speech></publicwhip>";
  check("pmq", {{"debates2043-02-03a.xml", bomb, "", ""},
                {"debates2043-02-04a.xml", "<publicwhip><major-heading>PRIME MINISTER", "", ""},
                {"debates2043-02-05a.xml", "no XML", "", ""},
                {"broken.json", "{\"Overview\": {", "", "JSON"}});
}

TEST(BadSource, Episodes) {
  check("podcast",
        {{"empty-page.html", "<html><body><p>Nothing to see here.</p></body></html>", "", "no transcript"},
         {"captions.txt", "so today we talk about nothing at all and nobody says who talks", "",
          "no transcript"},
         {"cues.srt",
          "1\n00:00:01,000 --> 00:00:04,000\nso we begin\n\n2\n00:00:05,000 --> 00:00:08,000\nyes\n", "",
          "an SRT subtitle file without speakers"},
         {"timed.txt", "00:01 so we begin\n00:05 yes\n00:09 and no\n00:12 or so\n", "", "no transcript"},
         {"pointer.txt",
          "version https://git-lfs.github.com/spec/v1\noid "
          "sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
          "", "Git LFS pointer"},
         {"latin.html", "<html><body class=\"entry-content\">\xe9</body></html>", "", "UTF-8"}});
}

TEST(BadSource, Threads) {
  const std::string compressed =
      slurp(fs::path(RECON_SOURCE_DIR) / "data/reddit/r_FairOrFoul_comments.jsonl.zst");
  check("reddit", {{"broken.jsonl",
                    "{\"id\":\"zzzz1\",\"author\":\"x\",\"body\":\"whole\",\"link_id\":\"t3_zz1\",\"parent_"
                    "id\":\"t3_zz1\",\"subreddit\":\"s\"}\n{\"id\":\"zzz\n",
                    "broken.jsonl:2", "JSON"},
                   {"cut.jsonl.zst", compressed.substr(0, compressed.size() / 2), "", "cut off"}});
}

}  // namespace
}  // namespace recon::support
