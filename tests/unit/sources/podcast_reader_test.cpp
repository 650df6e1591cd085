#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/text.hpp"
#include "recon/ingest/turn_filter.hpp"
#include "recon/sources/source_kinds.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>

#include "ingest_fixtures.hpp"
#include "podcast/episode.hpp"
#include "source_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::read_all;
using support::TemporaryFolder;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::Pair;
using ::testing::ThrowsMessage;

namespace fs = std::filesystem;

std::unique_ptr<SessionReader> reader_of(const fs::path& path) {
  SourceConfig config;
  config.domain = "podcast";
  config.path = path;
  return make_session_reader(config);
}

std::vector<std::string> ids_of(const std::vector<Session>& sessions) {
  std::vector<std::string> ids;
  for (const Session& session : sessions) ids.push_back(session.session_id.str());
  return ids;
}

/// Turns of a session by their author.
std::map<std::string, std::size_t> turns_by_author(const Session& session) {
  std::map<std::string, std::size_t> counts;
  for (const Turn& turn : session.turns) ++counts[turn.author];
  return counts;
}

std::string lex_page(const std::string& title, const std::string& words) {
  return "<html><title>" + title +
         "</title><div class=ts-segment><span class=ts-name>Ann</span><span class=ts-text>" + words +
         "</span></div></html>";
}
std::string lex_text(const std::string& title, const std::string& words) {
  return "# " + title + "\n\nAnn [(0:00)](u) " + words + "\n";
}

class PodcastReaderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  [[nodiscard]] std::unique_ptr<SessionReader> reader() const { return reader_of(folder_.path()); }
};

TEST_F(PodcastReaderTest, SessionsComeByIdWhateverTheFilesAreCalled) {
  folder_.add("a/one.html", lex_page("Ten | Lamp #10", "x"));
  folder_.add("b.MD", lex_text("Nine | Lamp #9", "x"));
  folder_.add("z.txt", "#2: Bees\nAnn: x\nBob: y\nAnn: z\nBob: w\n");
  folder_.add("y.htm", lex_page("A talk", "x"));
  const auto source = reader();
  EXPECT_THAT(ids_of(read_all(*source)), ElementsAre("lex-0009", "lex-0010", "lex-a-talk", "tim-0002"));
  EXPECT_THAT(source->rejects(), IsEmpty());
}

TEST_F(PodcastReaderTest, APageCountsBeforeTheTextOfTheSameEpisode) {
  folder_.add("a.txt", lex_text("Ten | Lamp #10", "text"));
  folder_.add("b.html", lex_page("Ten | Lamp #10", "page"));
  const auto source = reader();
  const auto sessions = read_all(*source);
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].turns[0].text, "page");
  EXPECT_THAT(source->rejects(), IsEmpty());
  EXPECT_THAT(source->skips(), Contains(Pair("episode as text beside its page", 1)));
}

TEST_F(PodcastReaderTest, ADamagedPageLeavesTheTextInItsPlace) {
  folder_.add("a.txt", lex_text("Ten | Lamp #10", "text"));
  folder_.add("b.html", "<html><title>Ten | Lamp #10</title></html>");
  const auto source = reader();
  const auto sessions = read_all(*source);
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].turns[0].text, "text");
  EXPECT_THAT(source->rejects(), ElementsAre(Field(&Reject::subject, Subject::of_file("b.html"))));
}

TEST_F(PodcastReaderTest, TwoFilesOfOneKindAreForTheUserToChoose) {
  folder_.add("a.html", lex_page("Ten | Lamp #10", "first"));
  folder_.add("b.html", lex_page("Eleven | Lamp #10", "second"));
  const auto source = reader();
  const auto sessions = read_all(*source);
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].turns[0].text, "first");
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_EQ(source->rejects()[0].subject.text(), "b.html");
  EXPECT_THAT(source->rejects()[0].causes.at(0).message, HasSubstr("'lex-0010' is in 'a.html' already"));
}

