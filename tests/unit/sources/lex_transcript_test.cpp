#include "recon/core/error.hpp"

#include "podcast/episode.hpp"
#include "podcast/markdown.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::ThrowsMessage;
using ::testing::UnorderedElementsAre;

std::string segment(const std::string& name, const std::string& words) {
  return "<div class=\"ts-segment\"><span class=\"ts-name\">" + name +
         "</span> <span class=\"ts-timestamp\"><a href=\"https://example.org/?v=x&#038;t=0\">(00:00:00)</a> "
         "</span><span class=\"ts-text\">" +
         words + "</span></div>\n";
}

std::string page(const std::string& body, const std::string& head = "") {
  return "<!DOCTYPE html><html><head>" + head + "</head><body>" + body + "</body></html>";
}

PodcastEpisode parse(const std::string& content) { return parse_podcast_episode(content, "file-name"); }

std::vector<Turn> turns(const std::string& content) { return parse(content).session.turns; }

TEST(LexPage, SegmentsBecomeTurns) {
  EXPECT_THAT(turns(page(segment("Ann Ames", "One.") + segment("Bob Bell", "Two."))),
              ElementsAre(Turn{"Ann Ames", "One."}, Turn{"Bob Bell", "Two."}));
}

TEST(LexPage, AnEmptyNameContinuesTheSpeaker) {
  EXPECT_THAT(turns(page(segment("Ann", "One.") + segment("", "Two.") + segment(" \n", "Three.") +
                         segment("Bob", "Four.") + segment("Bob", "Five."))),
              ElementsAre(Turn{"Ann", "One. Two. Three."}, Turn{"Bob", "Four. Five."}));
}

TEST(LexPage, TimesAndRolesAreNoPartOfAName) {
  EXPECT_THAT(
      turns(page(segment("Ann (00:05:24):", "One.") + segment("[00:06] Bob (guest)", "Two.") +
                 segment("Speaker 3", "Three.") + segment("12 (34", "Four.") + segment("Ann", "Five."))),
      ElementsAre(Turn{"Ann", "One."}, Turn{"Bob", "Two."}, Turn{"Speaker 3", "Three."},
                  Turn{"Ann", "Five."}));
}

TEST(LexPage, ASegmentWithoutTheElementOfANameContinuesTheSpeakerToo) {
  EXPECT_THAT(
      turns(page(segment("Ann", "One.") + "<div class='ts-segment'><span class='ts-text'>Two.</span></div>")),
      ElementsAre(Turn{"Ann", "One. Two."}));
}

TEST(LexPage, ASegmentBeforeAnyNameIsACountedSkip) {
  const PodcastEpisode episode =
      parse(page(segment("", "Nobody.") + segment("Ann", "One.") + segment("Bob", "\xC2\xA0")));
  EXPECT_THAT(episode.session.turns, ElementsAre(Turn{"Ann", "One."}));
  EXPECT_THAT(episode.left_out,
              UnorderedElementsAre(Pair("segment without speaker", 1), Pair("empty turn", 1)));
}

TEST(LexPage, NothingElseIsATurn) {
  EXPECT_THAT(turns(page("<h1>Ann: a title</h1><ul><li>0:00 - Start</li></ul><h2 id='chapter0'>Start</h2>" +
                         segment("Ann", "One.") + "<h2 id='chapter1'>Next</h2>" + segment("", "Two.") +
                         "<footer>This entry was posted in transcripts</footer><script>x</script>")),
              ElementsAre(Turn{"Ann", "One. Two."}));
}

TEST(LexPage, WordsSurviveAsThePageShowsThem) {
  EXPECT_THAT(turns(page(segment("Zo&#235; &amp; Co",
                                 "It&#8217;s  &#8220;R&#038;D&#8221; \n &lt;now&gt;\xC2\xA0or<br>"
                                 "<em>never</em> [inaudible 00:01:02] wait-"))),
              ElementsAre(Turn{"Zoë & Co", "It’s “R&D” <now>\xC2\xA0or never [inaudible 00:01:02] wait-"}));
}

TEST(LexPage, UnclosedSegmentsAreNotDoubled) {
  EXPECT_THAT(turns("<div class=ts-segment><span class=ts-name>Ann</span><span class=ts-text>One.</span>"
                    "<div class=ts-segment><span class=ts-name>Bob</span><span class=ts-text>Two.</span>"),
              ElementsAre(Turn{"Ann", "One."}, Turn{"Bob", "Two."}));
}

