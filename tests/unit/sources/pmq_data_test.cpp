// The invented sittings in data/pmq, and real files where they are at hand (they are no part of this
// project).
#include "recon/core/files.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "pmq_fixtures.hpp"
#include "source_dir.hpp"
#include <gtest/gtest.h>

namespace recon {
namespace {

namespace fs = std::filesystem;
using support::PmqRead;
using support::read_pmq;
using Counts = std::map<std::string, std::size_t>;

/// What one person says in a session.
std::vector<std::string> turns_of(const Session& session, std::string_view author) {
  std::vector<std::string> turns;
  for (const Turn& turn : session.turns) {
    if (turn.author == author) turns.push_back(turn.text);
  }
  return turns;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(SampleQuestions, HoldTwoPrimeMinistersAndEveryFeature) {
  const PmqRead sample = read_pmq(fs::path(RECON_SOURCE_DIR) / "data" / "pmq");
  EXPECT_TRUE(sample.rejects.empty());
  ASSERT_EQ(sample.sessions.size(), 12U);
  EXPECT_EQ(sample.skips.at("the Prime Minister did not answer"), 1U);
  EXPECT_EQ(sample.skips.at("no Prime Minister's questions"), 1U);
  EXPECT_EQ(sample.skips.at("section tree"), 1U);
  EXPECT_EQ(sample.skips.at("older edition of a day"), 1U);
  EXPECT_EQ(sample.skips.at("debate given twice"), 1U);
  EXPECT_EQ(sample.skips.at("speech of other business after the questions"), 3U);
  EXPECT_GE(sample.skips.at("speech of the chair"), 10U);

  const std::string first = "Marian Thornbury", second = "Gideon Ashby";
  std::set<std::string> answers;
  for (const Session& session : sample.sessions) {
    const bool before = session.date < "2042-06-04";
    EXPECT_GE(turns_of(session, before ? first : second).size(), 6U) << session.date;
    EXPECT_TRUE(turns_of(session, before ? second : first).empty()) << session.date;
    EXPECT_EQ(session.group.str(), session.session_id.str());
    for (const Turn& turn : session.turns) {
      EXPECT_EQ(turn.text.find_first_of("[]<>\x1f"), std::string::npos) << turn.text;
      EXPECT_EQ(turn.text.find("  "), std::string::npos) << turn.text;
      EXPECT_EQ(turn.author.find("Speaker"), std::string::npos);
      if (turn.author == first || turn.author == second) {
        EXPECT_TRUE(answers.insert(session.date + turn.text).second) << turn.text;
      }
    }
  }
  const auto holds = [&](std::string_view words) {
    return std::any_of(answers.begin(), answers.end(),
                       [&](const std::string& answer) { return answer.find(words) != std::string::npos; });
  };
  EXPECT_TRUE(holds("tomorrow he may see a lorry")) << "a column number is gone";
  EXPECT_TRUE(holds("such villages, and the Treasury, which")) << "so is one glued into a word";
  EXPECT_TRUE(holds("without a stitch. Opposition Members may groan")) << "so is an interruption";
}

class RealQuestions : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* configured = std::getenv("RECON_TEST_DATA");
    const bool named = configured != nullptr && *configured != '\0';
    folder = (named ? fs::path(configured) : fs::path(RECON_SOURCE_DIR) / ".." / "shared" / "data") / "pmq";
    if (!fs::exists(folder))
      GTEST_SKIP() << "no real sittings; set RECON_TEST_DATA to the folder that holds pmq/";
  }
  fs::path folder;
};

TEST_F(RealQuestions, ParlparseDays) {
  const PmqRead real = read_pmq(folder / "parlparse");
  EXPECT_TRUE(real.rejects.empty());
  ASSERT_EQ(real.sessions.size(), 1U);
  const Session& session = real.sessions.front();
  EXPECT_EQ(session.session_id.str(), "pmq-2016-05-11");
  EXPECT_EQ(session.title, "Prime Minister's Questions, 11 May 2016");
  EXPECT_EQ(real.skips, Counts({{"no Prime Minister's questions", 2}, {"speech of the chair", 2}}));
  EXPECT_EQ(session.turns.size(), 68U);

  const std::vector<std::string> answers = turns_of(session, "David Cameron");
  EXPECT_EQ(answers.size(), 34U);
  std::size_t words = 0;
  for (const std::string& answer : answers) words += count_words(answer);
  EXPECT_EQ(words, 3596U) << "105.8 a turn";
  EXPECT_TRUE(turns_of(session, "John Bercow").empty());
  for (const Turn& turn : session.turns) EXPECT_EQ(turn.text.find('['), std::string::npos) << turn.text;
}

TEST_F(RealQuestions, TheTextSurvivesByteForByte) {
  const std::string content = read_file(folder / "parlparse" / "debates2016-05-11b.xml");
  const PmqRead real = read_pmq(folder / "parlparse");
  ASSERT_EQ(real.sessions.size(), 1U);
  std::size_t found = 0, paragraphs = 0;
  const std::string source = collapse_ascii_white_space(content);
  for (const Turn& turn : real.sessions.front().turns) {
    for (std::size_t at = 0; at < turn.text.size();) {
      const std::size_t end = std::min(turn.text.find("\n\n", at), turn.text.size());
      ++paragraphs;
      if (occurrences(source, turn.text.substr(at, end - at)) > 0) ++found;
      at = end + 2;
    }
  }
  EXPECT_GT(paragraphs, 68U);
  // All but those with a mark of the editors or an element inside.
  EXPECT_GE(found, paragraphs * 9 / 10);
}

TEST_F(RealQuestions, BodiesOfTheApi) {
  const PmqRead real = read_pmq(folder / "hansard_api");
  EXPECT_TRUE(real.rejects.empty());
  ASSERT_EQ(real.sessions.size(), 1U);
  const Session& session = real.sessions.front();
  EXPECT_EQ(session.session_id.str(), "pmq-2026-09-09");
  const std::vector<std::string> answers = turns_of(session, "Andy Burnham");
  ASSERT_EQ(answers.size(), 5U) << "two of the excerpt's six stand in a row";
  EXPECT_EQ(session.turns.front().author, "Lillian Jones");
  EXPECT_EQ(session.turns.front().text,
            "If he will list his official engagements for Wednesday 9 September.");
  EXPECT_EQ(turns_of(session, "Kemi Badenoch").size(), 1U);
  EXPECT_NE(answers[2].find("to 3.5% of GDP by 2035"), std::string::npos);
  EXPECT_NE(answers[2].find("against injustice. Where people"), std::string::npos);
  EXPECT_NE(turns_of(session, "Chris Law").at(0).find("Prime Minister.” He will therefore"),
            std::string::npos);
  EXPECT_EQ(real.skips.at("section tree"), 1U);
  EXPECT_EQ(real.skips.at("no Prime Minister's questions"), 1U);
  EXPECT_EQ(real.skips.at("other API body"), 3U);
}

}  // namespace
}  // namespace recon
