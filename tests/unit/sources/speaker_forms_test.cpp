// Transcripts in the forms in which people keep them: each is read with the right speakers, or rejected by
// the name of its form.
#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "podcast/episode.hpp"
#include "podcast/speaker_label.hpp"
#include "podcast/time_mark.hpp"
#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::replaced;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::ThrowsMessage;

PodcastEpisode parse(const std::string& content) { return parse_podcast_episode(content, "file-name"); }
/// The turns, or why there are none.
std::vector<std::string> turns(const std::string& content) {
  std::vector<std::string> turns;
  try {
    for (const Turn& turn : parse(content).session.turns) turns.push_back(turn.author + "| " + turn.text);
  } catch (const RunError& error) {
    turns.emplace_back(error.what());
  }
  return turns;
}

struct Line {
  std::string name, words;
};
const std::vector<Line> talk = {{"Orla Tamsin", "What did you do at 10:30 that day?"},
                                {"Bram O'Dell", "I left: the tide was in."},
                                {"Orla Tamsin", "And the boats -- all of them?"},
                                {"Bram O'Dell", "Most. Note: it was 1999."},
                                {"Orla Tamsin", "Who rang the bell?"},
                                {"Bram O'Dell", "My aunt, Mark 3:16 in hand."}};

std::vector<std::string> expected() {
  std::vector<std::string> turns;
  for (const Line& line : talk) turns.push_back(line.name + "| " + line.words);
  return turns;
}

/// The talk in a form: N is the name, T a time, U a later one, W the words; "@" before the letter.
std::string in_form(const std::string& form, const std::string& between = "\n\n") {
  std::string text;
  int minute = 5;
  for (const Line& line : talk) {
    const std::string time = "00:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute) + ":24";
    const std::string later = "00:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute) + ":59";
    std::string one = replaced(replaced(form, "@T", time), "@U", later);
    text += replaced(replaced(one, "@N", line.name), "@W", line.words) + between;
    minute += 2;
  }
  return text;
}

TEST(SpeakerForms, TimesBesideLabels) {
  for (const char* form : {"[@T] @N: @W",
                           "(@T) @N: @W",
                           "{@T} @N: @W",
                           "@T @N: @W",
                           "@T - @N: @W",
                           "@T – @N: @W",
                           "@T | @N: @W",
                           "@T\t@N:\t@W",
                           "@T: @N: @W",
                           "[@T]: @N: @W",
                           "@N [@T]: @W",
                           "@N (@T): @W",
                           "@N (@T) : @W",
                           "@N @T: @W",
                           "@N, @T: @W",
                           "@N - @T: @W",
                           "@N – @T: @W",
                           "@N | @T: @W",
                           "@N: [@T] @W",
                           "@N: (@T) @W",
                           "@N : @W",
                           "@N: @W [@T]",
                           "@N: @W (@T)",
                           "@N: @W @T",
                           "@N: @T @W",
                           "[@T.120] @N: @W",
                           "[@T,120] @N: @W",
                           "@T.120 @N: @W",
                           "[@T - @U] @N: @W",
                           "[@T --> @U] @N: @W",
                           "[@T.000 --> @U.480]  @N: @W",
                           "(@T – @U) @N: @W",
                           "@T --> @U @N: @W",
                           "@T-@U @N: @W",
                           "［@T］@N：@W",
                           "（@T） @N： @W",
                           "【@T】@N: @W",
                           "@N（@T）：@W",
                           "[@T] [@N]: @W",
                           "[@N @T]: @W",
                           "[@T @N]: @W",
                           "(@N, @T): @W",
                           "[[@T]] @N: @W",
                           "[@T](https://example.org/?t=324) @N: @W",
                           "@N [@T](https://example.org/?t=324): @W",
                           "[2041-05-01 @T] @N: @W",
                           "[1/5/41, @T PM] @N: @W",
                           "@T PM @N: @W",
                           "[at @T] @N: @W",
                           "[time: @T] @N: @W",
                           "\xC2\xA0[@T]\xC2\xA0@N:\xC2\xA0@W",
                           "\xE2\x80\x8B[@T] @N: @W",
                           "@N (host) [@T]: @W",
                           "@N [@T] (host): @W",
                           "@N (host): @W",
                           "- [@T] @N: @W",
                           "• @N: @W",
                           "> @N: @W",
                           ">> @N: @W",
                           "@T » @N: @W",
                           "[@T] — @N: @W",
                           "@N [@T] @W",
                           "@N (@T) @W",
                           "@N @T – @W",
                           "[5m24s] @N: @W",
                           "@N 1h02m03s: @W",
                           "[0.00s -> 4.20s] @N: @W",
                           "[12.50 --> 15.25] @N: @W",
                           "<@T> @N: @W"}) {
    if (std::string_view(form).starts_with('<')) continue;  // a page
    EXPECT_THAT(turns(in_form(form)), ::testing::ElementsAreArray(expected())) << form;
    EXPECT_THAT(turns(replaced(in_form(form, "\n"), "\n", "\r\n")), ::testing::ElementsAreArray(expected()))
        << form << " with CRLF";
    EXPECT_THAT(turns("\xEF\xBB\xBF" + in_form(form)), ::testing::ElementsAreArray(expected())) << form;
  }
}

