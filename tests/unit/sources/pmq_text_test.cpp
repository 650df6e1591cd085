#include "recon/core/text.hpp"

#include "pmq/columns.hpp"
#include "pmq/text.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

std::string cleaned_value(std::string_view value) { return clean_pmq_text(hansard_value_text(value)); }

TEST(HansardValue, KeepsParagraphsAndCollapsesWhiteSpaceInThem) {
  EXPECT_EQ(cleaned_value("One \r\n two.\r\n\r\n\r\n  Three  four.\r\n"), "One two.\n\nThree four.");
  EXPECT_EQ(cleaned_value("<p>One.</p><p>Two<br/>three.</p>"), "One.\n\nTwo three.");
}

TEST(HansardValue, DecodesEntitiesOnce) {
  EXPECT_EQ(cleaned_value("Marsh &amp; Vale, &pound;3, caf&eacute;, it&#8217;s, &#x2014;, &#146;"),
            "Marsh & Vale, £3, café, it’s, —, ’");
  EXPECT_EQ(cleaned_value("&amp;lt; stays, &unknown; too, A&E; a & b"),
            "&lt; stays, &unknown; too, A&E; a & b");
  EXPECT_EQ(cleaned_value("&#55357; &#0; &#x110000;"), "\uFFFD \uFFFD \uFFFD");
}

TEST(HansardValue, KeepsEveryByteOfTheText) {
  const std::string text = "“Naïve” — 50\u00a0per\u00a0cent… 3½ 𝔘 \u0092 â€™ a < b";
  EXPECT_EQ(cleaned_value(text), text);
}

TEST(HansardValue, TakesColumnNumbersOutWithTheSpacingRight) {
  const std::string span = R"(<span id="9" class="column-number" data-column-number="9"></span>)";
  EXPECT_EQ(cleaned_value("3.5% of " + span + "GDP"), "3.5% of GDP");
  EXPECT_EQ(cleaned_value("3.5% of" + span + "GDP"), "3.5% of GDP");
  EXPECT_EQ(cleaned_value("3.5% of" + span + " GDP"), "3.5% of GDP");
  EXPECT_EQ(cleaned_value("one—" + span + "two" + span + ", three." + span + "\r\n\r\n" + span + "Four"),
            "one—two, three.\n\nFour");
  EXPECT_EQ(cleaned_value("before <span class='column-number'>954</span>after"), "before after");
  EXPECT_EQ(cleaned_value(span), "");
}

TEST(HansardValue, TakesEditorsMarksOut) {
  EXPECT_EQ(cleaned_value("No. <em>[Interruption.] </em>Yes."), "No. Yes.");
  EXPECT_EQ(cleaned_value("No—<em>[</em><em>Laughter.</em><em>]</em> Yes."), "No— Yes.");
  const std::string reference =
      "<span class=\"cross-reference\">—[<em>Official Report</em>, 1 May 2041; Vol. 9, c. 50.]</span>";
  EXPECT_EQ(cleaned_value("“So it is.”" + reference + "But"), "“So it is.” But");
  EXPECT_EQ(cleaned_value("[<em>Official Report</em>, 1 May 2041; Vol. 9.] (Correction) So."), "So.");
  EXPECT_EQ(clean_pmq_text("“So it is.” ––[Official Report, [Lords], c. 4.] They"), "“So it is.” They");
  EXPECT_EQ(clean_pmq_text("Rubbish[Laughter]."), "Rubbish.");
  EXPECT_EQ(clean_pmq_text("Agreed.[Hon. Members: “Oh!”]I"), "Agreed. I");
  EXPECT_EQ(clean_pmq_text("[120870] Why?"), "Why?");
}

TEST(HansardValue, KeepsBracketsThatBelongToTheWords) {
  for (const char* text :
       {"He said “[we] will”", "[Inaudible] is heard", "open [bracket", "a ] b", "in [2041] it"}) {
    EXPECT_EQ(clean_pmq_text(text), text);
  }
}

TEST(HansardValue, ReadsQuestions) {
  EXPECT_EQ(cleaned_value(
                "<Question HRSContentId=\"{9}\">Q1.  <QuestionText HRSContentId=\"{F>}\">If she will list "
                "her engagements.</QuestionText></Question>"),
            "If she will list her engagements.");
  EXPECT_EQ(cleaned_value("<Question>Q15. <QuestionText>One. </QuestionText>Two</Question>"), "One. Two");
  EXPECT_EQ(without_question_number("7. Why?"), "Why?");
  EXPECT_EQ(without_question_number("7.5 million"), "7.5 million");
  EXPECT_EQ(clean_pmq_text("2041. What a year"), "2041. What a year");
}