TEST(LexPage, WordsInsideWordsAreNotDoubled) {
  EXPECT_THAT(
      turns(page(segment("Ann", "One. <span class='ts-text'>Two.</span> Three.") + segment("Bob", "Four."))),
      ElementsAre(Turn{"Ann", "One. Two. Three."}, Turn{"Bob", "Four."}));
}

TEST(LexPage, ASegmentInTheWordsOfAnotherIsAnError) {
  const std::string damaged =
      "<div class=ts-segment><span class=ts-name>Ann</span><span class=ts-text>One. "
      "<div class=ts-segment><span class=ts-name>Bob</span><span class=ts-text>Two.";
  EXPECT_THAT([&] { return parse(damaged); }, ThrowsMessage<RunError>(HasSubstr("the page is damaged")));
}

TEST(LexPage, WithoutAnySpeakerThereIsNoTranscript) {
  EXPECT_THAT([] { return parse(page(segment("", "One."))); },
              ThrowsMessage<RunError>(HasSubstr("no transcript")));
  EXPECT_THAT([] { return parse(page(segment("Ann", " "))); },
              ThrowsMessage<RunError>(HasSubstr("no transcript")));
}

TEST(LexPage, TitleNumberAndDate) {
  const Session session =
      parse(
          page("<article><h1 class='entry-title'>Transcript for Ann Ames: Tides &#038; Time | The Lamp "
               "#7</h1>" +
                   segment("Ann", "One.") +
                   "<time class='entry-date' datetime='2024-03-14T22:18:47-04:00'>March 14</time></article>",
               "<meta property='article:published_time' content='2024-03-15T02:18:47+00:00'>"))
          .session;
  EXPECT_EQ(session.session_id.str(), "lex-0007");
  EXPECT_EQ(session.group.str(), "lex-0007");
  EXPECT_EQ(session.domain, "podcast");
  EXPECT_EQ(session.title, "Ann Ames: Tides & Time");
  EXPECT_EQ(session.date, "2024-03-14");  // as the page shows it, not the day in universal time
}

TEST(LexPage, TheHeadGivesTitleAndDateWhereThePageDoesNot) {
  const Session session =
      parse(page(segment("Ann", "One."),
                 "<title>Tides | The Lamp #12345 - Lamp Site</title>"
                 "<meta property='article:published_time' content='2023-12-31T10:00:00+00:00'>"))
          .session;
  EXPECT_EQ(session.session_id.str(), "lex-12345");
  EXPECT_EQ(session.title, "Tides");
  EXPECT_EQ(session.date, "2023-12-31");
}

TEST(LexPage, WithoutANumberTheTitleIsTheIdAndThenTheFile) {
  EXPECT_EQ(
      parse(page(segment("Ann", "x"), "<title>Zoë’s #1 Tide – the   Talk!</title>")).session.session_id.str(),
      "lex-zoë-s-1-tide-the-talk");
  EXPECT_EQ(parse(page(segment("Ann", "x"))).session.session_id.str(), "lex-file-name");
  EXPECT_EQ(parse_podcast_episode(page(segment("Ann", "x")), "").session.session_id.str(), "lex-untitled");
  const std::string one = parse(page(segment("A", "x"), "<title>" + std::string(300, 'a') + "1</title>"))
                              .session.session_id.str();
  const std::string two = parse(page(segment("A", "x"), "<title>" + std::string(300, 'a') + "2</title>"))
                              .session.session_id.str();
  EXPECT_NE(one, two);
  EXPECT_LT(one.size(), 140U);
}

TEST(LexPage, AnImpossibleDateIsNone) {
  const std::string head = "<meta property='article:published_time' content='2023-02-30T10:00:00+00:00'>";
  EXPECT_EQ(parse(page(segment("Ann", "x"), head)).session.date, "");
}