TEST(SpeakerForms, LabelsOnLinesOfTheirOwn) {
  for (const char* form : {"@N:\n@W",       "@N (@T)\n@W",  "@N [@T]\n@W",       "@N @T\n@W",
                           "@N   @T  \n@W", "@N - @T\n@W",  "@N | @T\n@W",       "@T @N\n@W",
                           "[@T] @N\n@W",   "@T - @N\n@W",  "@N (@T):\n@W",      "[@T] @N:\n@W",
                           "@N:\n[@T]\n@W", "@N:\n@T\n@W",  "@T\n@N:\n@W",       "[@T]\n@N: @W",
                           "@T\n@N: @W",    "@N: @W\n@T",   "@T --> @U\n@N: @W", "@N\n@T\n@W",
                           "@T\n@N\n@W",    "[@T]\n@N\n@W", "@N\n[@T - @U]\n@W", "@N\n@W",
                           "@N (@T)\n\n@W", "@N @T PM\n@W"}) {
    EXPECT_THAT(turns(in_form(form)), ::testing::ElementsAreArray(expected())) << form;
    EXPECT_EQ(parse(in_form(form)).left_out["empty turn"], 0U) << form << ": words follow the label";
  }
}

TEST(SpeakerForms, LabelsInMarkdown) {
  for (const char* form : {"**@N:** @W",
                           "**@N**: @W",
                           "__@N:__ @W",
                           "__@N__: @W",
                           "*@N:* @W",
                           "*@N*: @W",
                           "_@N:_ @W",
                           "***@N:*** @W",
                           "**@N** [@T]: @W",
                           "**@N** (@T): @W",
                           "**[@T] @N:** @W",
                           "[@T] **@N:** @W",
                           "[@T] **@N**: @W",
                           "**@N (@T):** @W",
                           "### @N\n\n@W",
                           "## @N:\n\n@W",
                           "### @N (@T)\n\n@W",
                           "### [@T] @N\n\n@W",
                           "**@N**\n\n@W",
                           "**@N**\n@W",
                           "**@N** (@T)\n\n@W",
                           "- **@N:** @W",
                           "> **@N:** @W",
                           "* **@N**: @W",
                           "\\[@T\\] @N: @W",
                           "[@N](https://example.org/who): @W",
                           "**[@N](https://example.org/who):** @W"}) {
    EXPECT_THAT(turns(in_form(form)), ::testing::ElementsAreArray(expected())) << form;
  }
  EXPECT_THAT(turns("# Of boats\n\n**Ann:** *One*.\n\n## Part two\n\n**Bob:** Two.\n\n**Ann:** "
                    "Three.\n\n**Bob:** Four.\n\n**Five.**\n"),
              ElementsAre("Ann| One.", "Bob| Two.", "Ann| Three.", "Bob| Four. Five."));
}

