#include "recon/core/error.hpp"

#include "podcast/episode.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

PodcastEpisode parse(const std::string& content) { return parse_podcast_episode(content, "file-name"); }
std::vector<Turn> turns(const std::string& content) { return parse(content).session.turns; }

std::string page(const std::string& content,
                 const std::string& title = "The Ann Ames Show Transcripts: Bees (#9)") {
  return "<!DOCTYPE html><html><head><title>" + title +
         " - Ann&#8217;s Site</title></head><body><nav><strong>Menu:</strong></nav><div class='entry-content "
         "wide'>" +
         content +
         "</div><div class='comments'><p><strong>Ann Ames:</strong> A comment.</p></div></body></html>";
}

const std::string ann_and_bob =
    "<p><strong>Ann Ames:</strong> One.</p><p><strong>Bob Bell:</strong> Two.</p>"
    "<p><strong>Ann Ames:</strong> Three.</p><p><strong>Bob Bell:</strong> Four.</p>";

TEST(TimPage, LabelledParagraphsBecomeTurns) {
  EXPECT_THAT(turns(page(ann_and_bob)), ElementsAre(Turn{"Ann Ames", "One."}, Turn{"Bob Bell", "Two."},
                                                    Turn{"Ann Ames", "Three."}, Turn{"Bob Bell", "Four."}));
}

TEST(TimPage, ALabelMayBeWrittenInManyWays) {
  EXPECT_THAT(turns(page("<p><b>Ann Ames</b>: One.</p><p><strong>Bob Bell: </strong>Two.</p>"
                         "<p> <b>Ann</b>&nbsp;<strong>Ames:</strong>&nbsp;Three.</p>"
                         "<p><span><strong><a href='x'>Bob Bell</a>:</strong></span><span>Four.</span></p>")),
              ElementsAre(Turn{"Ann Ames", "One."}, Turn{"Bob Bell", "Two."}, Turn{"Ann Ames", "Three."},
                          Turn{"Bob Bell", "Four."}));
}

TEST(TimPage, AKnownNameIsALabelWithoutBeingBold) {
  EXPECT_THAT(turns(page(ann_and_bob + "<p>Ann Ames: Five.</p>")).back(), (Turn{"Ann Ames", "Five."}));
}

TEST(TimPage, OnlyBoldNamesMakeAPageATranscript) {
  EXPECT_THAT([] { return parse(page("<p>Note: one.</p><p>Note: two.</p>")); },
              ThrowsMessage<RunError>(HasSubstr("no transcript")));
}

TEST(TimPage, ParagraphsWithoutALabelContinueTheSpeaker) {
  EXPECT_THAT(turns(page(ann_and_bob + "<p>More,\n and</p><blockquote><p>a quote</p></blockquote><ul><li>an "
                                       "item</li></ul><p>one<br>two</p><p>&nbsp;</p>"))
                  .back(),
              (Turn{"Bob Bell", "Four. More, and a quote an item one two"}));
}

TEST(TimPage, LinesWithinAParagraphMayHaveLabelsToo) {
  EXPECT_THAT(
      turns(page("<p><strong>Ann Ames:</strong> One.<br><strong>Bob Bell:</strong> Two.<br><strong>Ann "
                 "Ames:</strong> Three.<br><strong>Bob Bell:</strong> Four.</p>")),
      ElementsAre(Turn{"Ann Ames", "One."}, Turn{"Bob Bell", "Two."}, Turn{"Ann Ames", "Three."},
                  Turn{"Bob Bell", "Four."}));
}

TEST(TimPage, ABoldPhraseIsNoSpeaker) {
  const PodcastEpisode episode =
      parse(page(ann_and_bob +
                 "<p><strong>Number two is:</strong> patience.</p><p><strong>Number two is:</strong> "
                 "sleep.</p><p><strong>Cy Cole:</strong> hello.</p><p><strong>really</strong> and: yes</p>"));
  EXPECT_EQ(episode.session.turns.back().text,
            "Four. Number two is: patience. Number two is: sleep. Cy Cole: hello. really and: yes");
  EXPECT_EQ(episode.left_out.at("name before a colon, once only (no speaker)"), 1U);
}