const char* const markdown =
    "# #34 – Ann Ames: Tides | The Lamp\n"
    "# Episode #34\n"
    "# Source: https://example.org/ann\n\n"
    "# Transcript for Ann Ames: Tides | The Lamp #34\n\n"
    "This is a transcript of The Lamp #34 with Ann Ames. Here are some links:\n\n"
    "  * Go back to [this episode’s main page](https://example.org/ann/)\n\n"
    "## Table of Contents\n\n  * 0:00 – Introduction\n\n## Introduction\n\n"
    "[(00:00:00)](https://example.org/?t=0) Music.\n\n"
    "Ann Ames [(00:00:01)](https://example.org/?t=1) One.\n\n"
    "[(00:01:08)](https://example.org/?t=68) Two.\n\n"
    "## The sea\n\n"
    "[(1:00:08)](https://example.org/?t=3608) Three,\nwrapped.\n\n***\n\n"
    "**Bob Bell:** [(1:00:09)](https://example.org/?t=3609 \"a title\") See [the   "
    "chart](https://example.org/a_(b)), it\\'s *1\\*2* &amp; "
    "[inaudible 01:00:10].\n\n"
    "This entry was posted in [transcripts](https://example.org/) on [June 19, 2024](https://example.org/ "
    "\"10:56 pm\") by [Bob](x).\n\n"
    "##  About Bob Bell \n\nHost of The Lamp.\n\n[ View all posts by Bob → ](https://example.org/author/)";

TEST(LexText, TheWholePageAsMarkdown) {
  const PodcastEpisode episode = parse(markdown);
  EXPECT_THAT(episode.session.turns,
              ElementsAre(Turn{"Ann Ames", "One. Two. Three, wrapped."},
                          Turn{"Bob Bell", "See the chart, it's 1*2 & [inaudible 01:00:10]."}));
  EXPECT_EQ(episode.session.session_id.str(), "lex-0034");
  EXPECT_EQ(episode.session.title, "Ann Ames: Tides");
  EXPECT_EQ(episode.session.date, "2024-06-19");
  EXPECT_FALSE(episode.is_page);
  EXPECT_EQ(episode.left_out.at("segment without speaker"), 1U);
  EXPECT_EQ(episode.left_out.at("paragraph outside the talk"), 6U);
  EXPECT_EQ(episode.left_out.at("heading after the start of the talk"), 2U);
}

TEST(LexText, LineEndsAndAByteOrderMarkDoNotMatter) {
  std::string windows = "\xEF\xBB\xBF";
  for (const char* c = markdown; *c != '\0'; ++c)
    windows += *c == '\n' ? std::string("\r\n") : std::string(1, *c);
  const Session expected = parse(markdown).session;
  EXPECT_EQ(parse(windows).session.turns, expected.turns);
  EXPECT_EQ(parse(windows).session.session_id, expected.session_id);
}

TEST(LexText, ATimeInsideASentenceIsNoSegment) {
  EXPECT_THAT(turns("Ann [(0:01)](u) One.\nAnd as we said in the part at [(0:02)](u) of this talk, two.\n"),
              ElementsAre(Turn{"Ann", "One. And as we said in the part at (0:02) of this talk, two."}));
}

TEST(LexText, WithoutTimesThereIsNoTranscript) {
  for (const char* content :
       {"words without any speaker", "Ann [(0001)](u) One.", "[(0:01)(u) One.", "Ann [(0:01)] x"}) {
    EXPECT_THAT([&] { return parse(content); }, ThrowsMessage<RunError>(HasSubstr("no transcript")))
        << content;
  }
  EXPECT_THAT([] { return parse("[(0:01)](u) One."); }, ThrowsMessage<RunError>(HasSubstr("no transcript")));
}

TEST(LexText, ATextThatIsNotUtf8IsRefused) {
  EXPECT_THAT([] { return parse("Ann [(0:01)](u) caf\xE9"); },
              ThrowsMessage<RunError>(HasSubstr("byte 19 is not UTF-8")));
}

TEST(MarkdownWords, MarksGoAndWordsStay) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"plain words", "plain words"},
      {"a *b* **c** _d_ __e__", "a b c d e"},
      {"2 * 3 * 4, snake_case_name, 5*6*7", "2 * 3 * 4, snake_case_name, 5*6*7"},
      {"a * b", "a * b"},
      {"*open", "*open"},
      {"f*** it", "f*** it"},
      {"\\*a\\* \\_b\\_ \\[c\\] \\\\ \\q", "*a* _b_ [c] \\ \\q"},
      {"[a *b*](u) [c](u \"t\") [d](e(f)g) [h", "a b c d [h"},
      {"[a](u [b] c] d", "[a](u [b] c] d"},
      {"x ![alt](u) y [![i](u)](v) z", "x  y  z"},
      {"a &amp;lt; &lt;b&gt; &nbsp;&copy; &", "a &lt; <b> \xC2\xA0&copy; &"},
      {"", ""}};
  for (const auto& [text, words] : cases) EXPECT_EQ(markdown_words(text), words) << text;
}

}  // namespace
}  // namespace recon