TEST_F(PodcastReaderTest, WhatHoldsNoTranscriptIsRejectedAndTheRestGoesOn) {
  folder_.add("a.html", "<html><p>About us.</p></html>");
  folder_.add("b.txt", "words without any speaker");
  folder_.add("c.md", "caf\xE9");
  folder_.add("d.html", lex_page("Ten | Lamp #10", "x"));
  folder_.add("e.txt", "");
  folder_.add("f/g.html", std::string(5000, '<') + "<div class=ts-segment>");
  const auto source = reader();
  EXPECT_EQ(read_all(*source).size(), 1U);
  std::vector<std::string> keys;
  for (const Reject& reject : source->rejects()) {
    keys.push_back(reject.subject.text());
    EXPECT_EQ(reject.stage, "ingest");
  }
  EXPECT_THAT(keys, ElementsAre("a.html", "b.txt", "c.md", "e.txt", "f/g.html"));
  EXPECT_THAT(source->rejects()[0].causes.at(0).message, HasSubstr("no transcript"));
  EXPECT_THAT(source->rejects()[2].causes.at(0).message, HasSubstr("not UTF-8"));
}

TEST_F(PodcastReaderTest, AHugeFileIsRejectedUnread) {
  fs::resize_file(folder_.add("a.txt", "Ann [(0:00)](u) x\n"), (std::uintmax_t{16} << 20U) + 1);
  folder_.add("b.html", lex_page("Ten | Lamp #10", "x"));
  const auto source = reader();
  EXPECT_EQ(read_all(*source).size(), 1U);
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_EQ(source->rejects()[0].subject.text(), "a.txt");
  EXPECT_THAT(source->rejects()[0].causes.at(0).message, HasSubstr("larger than 16 MiB"));
}

TEST_F(PodcastReaderTest, AHugeTextIsRejected) {
  std::string text = lex_text("Nine | Lamp #9", "x");
  text.resize(std::size_t{5} << 20U, '\n');
  folder_.add("a.txt", text);
  folder_.add("b.html", lex_page("Ten | Lamp #10", "x"));
  const auto source = reader();
  EXPECT_EQ(read_all(*source).size(), 1U);
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_THAT(source->rejects()[0].causes.at(0).message,
              HasSubstr("a text of 5242880 bytes, larger than 2 MiB"));
}

// In a process of its own: an interruption is for good.
TEST_F(PodcastReaderTest, AnInterruptionEndsTheReading) {
  folder_.add("a.html", lex_page("Ten | Lamp #10", "x"));
  const auto read_interrupted = [this] {
    install_interrupt_handlers();
    static_cast<void>(std::raise(SIGINT));
    try {
      static_cast<void>(reader());
    } catch (const Interrupted& error) {
      std::cerr << error.what();
      std::_Exit(0);
    }
    std::_Exit(1);
  };
  EXPECT_EXIT(read_interrupted(), ::testing::ExitedWithCode(0), "interrupted while reading the source");
}

TEST_F(PodcastReaderTest, OtherFilesAreCounted) {
  folder_.add("README.md", "about these files");
  folder_.add("a.pdf", "%PDF");
  folder_.add("b.tsv", "x\ty");
  folder_.add("d.html", lex_page("Ten | Lamp #10", "x"));
  const auto source = reader();
  EXPECT_EQ(read_all(*source).size(), 1U);
  EXPECT_THAT(source->skips(), Contains(Pair("other file", 3)));
  EXPECT_THAT(source->rejects(), IsEmpty());
}

TEST_F(PodcastReaderTest, AFolderWithoutTranscriptsIsAnError) {
  folder_.add("a.pdf", "%PDF");
  EXPECT_THAT([&] { return reader(); }, ThrowsMessage<RunError>(HasSubstr("no transcript (.html")));
  EXPECT_THAT([&] { return reader_of(folder_.path() / "none"); }, ThrowsMessage<RunError>(HasSubstr("none")));
}

TEST_F(PodcastReaderTest, AFileThatChangesMeanwhileIsRejected) {
  folder_.add("a.html", lex_page("Ten | Lamp #10", "x"));
  const auto source = reader();
  folder_.add("a.html", lex_page("Eleven | Lamp #11", "x"));
  EXPECT_THAT(read_all(*source), IsEmpty());
  ASSERT_EQ(source->rejects().size(), 1U);
  EXPECT_THAT(source->rejects()[0].causes.at(0).message, HasSubstr("changed"));
}