TEST(SpeakerForms, LabelsOfPages) {
  for (const char* form : {"<p><strong>@N:</strong> @W</p>", "<p>[@T] <strong>@N:</strong> @W</p>",
                           "<p><strong>[@T] @N:</strong> @W</p>", "<p><strong>@N</strong> (@T): @W</p>",
                           "<p><strong>@N</strong> [@T]</p><p>@W</p>", "<p><b>@N (@T):</b> @W</p>",
                           "<p><b>@N:</b> [@T] @W</p>"}) {
    EXPECT_THAT(turns("<html><div class=entry-content>" + in_form(form) + "</div></html>"),
                ::testing::ElementsAreArray(expected()))
        << form;
  }
}

std::string srt(const std::string& payload, bool numbers = true, const std::string& arrow = " --> ") {
  std::string text;
  for (std::size_t i = 0; i < talk.size(); ++i) {
    if (numbers) text += std::to_string(i + 1) + "\n";
    const std::string minute = "00:0" + std::to_string(i) + ":0";
    text += minute + "1,000" + arrow + minute + "4,500\n";
    text += replaced(replaced(payload, "@N", talk[i].name), "@W", talk[i].words) + "\n\n";
  }
  return text;
}

TEST(SpeakerForms, Subtitles) {
  const std::string vtt =
      "WEBVTT - Boats\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nOrla Tamsin: a note\n\n";
  for (const char* payload : {"@N: @W", "<i>@N:</i> @W", "- @N: @W", ">> @N: @W", "&gt;&gt; @N: @W",
                              "[@N]: @W", "{\\an8}@N: @W", "@N:\n@W", "(@N): @W"}) {
    EXPECT_THAT(turns(srt(payload)), ::testing::ElementsAreArray(expected())) << payload;
    EXPECT_THAT(turns(srt(payload, false)), ::testing::ElementsAreArray(expected())) << payload;
    EXPECT_THAT(turns(replaced(srt(payload), "\n", "\r\n")), ::testing::ElementsAreArray(expected()))
        << payload;
    EXPECT_THAT(turns(vtt + replaced(srt(payload), ",", ".")), Not(Contains(HasSubstr("note"))));
  }
  for (const char* payload :
       {"<v @N>@W</v>", "<v @N>@W", "<v.loud @N>@W</v>", "<V @N>@W</V>", "<v @N><c.red>@W</c></v>"}) {
    EXPECT_THAT(turns(vtt + srt(payload)), ::testing::ElementsAreArray(expected())) << payload;
  }
  EXPECT_THAT(turns(srt("@N: @W", false, ",")), ::testing::ElementsAreArray(expected())) << "SBV";
  EXPECT_THAT(
      turns("WEBVTT\n\nintro\n00:01.000 --> 00:02.000 align:start position:0%\n<v Ann>One\ntwo</v>\n\n"
            "00:03.000 --> 00:04.000\n<v Bob>Three</v> <v Ann>four</v>\n"),
      ElementsAre("Ann| One two", "Bob| Three", "Ann| four"));
}

TEST(SpeakerForms, CuesAreCountedBeforeTheyAreLeftOut) {
  const PodcastEpisode episode = parse(
      "WEBVTT\n\nNOTE made by hand\n\n1\n00:01.000 --> 00:02.000\nmusic plays\n\n2\n00:02.000 --> "
      "00:03.000\nAnn: One.\n\n"
      "3\n00:03.000 --> 00:04.000\n\n4\n00:04.000 --> 00:05.000\nand more --> of it\n\n5\n00:05.000 --> "
      "00:06.000\n"
      ">> Somebody else.\n\n6\n00:06.000 --> 00:07.000\nBob: Two.\n\n7\n00:07.000 --> 00:08.000\nAnn: "
      "Three.\n\n"
      "8\n00:08.000 --> 00:09.000\nBob: Four.\n");
  EXPECT_THAT(episode.session.turns, ElementsAre(Turn{"Ann", "One. and more --> of it"}, Turn{"Bob", "Two."},
                                                 Turn{"Ann", "Three."}, Turn{"Bob", "Four."}));
  EXPECT_THAT(
      episode.left_out,
      ::testing::IsSupersetOf({Pair("cue without words", 1), Pair("words of a speaker without a name", 1),
                               Pair("paragraph outside the talk", 1),
                               Pair("line of a subtitle file outside its cues", 2)}));
}