TEST(TimPage, NamelessSpeakersAndTheHostNeedNotRepeat) {
  EXPECT_THAT(turns(page("<p><strong>Ann Ames:</strong> One.</p><p><strong>Speaker 4:</strong> "
                         "Two.</p><p><strong>Audience:</strong> Three.</p><p><strong>Bob Bell:</strong> "
                         "Four.</p><p><strong>Speaker:</strong> Five.</p>")),
              ElementsAre(Turn{"Ann Ames", "One."}, Turn{"Speaker 4", "Two."},
                          Turn{"Audience", "Three. Bob Bell: Four. Speaker: Five."}));
}

TEST(TimPage, WhatStandsAroundTheTalkIsNoTurn) {
  const std::string notice =
      "<p><strong>Ann Ames owns the copyright in and to all content in and transcripts of the "
      "show.</strong></p>"
      "<p><strong>WHAT YOU’RE WELCOME TO DO:</strong> You are welcome to share the below transcript.</p>"
      "<p><strong>WHAT IS NOT ALLOWED:</strong> No one is authorized to copy any portion.</p>";
  const PodcastEpisode episode = parse(page(
      "<p>Please enjoy this transcript of my talk with Bob Bell: a keeper of bees.</p><h3>Sponsors</h3>" +
      notice + ann_and_bob + notice + "<p>***</p><h2>Chapter two</h2><p>Five.</p>" +
      "<div class='my-sponsors'><p>Buy it.</p></div>"
      "<p>This episode is brought to you by Hats.</p><p>Hats are good.</p>"
      "<p><strong>Ann Ames:</strong> Six.</p><p>Seven.</p>"
      "<p>Subscribe on any platform.</p><h3>Related and Recommended</h3>"
      "<p>The Ann Ames Show is one of the most popular podcasts. For all episodes, check out this page.</p>"
      "<div class='sharedaddy'><p>Share</p></div><form><p>Leave a reply</p></form>"));
  EXPECT_THAT(episode.session.turns,
              ElementsAre(Turn{"Ann Ames", "One."}, Turn{"Bob Bell", "Two."}, Turn{"Ann Ames", "Three."},
                          Turn{"Bob Bell", "Four. Five."}, Turn{"Ann Ames", "Six. Seven."}));
  EXPECT_EQ(episode.left_out.at("paragraph outside the talk"), 5U + 5U + 2U + 3U);
}

TEST(TimPage, ASpeakersOwnWordsAboutSharingStay) {
  EXPECT_THAT(
      turns(page("<p><strong>Ann Ames:</strong> This episode is brought to you by me.</p><p>Subscribe to my "
                 "letter.</p><p><strong>Bob Bell:</strong> Two.</p>" +
                 ann_and_bob))
          .front(),
      (Turn{"Ann Ames", "This episode is brought to you by me. Subscribe to my letter."}));
}

TEST(TimPage, TheArticleWithATalkCounts) {
  EXPECT_EQ(
      turns("<div class=entry-content><p>Words.</p></div><div class=entry-content>" + ann_and_bob + "</div>")
          .size(),
      4U);
  EXPECT_THAT([] { return parse("<p><strong>Ann:</strong> x</p><p><strong>Ann:</strong> y</p>"); },
              ThrowsMessage<RunError>(HasSubstr("entry-content")));
}

TEST(TimPage, TitleAndNumber) {
  const Session session = parse(page(ann_and_bob)).session;
  EXPECT_EQ(session.session_id.str(), "tim-0009");
  EXPECT_EQ(session.title, "Bees");
  const Session from_line = parse(page("<p><a href='x'>#77: Bees and Hives</a></p>" + ann_and_bob,
                                       "The Ann Ames Show Transcripts: Bees"))
                                .session;
  EXPECT_EQ(from_line.session_id.str(), "tim-0077");
  EXPECT_EQ(parse(page(ann_and_bob, "The World’s #1 Keeper of Bees")).session.session_id.str().substr(0, 13),
            "tim-the-world");
}