TEST(PodcastSource, InaudibleSpeechIsNoTarget) {
  const SourceKind* kind = find_source_kind("podcast");
  ASSERT_NE(kind, nullptr);
  EXPECT_FALSE(kind->pseudonyms);
  const TurnFilter filter(kind->excluded_targets);
  EXPECT_TRUE(filter.excludes("They [inaudible 01:08:44] it."));
  EXPECT_TRUE(filter.excludes("But then --"));
  EXPECT_TRUE(filter.excludes("But then——"));
  EXPECT_FALSE(filter.excludes("But then - well — no."));
}

class SamplePodcasts : public ::testing::Test {
 protected:
  const std::unique_ptr<SessionReader> reader_ = reader_of(fs::path(RECON_SOURCE_DIR) / "data" / "podcast");
  const std::vector<Session> sessions_ = read_all(*reader_);
};

TEST_F(SamplePodcasts, AreReadWhole) {
  EXPECT_THAT(reader_->rejects(), IsEmpty());
  EXPECT_THAT(ids_of(sessions_), ElementsAre("lex-0012", "lex-0013", "lex-0014", "lex-0015", "lex-0016",
                                             "tim-0041", "tim-0042", "tim-0043", "tim-0044", "tim-0045"));
  EXPECT_THAT(reader_->skips(),
              IsSupersetOf({Pair("other file", 1U), Pair("episode as text beside its page", 1U),
                            Pair("segment without speaker", 1U)}));
}

TEST_F(SamplePodcasts, HaveTheirHostsInEveryEpisode) {
  for (const Session& session : sessions_) {
    const bool lex = session.session_id.str().starts_with("lex-");
    const std::size_t host = turns_by_author(session)[lex ? "Orla Vance" : "Marcus Thorne"];
    EXPECT_GE(host, 12U) << session.session_id.str();
    EXPECT_LE(host, 20U) << session.session_id.str();
    EXPECT_FALSE(session.title.empty());
  }
}

TEST_F(SamplePodcasts, AreTheSameAsPageAndAsText) {
  const fs::path folder = fs::path(RECON_SOURCE_DIR) / "data" / "podcast" / "lex";
  const PodcastEpisode page = parse_podcast_episode(read_file(folder / "013-ines-calloway.html"), "page");
  const PodcastEpisode text = parse_podcast_episode(read_file(folder / "013-ines-calloway.txt"), "text");
  EXPECT_EQ(page.session.turns, text.session.turns);
  EXPECT_EQ(page.session.session_id, text.session.session_id);
  EXPECT_EQ(page.session.title, text.session.title);
  EXPECT_EQ(page.session.date, text.session.date);
}

TEST_F(SamplePodcasts, HoldNothingThatNobodySaid) {
  for (const Session& session : sessions_) {
    for (const Turn& turn : session.turns) {
      for (const char* mark : {"](", "&#", "copyright in and to", "Related and Recommended",
                               "entry was posted", "brought to you by", "transcript of", "ts-", "\\"}) {
        EXPECT_THAT(turn.text, Not(HasSubstr(mark))) << session.session_id.str();
      }
    }
  }
}

/// Real transcripts, where they are at hand (they are no part of this project).
class RealPodcasts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* configured = std::getenv("RECON_TEST_DATA");
    const bool is_set = configured != nullptr && *configured != '\0';
    const fs::path data =
        is_set ? fs::path(configured) : fs::path(RECON_SOURCE_DIR) / ".." / "shared" / "data";
    if (!fs::exists(data / "podcasts")) return;
    reader = reader_of(data / "podcasts");
    sessions = read_all(*reader);
  }
  static void TearDownTestSuite() {
    reader.reset();
    sessions.clear();
  }
  void SetUp() override {
    if (reader == nullptr) {
      GTEST_SKIP() << "no real transcripts; set RECON_TEST_DATA to the folder that holds podcasts/";
    }
  }
  [[nodiscard]] static const Session& session(const std::string& id) {
    for (const Session& session : sessions) {
      if (session.session_id.str() == id) return session;
    }
    throw std::runtime_error("no session " + id);
  }
  [[nodiscard]] static double average_words(const std::string& id, const std::string& author) {
    double words = 0, count = 0;
    for (const Turn& turn : session(id).turns) {
      if (turn.author != author) continue;
      words += static_cast<double>(count_words(turn.text));
      ++count;
    }
    return words / count;
  }
  static std::unique_ptr<SessionReader> reader;
  static std::vector<Session> sessions;
};