TEST(SpeakerForms, ATimedLineWithoutALabelGoesOn) {
  EXPECT_THAT(
      turns("[00:01 --> 00:02] Ann: One\n[00:02 --> 00:03] two.\n[00:03 --> 00:04] Bob: Three,\n"
            "[00:04 --> 00:05] subscribe to it.\n[00:05 --> 00:06] Ann: Four.\n[00:06 --> 00:07] Bob: Five.\n"
            "[00:07 --> 00:08] Related\n"),
      ElementsAre("Ann| One two.", "Bob| Three, subscribe to it.", "Ann| Four.", "Bob| Five. Related"));
  EXPECT_EQ(parse("Ann:\n00:01\nOne.\nBob:\n00:02\nTwo.\nAnn:\n00:03\nThree.\nBob:\n00:04\nFour.\n")
                .left_out.at("line of a time alone"),
            4U);
}

TEST(SpeakerForms, TwoSpeakersInALineAreTwoTurns) {
  EXPECT_THAT(turns("Ann: One. Bob: Two!\nAnn: Three [00:05] Bob: Four.\nBob: I said to Ann: five. “Ann: "
                    "six.”\nBob: Seven.\n"),
              ElementsAre("Ann| One.", "Bob| Two!", "Ann| Three",
                          "Bob| Four. I said to Ann: five. “Ann: six.” Seven."));
}

/// Somebody who says one thing in the middle, and a line of the one before that goes on.
std::string with_one_who_speaks_once(const std::string& form) {
  std::string text = in_form(form);
  const std::string one = replaced(replaced(form, "@T", "00:09:40"), "@U", "00:09:50");
  const std::string once = replaced(replaced(one, "@N", "Corin Vale"), "@W", "One moment please.");
  std::size_t at = text.find(talk[3].words);
  at = text.find("\n\n", at) + 2;
  return text.insert(at, once + "\n\n");
}

TEST(SpeakerForms, WhoSpeaksOnceKeepsTheWords) {
  std::vector<std::string> with_once = expected();
  with_once.insert(with_once.begin() + 4, "Corin Vale| One moment please.");
  for (const char* form :
       {"@N: @W", "[@T] @N: @W", "@T @N: @W", "@N (@T): @W", "@N: [@T] @W", "[@T --> @U] @N: @W",
        "@N [@T] @W", "@N @T – @W", "@N:\n@W", "@N (@T)\n@W", "@T @N\n@W", "[@T] @N:\n@W", "@T\n@N\n@W",
        "@N\n@T\n@W", "@N\n@W", "**@N:** @W", "**@N** (@T): @W", "- @N: @W", "> @N: @W"}) {
    EXPECT_THAT(turns(with_one_who_speaks_once(form)), ::testing::ElementsAreArray(with_once)) << form;
  }
}

TEST(SpeakerForms, ALabelWithATimeIsASpeakersThoughOtherLinesWithTimesGoOn) {
  EXPECT_THAT(
      turns("[00:01:00] Ann Ames: One.\n[00:01:05] And a half.\n[00:01:10] Bob Bell: Two.\n"
            "[00:01:15] Corin Vale: Wait.\n[00:01:20] Ann Ames: Three.\n[00:01:25] Bob Bell: Four.\n"),
      ElementsAre("Ann Ames| One. And a half.", "Bob Bell| Two.", "Corin Vale| Wait.", "Ann Ames| Three.",
                  "Bob Bell| Four."));
}

TEST(SpeakerForms, AGuestWhoSpeaksOnceIsKnownWhereEveryTimeHasALabel) {
  EXPECT_THAT(turns("[00:01] Ann: One.\n[00:02] Bob: Two.\n[00:03] Cy Cole: Three.\n[00:04] Ann: "
                    "Four.\n[00:05] Bob: Five.\n"),
              Contains("Cy Cole| Three."));
}

TEST(SpeakerForms, NamesOfAllKinds) {
  for (const char* name :
       {"J. R. R. Marlow", "Zoë Ångström-Li", "Mary-Jane O’Neill", "Dr. Ann Ames", "María de la Cruz y Vega",
        "d'Artagnan Roy", "van Gogh", "李明", "Łukasz Żak", "Speaker 4", "SPEAKER_00", "Guest 2", "ANN"}) {
    for (const char* form : {"[00:05:24] @N: x", "@N (00:05): x", "@N: x", "00:05 @N: x"}) {
      const std::string line = replaced(form, "@N", name) + "\n";
      const std::string other = replaced(form, "@N", "Zed") + "\n";
      EXPECT_THAT(turns(line + other + line + other), Contains(std::string(name) + "| x")) << line;
    }
  }
}

