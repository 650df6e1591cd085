#include "recon/model/thinking.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace recon {
namespace {

void expect_split(const std::string& whole, const std::string& thinking, const std::string& text) {
  const SpokenText spoken = split_thinking(whole);
  EXPECT_EQ(spoken.text, text) << whole;
  EXPECT_EQ(spoken.thinking, thinking) << whole;
}

struct Family {
  std::string open;
  std::string close;
};
const std::vector<Family> families = {
    {"<think>", "</think>"},
    {"<THINK>", "</Think>"},
    {"< think >", "< / think >"},
    {"<thinking>", "</thinking>"},
    {"<thought>", "</thought>"},
    {"<Thought>", "</thought >"},
    {"<thoughts>", "</thoughts>"},
    {"<reasoning>", "</reasoning>"},
    {"<reflection>", "</reflection>"},
    {"<antThinking>", "</antThinking>"},
    {"<seed:think>", "</seed:think>"},
    {"[THINK]", "[/THINK]"},
    {"[think]", "[/think]"},
    {"[ THINK ]", "[ /THINK ]"},
    {"\u25c1think\u25b7", "\u25c1/think\u25b7"},
    {"<|begin_of_thought|>", "<|end_of_thought|>"},
    {"<|Begin_of_Thought|>", "<|END_OF_THOUGHT|>"},
    {"<|START_THINKING|>", "<|END_THINKING|>"},
    {"<|inner_prefix|>", "<|inner_suffix|>"},
    {"<unused94>thought", "<unused95>"},
    {"<|channel>thought", "<channel|>"},
};

TEST(SplitThinking, EveryFamilysBlockIsKeptApart) {
  for (const auto& [open, close] : families) {
    expect_split(open + "\nWhy not?\n" + close + "\n\nYes.", "Why not?", "Yes.");
    expect_split("\n " + open + "Why not?" + close + "Yes.", "Why not?", "Yes.");
    expect_split(open + close + " Yes.", "", "Yes.");
    expect_split(open + "\n\n" + close, "", "");
    expect_split(open + "I wonder", "I wonder", "");
    expect_split(open, "", "");
    expect_split("Why not?\n" + close + "\nYes.", "Why not?", "Yes.");
    expect_split(open + "One." + close + "\n" + open + "Two." + close + "Yes.", "One.\n\nTwo.", "Yes.");
    expect_split(open + "One " + open + "inside" + close + " more" + close + "Yes.",
                 "One " + open + "inside" + close + " more", "Yes.");
    expect_split(open + "I " + open + " again" + close + "Yes.", "I " + open + " again", "Yes.");
    expect_split(open + "Then \"" + close + "\" ends it." + close + "Yes.", "Then \"" + close + "\" ends it.",
                 "Yes.");
  }
}

TEST(SplitThinking, ABlockMayBeClosedInAnotherFamilysMark) {
  expect_split("<thought>Why?</think>Yes.", "Why?", "Yes.");
  expect_split("<thinking>Why? <reflection>Hm.</reflection> So.</thinking><output>Yes.</output>",
               "Why? <reflection>Hm.</reflection> So.", "Yes.");
}

TEST(SplitThinking, AnAnswerInMarksOfItsOwnLosesThem) {
  for (const auto& [open, close] : std::vector<Family>{{"<answer>", "</answer>"},
                                                       {"<response>", "</response>"},
                                                       {"<final_answer>", "</final_answer>"},
                                                       {"<|begin_of_solution|>", "<|end_of_solution|>"},
                                                       {"<|START_RESPONSE|>", "<|END_RESPONSE|>"}}) {
    expect_split("<think>Why?</think>\n" + open + "\nYes.\n" + close, "Why?", "Yes.");
    expect_split("Why?</think>" + open + "Yes, as far as it", "Why?", "Yes, as far as it");
  }
  expect_split("<|START_RESPONSE|>Yes.<|END_RESPONSE|>", "", "Yes.");
  // Without thinking before it nothing tells that it is no part of the text.
  expect_split("<answer>Yes.</answer>", "", "<answer>Yes.</answer>");
  expect_split("<think>Why?</think><answer>Yes.</answer> And no.", "Why?", "<answer>Yes.</answer> And no.");
}

TEST(SplitThinking, HarmonysChannelsAreKeptApart) {
  const std::string analysis = "<|channel|>analysis<|message|>We need to answer.<|end|>";
  const std::string final = "<|start|>assistant<|channel|>final<|message|>Yes.";
  expect_split(analysis + final + "<|return|>", "We need to answer.", "Yes.");
  expect_split(analysis + final, "We need to answer.", "Yes.");
  expect_split("<|start|>assistant" + analysis + final, "We need to answer.", "Yes.");
  expect_split(
      "<| channel |> analysis <| message |>We need.<|END|><|start|>assistant<|channel|>final<|message|>Yes.",
      "We need.", "Yes.");
  expect_split(analysis + "<|start|>assistant<|channel|>commentary<|message|>I look it up.<|end|>" + final,
               "We need to answer.\n\nI look it up.", "Yes.");
  expect_split(
      analysis +
          "<|start|>assistant<|channel|>commentary to=functions.look <|constrain|>json<|message|>{}<|call|>",
      "We need to answer.\n\n{}", "");
  expect_split("<|channel|>analysis<|message|>We need to", "We need to", "");
  expect_split(analysis + "<|start|>assistant<|channel|>fin", "We need to answer.", "");
  expect_split("<|channel|>final<|message|>Yes.", "", "Yes.");
  // The prompt opened the channel, or its mark.
  expect_split("We need to answer.<|end|>" + final, "We need to answer.", "Yes.");
  expect_split("analysis<|message|>We need to answer.<|end|>" + final, "We need to answer.", "Yes.");
  expect_split("final<|message|>Yes.<|return|>", "", "Yes.");
}

TEST(SplitThinking, HarmonysChannelsWithoutTheirMarksAreKeptApart) {
  expect_split("analysisWe need to answer.assistantfinalYes.", "We need to answer.", "Yes.");
  expect_split("analysisthe user asks.assistantfinalYes.", "the user asks.", "Yes.");
  expect_split("analysis\nWe need.\n\nassistantfinal\nYes.", "We need.", "Yes.");
  expect_split("assistantanalysisWe need.assistantfinalYes.", "We need.", "Yes.");
  expect_split("analysisOne.assistantcommentaryTwo.assistantanalysisThree.assistantfinalYes.",
               "One.\n\nTwo.\n\nThree.", "Yes.");
  expect_split("We need to answer.assistantfinalYes.", "We need to answer.", "Yes.");
  expect_split("analysisWe need to", "We need to", "");
  expect_split("analysisWe need.assistantfinal", "We need.", "");
}

TEST(SplitThinking, TheHeaderOfTheModelsOwnTurnIsNoWords) {
  for (const std::string role : {"assistant\n", "Assistant: ", "<|im_start|>assistant\n", "<|assistant|>\n",
                                 "<|start_header_id|>assistant<|end_header_id|>\n\n"}) {
    expect_split(role + "<think>Why?</think>\nYes.", "Why?", "Yes.");
    expect_split(role + "[THINK]Why?[/THINK]Yes.", "Why?", "Yes.");
  }
  expect_split("assistant\nYes.", "", "assistant\nYes.");
  expect_split("Assistants <think>", "", "Assistants <think>");
}

TEST(SplitThinking, SentencesThatAreMarksOnlyTogether) {
  expect_split("Here is my thought process: I wonder.\nHere is my response: Yes.", "I wonder.", "Yes.");
  expect_split("Thinking...\nI wonder.\n...done thinking.\n\nYes.", "I wonder.", "Yes.");
  expect_split("Thinking... of you.", "", "Thinking... of you.");
  expect_split("Here's my thought process: I wonder.", "", "Here's my thought process: I wonder.");
}

TEST(SplitThinking, WordsThatLookAlikeStay) {
  for (const char* text : {
           "",
           "  Yes.\n",
           "a < b",
           "analysis of this shows little",
           "Analysis: we need more.",
           "analysis",
           "The analysis was final.",
           "final answer: yes",
           "I say <think>x</think> aloud",
           "He wrote <thought> and left.",
           "I closed with <reasoning>why</reasoning> then.",
           "[Thinking aloud] Yes.",
           "<thin>x</thin>",
           "Say `</think>` to stop.",
           "The word \"assistantfinal\" is no word.",
           "commentary on this: none",
           "<answer>Yes.</answer>",
           "[me] said <b>no</b>",
           "{\"why\": \"<thought>x</thought>\"}",
           "<|channel|> is a mark",
           "thought: yes",
       })
    expect_split(text, "", text);
}

TEST(AfterThinking, IsWhereATextGoesOn) {
  const std::string text = "So: <think>why</think> yes [THINK]hm";
  EXPECT_EQ(after_thinking(text, 0), 0U);
  EXPECT_EQ(after_thinking(text, 4), text.find(" yes"));
  EXPECT_EQ(after_thinking(text, text.find("[THINK]")), text.size());
}

TEST(LeadingMark, IsAWordInMarksAtTheBeginning) {
  for (const auto& [text, mark] : std::vector<std::pair<std::string, std::string>>{
           {"<musing>Why?</musing> Yes.", "<musing>"},
           {" \n<|deep_thought|> Why?", "<|deep_thought|>"},
           {"[DELIBERATION] Why?", "[DELIBERATION]"},
           {"\u25c1muse\u25b7 Why?", "\u25c1muse\u25b7"},
           {"<ns:muse>", "<ns:muse>"},
           {"<details type=\"muse\"> Why?", "<details type=\"muse\">"},
           {"<answer>Yes.</answer>", "<answer>"}})
    EXPECT_EQ(leading_mark(text), mark) << text;
}

TEST(LeadingMark, OrdinaryTextHasNone) {
  for (const char* text : {"", "Yes <musing>", "[me] said", "[laughs] Yes.", "[1] Yes.", "< 5 of them",
                           "<3 you", "[{\"candidate\": 1}]", "<>", "[]", "{\"a\": 1}",
                           "<this goes on for so long that it is no mark at all>"})
    EXPECT_EQ(leading_mark(text), std::nullopt) << text;
}

}  // namespace
}  // namespace recon