const char* const text =
    "\nPlease enjoy this transcript of my interview with Bob Bell (@bob), keeper of bees.\n"
    "His new book is The Hive: A Novel.\n\n"
    "#525: Bob Bell on Bees — and #2 of Three\n\n"
    "Ann Ames: Welcome to The Ann Ames Show.\nHere is  Bob.\n"
    "Bob Bell: Thanks — \n"
    "Ann Ames: — and number two is: patience.\n"
    "The most important thing: sleep.\n"
    "Bob Bell:\n"
    "Ann Ames: At 10:30: see https://example.org. And “Bob Bell: no label.”\n"
    "Bob Bell:\xC2\xA0“Yes.”\xC2\xA0\n"
    "Cy Cole: Me too.\n\n"
    "Related and Recommended\n \n"
    "The Ann Ames Show is one of the most popular podcasts. Listen for free, check out this page.\n";

TEST(TimText, LinesBecomeTurns) {
  const PodcastEpisode episode = parse(text);
  EXPECT_THAT(
      episode.session.turns,
      ElementsAre(Turn{"Ann Ames", "Welcome to The Ann Ames Show. Here is Bob."},
                  Turn{"Bob Bell", "Thanks —"},
                  Turn{"Ann Ames",
                       "— and number two is: patience. The most important thing: sleep. At 10:30: see "
                       "https://example.org. And “Bob Bell: no label.”"},
                  Turn{"Bob Bell", "“Yes.”\xC2\xA0 Cy Cole: Me too."}));
  EXPECT_EQ(episode.session.session_id.str(), "tim-0525");
  EXPECT_EQ(episode.session.title, "Bob Bell on Bees — and #2 of Three");
  EXPECT_EQ(episode.session.date, "");
  EXPECT_FALSE(episode.is_page);
  EXPECT_EQ(episode.left_out.at("paragraph outside the talk"), 5U);
  EXPECT_EQ(episode.left_out.at("name before a colon, once only (no speaker)"), 1U);
  EXPECT_EQ(episode.left_out.at("empty turn"), 1U);
}

TEST(TimText, NamesOfAllKinds) {
  for (const char* name :
       {"A.J. Jacobs", "José de la Cruz", "Ann & Bob", "Élan", "Dr. Ann Ames, PhD", "ANN"}) {
    const std::string line = std::string(name) + ": x\n";
    EXPECT_THAT(turns(line + "Zed: y\nZed: z\n" + line),
                ElementsAre(Turn{name, "x"}, Turn{"Zed", "y z"}, Turn{name, "x"}))
        << name;
  }
}

TEST(TimText, WhatStandsInBracketsIsNoPartOfAName) {
  EXPECT_THAT(turns("Ann Ames (host): x\nZed: y\nAnn Ames: z\nZed [on the phone]: w\n"),
              ElementsAre(Turn{"Ann Ames", "x"}, Turn{"Zed", "y"}, Turn{"Ann Ames", "z"}, Turn{"Zed", "w"}));
}

TEST(TimText, PhrasesAreNoNames) {
  for (const char* phrase : {"So here it is", "Is it you?", "One Two Three Four Five Six", "“Ann”", "7 Days",
                             "https", "the End"}) {
    const std::string line = std::string(phrase) + ": x\n";
    EXPECT_EQ(turns("Zed: y\n" + line + line + "Zed: z\n").size(), 1U) << phrase;
  }
}

TEST(TimText, WithoutSpeakersThereIsNoTranscript) {
  for (const char* content : {"words words", "Ann: once", ": x\n: x\n", "Ann:\nAnn:\n"}) {
    EXPECT_THAT([&] { return parse(content); }, ThrowsMessage<RunError>(HasSubstr("no transcript")))
        << content;
  }
}

}  // namespace
}  // namespace recon