TEST(SpeakerForms, SpeechThatLooksLikeALabelStaysSpeech) {
  for (const char* words :
       {"Note: it rains.", "At 10:30 I left.", "10:30 is too late.", "It was 10:30: we left.", "P.S.: no.",
        "Warning: ice.", "See https://example.org: all of it.", "The score was 3:16 then.", "So: yes.",
        "Step 1: go."}) {
    const std::string text =
        std::string("Ann: One.\n") + words + "\nBob: Two.\n" + words + "\nAnn: Three.\nBob: Four.\n";
    EXPECT_THAT(turns(text), ElementsAre("Ann| One. " + std::string(words), "Bob| Two. " + std::string(words),
                                         "Ann| Three.", "Bob| Four."))
        << words;
    const std::string timed = std::string("[00:01] Ann: ") + words +
                              "\n[00:02] Bob: Two.\n[00:03] Ann: " + words + "\n[00:04] Bob: Four.\n";
    EXPECT_THAT(turns(timed), ElementsAre("Ann| " + std::string(words), "Bob| Two.",
                                          "Ann| " + std::string(words), "Bob| Four."))
        << words;
  }
}

TEST(SpeakerForms, AListOfChaptersHasNoSpeakers) {
  EXPECT_THAT(
      turns("0:00 Introduction\n1:53 Bees\n9:50 Introduction\n\nAnn: One.\nBob: Two.\nAnn: Three.\nBob: "
            "Four.\n"),
      ElementsAre("Ann| One.", "Bob| Two.", "Ann| Three.", "Bob| Four."));
}

TEST(SpeakerForms, WhatNamesNoSpeakerIsRejectedByItsForm) {
  struct Case {
    std::string content;
    const char* says;
  };
  const std::string words = "words of a talk\n";
  std::string whisper, video, leading, srt_text, vtt_text;
  for (int i = 1; i < 9; ++i) {
    const std::string time = "00:0" + std::to_string(i);
    whisper += "[" + time + ":00.000 --> " + time + ":04.000]  " + words;
    video += time + "\n" + words;
    leading += "[" + time + "] " + words;
    srt_text += std::to_string(i) + "\n" + time + ":00,000 --> " + time + ":04,000\n" + words + "\n";
    vtt_text += time + ":00.000 --> " + time + ":04.000\n" + words + "\n";
  }
  for (const Case& one :
       {Case{srt_text, "an SRT subtitle file without speakers: none of its 8 cues"},
        Case{"WEBVTT\n\n" + vtt_text, "a WebVTT subtitle file without speakers"},
        Case{whisper, "lines with the times of a subtitle"},
        Case{video, "lines of times alone"},
        Case{leading, "lines that begin with times"},
        Case{"[Script Info]\nTitle: x\n\nDialogue: 0,0:00:01.00,0:00:04.00,D,Ann,0,0,0,,One\n",
             "an ASS or SSA subtitle file"},
        Case{"{10}{20}Ann: One|Bob: Two\n{20}{30}Ann: Three\n", "a MicroDVD subtitle file"},
        Case{"{\"speaker\": \"Ann\", \"text\": \"One\"}", "JSON"},
        Case{"{\"speaker\": \"Ann\", \"text\": \"One\"}\n{\"speaker\": \"Bob\", \"text\": \"Two\"}\n",
             "lines of JSON"},
        Case{"speaker,start,text\nAnn,1,One\nBob,2,Two\n", "a table (CSV or TSV)"},
        Case{"Speaker\tText\nAnn\tAnn: One\nBob\tAnn: Two\n", "a table (CSV or TSV)"},
        Case{"From: a@example.org\nTo: b@example.org\nSubject: Talk\n\nFrom: x\nTo: y\n", "an e-mail"},
        Case{"<?xml version='1.0'?><tt xmlns='x'><body><p>Ann: One</p></body></tt>", "a TTML subtitle file"},
        Case{"%PDF-1.4 Ann: x\nAnn: y\n", "a PDF document"},
        Case{"{\\rtf1 Ann: x\\par Ann: y}", "an RTF document"},
        Case{"PK\x03\x04 Ann: x\nAnn: y\n", "a ZIP archive"},
        Case{"\x1F\x8B\x08 Ann: x", "gzip-compressed data"},
        Case{"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "a Git LFS pointer"},
        Case{std::string("\xFF\xFE"
                         "A\0n\0",
                         6),
             "UTF-16 text"},
        Case{std::string("A\0n\0n\0:\0 \0x\0", 12), "UTF-16 text"},
        Case{"", "the file is empty"},
        Case{" \n\n", "the file is empty"},
        Case{"Ann 5.24: x\n\nBob 7.24: y\n\nAnn 8.2: z\n", "names stand beside numbers"},
        Case{"324 Ann: x\n\n512 Bob: y\n\n613 Ann: z\n", "names stand beside numbers"}}) {
    EXPECT_THAT([&] { return parse(one.content); }, ThrowsMessage<RunError>(HasSubstr(one.says)))
        << one.content;
  }
}

TEST(SpeakerForms, RecordsWithASpeakerFieldAreNoLabels) {
  std::string records;
  for (const Line& line : talk) records += "Speaker: " + line.name + "\nText: " + line.words + "\n\n";
  EXPECT_THAT(turns(records), ElementsAre(HasSubstr("records with the fields 'Speaker: ...'")));
}

TEST(SpeakerForms, FewLabelsAmongManyTimesNameNobody) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "[00:01:02] words of a talk\n";
  text += "[00:01:02] Ann: x\n[00:01:02] Ann: y\n";
  EXPECT_THAT([&] { return parse(text); },
              ThrowsMessage<RunError>(HasSubstr("of 202 lines with times only 2 name a speaker")));
}