TEST(HansardValue, DropsWhatNobodySays) {
  for (const char* text : {"rose—", "Several hon. Members rose—", "The Prime Minister was asked—", "12:44:00",
                           "12.30 pm", "[Interruption.]", "— —", "Mr. Peter Vane rose—"}) {
    EXPECT_EQ(clean_pmq_text(text), "") << text;
  }
  EXPECT_EQ(clean_pmq_text("One.\n\n12.31 pm\n\nTwo."), "One.\n\nTwo.");
  for (const char* text :
       {"Unemployment rose—", "That is not what he was asked—", "0.75", "1,000", "Sir Ian rose", "né"}) {
    EXPECT_EQ(clean_pmq_text(text), text);
  }
}

TEST(HansardValue, TakesBrokenMarkupAsText) {
  EXPECT_EQ(cleaned_value("5 < 6 > 4, <b, <3, <"), "5 < 6 > 4, <b, <3, <");
  EXPECT_EQ(cleaned_value("<em title=\"unclosed>one"), "<em title=\"unclosed>one");
  EXPECT_EQ(cleaned_value("<!-- hidden -->seen"), "seen");
}

TEST(HansardValue, IsNotQuadratic) {
  for (const char* piece :
       {"<a \"", "[", "&", "<!--", "&#", "[Laughter", "\x1f[", "1a", "<span class=column-number>"}) {
    std::string text;
    while (text.size() < 60000) text += piece;
    EXPECT_LE(cleaned_value(text).size(), 2 * text.size()) << piece;
  }
}

std::vector<std::string> without_columns(std::vector<std::pair<std::string, std::optional<int>>> texts) {
  std::vector<PmqSection> sections(1);
  for (auto& [text, column] : texts) {
    PmqSpeech speech;
    speech.text = text;
    speech.column = column;
    sections[0].speeches.push_back(speech);
  }
  mark_glued_columns(sections);
  std::vector<std::string> cleaned;
  for (const PmqSpeech& speech : sections[0].speeches) cleaned.push_back(clean_pmq_text(speech.text));
  return cleaned;
}

using ::testing::ElementsAre;
using Known = std::optional<int>;
constexpr auto unknown = std::nullopt;

TEST(GluedColumns, AreFoundByTheirRun) {
  EXPECT_THAT(without_columns({{"a matter954of fact. For years,955the House", unknown},
                               {"made.956If it does957[Interruption.]I am", unknown}}),
              ElementsAre("a matter of fact. For years, the House", "made. If it does I am"));
}

TEST(GluedColumns, OneByItselfMustStandBetweenLetters) {
  EXPECT_THAT(without_columns({{"under the957previous one", unknown}}),
              ElementsAre("under the previous one"));
  EXPECT_THAT(without_columns({{"made.241If it does", unknown}}), ElementsAre("made.241If it does"));
}

TEST(GluedColumns, BehindANumberAreKnownByTheRun) {
  EXPECT_THAT(without_columns({{"so334more, 1335million, the336last", unknown}}),
              ElementsAre("so more, 1 million, the last"));
  EXPECT_THAT(without_columns({{"so334more, 1335million", unknown}}), ElementsAre("so more, 1335million"));
}

TEST(GluedColumns, AreFoundByTheColumnsOfASource) {
  EXPECT_THAT(
      without_columns({{"made.241If it does. 242However, 1243million", Known(240)}, {"No.", Known(243)}}),
      ElementsAre("made. If it does. However, 1 million", "No."));
  EXPECT_THAT(without_columns({{"the957previous", Known(240)}, {"No.", Known(241)}}),
              ElementsAre("the957previous", "No."));
}

TEST(GluedColumns, NumbersOfOtherKindsStay) {
  const std::string text =
      "15,000people, £5million, 73p, 5th, 1980s, 20mph, a 10-year plan, Q4figures, No.10, 7.6per";
  EXPECT_THAT(without_columns({{text, unknown}}), ElementsAre(text));
}

TEST(GluedColumns, ASourceThatMarksItsColumnsHasNone) {
  EXPECT_THAT(without_columns({{std::string("a ") + pmq_gap + "mark and the957word", unknown}}),
              ElementsAre("a mark and the957word"));
}

}  // namespace
}  // namespace recon