std::unique_ptr<SessionReader> RealPodcasts::reader;
std::vector<Session> RealPodcasts::sessions;

TEST_F(RealPodcasts, AllButTheOneWithoutSpeakersAreRead) {
  EXPECT_THAT(ids_of(sessions),
              ElementsAre("lex-0418", "lex-0434", "lex-0446", "tim-0525", "tim-0588", "tim-0669"));
  ASSERT_EQ(reader->rejects().size(), 1U);
  EXPECT_THAT(reader->rejects()[0].subject.text(), HasSubstr("001 - "));
  EXPECT_THAT(reader->rejects()[0].causes.at(0).message, HasSubstr("no transcript"));
  EXPECT_THAT(reader->skips(), Contains(Pair("other file", 1)));
}

TEST_F(RealPodcasts, SpeakersAndTurns) {
  EXPECT_THAT(turns_by_author(session("lex-0418")),
              ElementsAre(Pair("Benny Morris", 604), Pair("Lex Fridman", 60), Pair("Mouin Rabbani", 429),
                          Pair("Norman Finkelstein", 579), Pair("Steven Bonnell", 373)));
  EXPECT_THAT(turns_by_author(session("lex-0434")),
              ElementsAre(Pair("Aravind Srinivas", 264), Pair("Lex Fridman", 263)));
  EXPECT_THAT(turns_by_author(session("lex-0446")),
              ElementsAre(Pair("Ed Barnhart", 234), Pair("Lex Fridman", 233)));
  EXPECT_THAT(turns_by_author(session("tim-0525")),
              ElementsAre(Pair("Giuliana Furci", 121), Pair("Tim Ferriss", 122)));
  EXPECT_THAT(turns_by_author(session("tim-0588")),
              ElementsAre(Pair("A.J. Jacobs", 114), Pair("Tim Ferriss", 115)));
  EXPECT_THAT(turns_by_author(session("tim-0669")),
              ElementsAre(Pair("Kevin Kelly", 266), Pair("Tim Ferriss", 267)));
}

TEST_F(RealPodcasts, TitlesAndDates) {
  EXPECT_EQ(session("lex-0418").date, "2024-03-14");
  EXPECT_EQ(session("lex-0434").date, "2024-06-19");
  EXPECT_EQ(session("lex-0446").date, "2024-10-01");
  EXPECT_EQ(session("lex-0446").title,
            "Ed Barnhart: Maya, Aztec, Inca, and Lost Civilizations of South America");
  EXPECT_EQ(session("tim-0669").title, "Kevin Kelly — Excellent Advice for Living");
}

TEST_F(RealPodcasts, LengthsAreThoseOfSpeech) {
  EXPECT_NEAR(average_words("lex-0418", "Lex Fridman"), 33.2, 0.1);
  EXPECT_NEAR(average_words("lex-0434", "Lex Fridman"), 27.0, 0.1);
  EXPECT_NEAR(average_words("tim-0525", "Tim Ferriss"), 37.4, 0.1);
  EXPECT_NEAR(average_words("tim-0669", "Tim Ferriss"), 25.2, 0.1);
}

TEST_F(RealPodcasts, NothingAroundTheTalksIsATurn) {
  for (const Session& session : sessions) {
    for (const Turn& turn : session.turns) {
      for (const char* mark :
           {"Please enjoy this transcript", "Transcripts may contain", "Related and Recommended",
            "check out this page", "This entry was posted", "View all posts", "youtube.com/watch"}) {
        EXPECT_THAT(turn.text, Not(HasSubstr(mark))) << session.session_id.str();
      }
    }
  }
}

}  // namespace
}  // namespace recon