TEST(TimeMarks, AreToldFromNumbers) {
  for (const char* mark : {"[00:05:24]",
                           "(5:24)",
                           "00:05:24",
                           "5:24",
                           "00:05:24.120",
                           "00:05:24,120",
                           "1h02m03s",
                           "5m24s",
                           "00:05:24 --> 00:05:30",
                           "5:24–5:30",
                           "[5:24 - 5:30]",
                           "00.05.24",
                           "[324s]",
                           "[1.5s -> 2.5s]",
                           "10:30 AM",
                           "【00:05】",
                           "［00：05：24］",
                           "[00:05:24:12]",
                           "\\[00:05\\]",
                           "[00:05](https://example.org/x)",
                           "(00:05 / 01:30)"}) {
    EXPECT_EQ(time_mark_at(mark).bytes, std::string(mark).size()) << mark;
    EXPECT_TRUE(is_only_times(mark)) << mark;
    EXPECT_EQ(time_mark_at_end("words " + std::string(mark)).bytes, std::string(mark).size()) << mark;
  }
  for (const char* text :
       {"[12]", "(3)", "1999", "3.5", "[Ann 5:24]", "(John 3:16)", "5:2", "5:245", "12:34a", "[laughs]", "()",
        "[]", "(see 5:24)", "15,000", "[1999]", "(2.5)", "00:", ":30", "1,5"}) {
    EXPECT_EQ(time_mark_at(text).bytes, 0U) << text;
  }
  EXPECT_EQ(without_bracketed_times("One [00:05] two [12] three [00:05:24]"), "One two [12] three");
}

TEST(SpeakerLabels, HoldNoDigitsAndNoBrackets) {
  for (const char* text :
       {"Ann (00:05", "[00 Ann: x", "Ann 2: x", "2 Ann: x", "Ann [x: y", "Ann]: x", "00:05: x", "[00:05]: x",
        "(host): x", ": x", "Ann 00: x", "-->: x", "00:01 --> 00:02: x", "Part 2: x", "(a) (b): x"}) {
    const std::optional<Label> label = speaker_label(text);
    if (!label) continue;
    EXPECT_EQ(label->name.find_first_of("0123456789[](){}<>"), std::string::npos)
        << text << ": " << label->name;
  }
}

}  // namespace
}  // namespace recon
