// What each prompt must contain, and where.
#include "recon/core/text.hpp"

#include <algorithm>

#include "prompt_fixtures.hpp"
#include <gmock/gmock.h>

namespace recon::prompt_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// True when the parts stand in the text in this order.
testing::AssertionResult in_order(const std::string& text, const std::vector<std::string>& parts) {
  std::size_t at = 0;
  for (const std::string& part : parts) {
    const std::size_t found = text.find(part, at);
    if (found == std::string::npos)
      return testing::AssertionFailure() << "'" << part << "' missing or too early in\n" << text;
    at = found + part.size();
  }
  return testing::AssertionSuccess();
}

TEST(Elements, EveryPromptIsASystemAndAUserMessage) {
  const Prompts prompts;
  for (const auto& [name, prompt] : all_prompts(prompts, sample_pair())) {
    ASSERT_EQ(prompt.size(), 2U) << name;
    EXPECT_EQ(prompt[0].role, PromptMessage::Role::system) << name;
    EXPECT_EQ(prompt[1].role, PromptMessage::Role::user) << name;
    for (const PromptMessage& message : prompt) {
      EXPECT_FALSE(message.content.empty()) << name;
      EXPECT_EQ(trim(message.content), message.content) << name;
      EXPECT_THAT(message.content, Not(HasSubstr("{{"))) << name;
      EXPECT_THAT(message.content, Not(HasSubstr("==="))) << name;
    }
  }
}

TEST(Elements, BackwardAsksForHiddenFirstPersonThoughts) {
  const Prompts prompts;
  const Prompt prompt = prompts.backward(sample_pair());
  EXPECT_THAT(system_text(prompt), HasSubstr("You are a Justice of the U.S. Supreme Court."));
  EXPECT_THAT(system_text(prompt), HasSubstr("recover your inner thoughts"));
  EXPECT_THAT(system_text(prompt), HasSubstr("first person, as \"I\", before speaking"));
  EXPECT_THAT(system_text(prompt),
              HasSubstr("Do not quote it, and do not paraphrase it sentence by sentence."));
  EXPECT_THAT(user_text(prompt), HasSubstr("It is one spoken turn in an oral argument"));
  EXPECT_THAT(user_text(prompt), HasSubstr("plain text"));
  EXPECT_TRUE(
      in_order(user_text(prompt), {"<context>", "plainword", "</context>",
                                   "<action>\nActionword, counsel.\n</action>", "Do not quote or retell"}));
}

TEST(Elements, ReconstructionPutsContextBeforeReasoning) {
  const Prompts prompts;
  const Prompt prompt = prompts.reconstruct(sample_pair(), "Thoughtword.");
  EXPECT_THAT(system_text(prompt), HasSubstr("You are participating in an oral argument."));
  EXPECT_TRUE(in_order(user_text(prompt),
                       {"<context>", "lastword", "</context>", "<reasoning>\nThoughtword.\n</reasoning>",
                        "next turn", "It is one spoken turn", "plain text"}));
}

TEST(Elements, CandidatesOfAPairShareThePromptUpToTheReasoning) {
  const Prompts prompts;
  const Prompt one = prompts.reconstruct(sample_pair(), "Alpha.");
  const Prompt two = prompts.reconstruct(sample_pair(), "Beta.");
  EXPECT_EQ(system_text(one), system_text(two));
  const auto head = [](const Prompt& prompt) {
    return user_text(prompt).substr(0, user_text(prompt).find("<reasoning>"));
  };
  EXPECT_EQ(head(one), head(two));
  EXPECT_THAT(head(one), HasSubstr("</context>"));
}

TEST(Elements, CandidatesAndBaselineOfAPairAreAskedForInOnePrompt) {
  const Prompts prompts;
  EXPECT_EQ(all_text(prompts.backward(sample_pair())), all_text(prompts.backward(sample_pair())));
  Pair other = sample_pair();
  other.action = "Another action.";
  const Prompt one = prompts.backward(sample_pair());
  const Prompt two = prompts.backward(other);
  EXPECT_EQ(system_text(one), system_text(two));
  const std::size_t shared = user_text(one).find("Actionword");
  EXPECT_EQ(user_text(one).substr(0, shared), user_text(two).substr(0, shared));
  EXPECT_THAT(user_text(one).substr(0, shared), HasSubstr("</context>"));
}

/// What two prompts have in common at the beginning of their user messages.
std::string shared_beginning(const Prompt& one, const Prompt& two) {
  const std::string& a = user_text(one);
  const auto end = std::mismatch(a.begin(), a.end(), user_text(two).begin(), user_text(two).end()).first;
  return {a.begin(), end};
}

TEST(Elements, JudgeCallsOfAPairShareEverythingUpToTheDimensions) {
  const Prompts prompts;
  const ReplyForm rotated{{Dimension::values, Dimension::style, Dimension::intent}, false};
  const auto expect_shared = [](const Prompt& one, const Prompt& two) {
    EXPECT_EQ(system_text(one), system_text(two));
    EXPECT_THAT(shared_beginning(one, two), HasSubstr("</true_action>\n\nCompare"));
    EXPECT_THAT(shared_beginning(one, two), testing::EndsWith("in these dimensions:\n- "));
  };
  expect_shared(prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, usual_form),
                prompts.judge_listwise(sample_pair(), {"gamma", "delta", "epsilon"}, rotated));
  expect_shared(prompts.judge_pairwise(sample_pair(), "alpha", "beta", usual_form),
                prompts.judge_pairwise(sample_pair(), "gamma", "delta", rotated));
}

TEST(Elements, AJudgesPromptEndsWithTheFormInTheDrawnOrder) {
  const Prompts prompts;
  const ReplyForm form{{Dimension::values, Dimension::style, Dimension::intent}, false};
  EXPECT_TRUE(user_text(prompts.judge_pairwise(sample_pair(), "alpha", "beta", form))
                  .ends_with("in place of <verdict>:\n"
                             R"({ "values": "<verdict>", "style": "<verdict>", "intent": "<verdict>", )"
                             R"("overall": "<verdict>"})"));
  EXPECT_TRUE(user_text(prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, form))
                  .ends_with("in place of <score>:\n"
                             R"({ "scores": [{"candidate": <number>, "values": <score>, "style": <score>, )"
                             R"("intent": <score>, "overall": <score>}, ...]})"));
}

TEST(Elements, AJudgeIsAskedWhyOnlyWhereTheFormSaysSo) {
  const Prompts prompts;
  const ReplyForm form{{Dimension::values, Dimension::style, Dimension::intent}, true};
  const auto expect_asked = [](const Prompt& with, const Prompt& without, const std::string& form_begins) {
    EXPECT_EQ(system_text(with), system_text(without));
    EXPECT_TRUE(in_order(user_text(with), {"Begin with why: one text of at most 60 words", form_begins}));
    EXPECT_THAT(all_text(without), Not(HasSubstr("why")));
    EXPECT_THAT(all_text(without), Not(HasSubstr("60 words")));
  };
  expect_asked(prompts.judge_pairwise(sample_pair(), "alpha", "beta", form),
               prompts.judge_pairwise(sample_pair(), "alpha", "beta", {form.dimensions, false}),
               R"({ "why": "<at most 60 words>", "values": "<verdict>")");
  expect_asked(prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, form),
               prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, {form.dimensions, false}),
               R"({ "why": "<at most 60 words>", "scores": [)");
}

TEST(Elements, APairwiseVerdictIsAboutWhichIsCloserBeforeItIsATie) {
  const Prompts prompts;
  const std::string text = system_text(prompts.judge_pairwise(sample_pair(), "alpha", "beta", usual_form));
  EXPECT_THAT(text,
              HasSubstr("answer A is clearly closer to the true action than answer B, even if neither"));
  EXPECT_THAT(text,
              HasSubstr("answer B is clearly closer to the true action than answer A, even if neither"));
  EXPECT_THAT(text, HasSubstr("\"tie\": neither answer is clearly closer, and both are close"));
  EXPECT_THAT(text, HasSubstr("\"tie_bad\": neither answer is clearly closer, and both are off"));
}

TEST(Elements, JudgesSystemMessageIsTheSameForAllPairsOfADomain) {
  const Prompts prompts;
  Pair other = sample_pair();
  other.context = {{"Somebody", "Another context."}};
  other.action = "Another action.";
  EXPECT_EQ(system_text(prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, usual_form)),
            system_text(prompts.judge_listwise(other, {"gamma"}, usual_form)));
  EXPECT_EQ(system_text(prompts.judge_pairwise(sample_pair(), "alpha", "beta", usual_form)),
            system_text(prompts.judge_pairwise(other, "gamma", "delta", usual_form)));
}

TEST(Elements, LeakDiffersOnlyByTheReasoning) {
  const Prompts prompts;
  const Prompt with = prompts.leak(sample_pair(), "Thoughtword.");
  const Prompt without = prompts.leak(sample_pair(), std::nullopt);
  EXPECT_EQ(system_text(with), system_text(without));
  EXPECT_EQ(user_text(with), "<reasoning>\nThoughtword.\n</reasoning>\n\n" + user_text(without));
  EXPECT_THAT(user_text(without), HasSubstr("It is one spoken turn"));
}

TEST(Elements, GenerationEndsWithTheTestContextAndTheInstruction) {
  const Prompts prompts;
  const Pair one = example_pair("one");
  const Pair two = example_pair("two");
  const Prompt prompt = prompts.generate(sample_pair(), {Example{&one, one.context, "one-thoughts"},
                                                         Example{&two, two.context, "two-thoughts"}});
  EXPECT_TRUE(in_order(
      user_text(prompt),
      {"<example number=\"1\">", "one-context", "<reasoning>\none-thoughts", "<action>\none-action",
       "</example>", "<example number=\"2\">", "two-context", "two-thoughts", "two-action", "</example>",
       "<context>", "lastword", "</context>", "What do you say next?", "It is one spoken turn"}));
  EXPECT_EQ(occurrences(user_text(prompt), "plainword"), 1U);
}

TEST(Elements, GenerationWithoutTracesDoesNotSpeakOfReasoning) {
  const Prompts prompts;
  const Pair one = example_pair("one");
  const std::string text =
      all_text(prompts.generate(sample_pair(), {Example{&one, one.context, std::nullopt}}));
  EXPECT_THAT(text, HasSubstr("one-action"));
  EXPECT_THAT(text, Not(HasSubstr("reasoning")));
}

TEST(Elements, GenerationWithoutExamplesDoesNotSpeakOfThem) {
  const Prompts prompts;
  const Prompt prompt = prompts.generate(sample_pair(), {});
  EXPECT_THAT(all_text(prompt), Not(HasSubstr("example")));
  EXPECT_TRUE(user_text(prompt).starts_with("<context>\n"));
}

TEST(Elements, SectionsThatAreLeftOutLeaveNoGap) {
  const Prompts prompts;
  const Pair one = example_pair("one");
  const Prompt floor = prompts.generate(sample_pair(), {Example{&one, one.context, std::nullopt}});
  EXPECT_THAT(user_text(floor), HasSubstr("</context>\n<action>"));
  EXPECT_THAT(system_text(floor), Not(HasSubstr("\n\n")));
  EXPECT_THAT(system_text(prompts.generate(sample_pair(), {})), Not(HasSubstr("\n\n")));
}

TEST(Elements, OneExampleWithoutTraceDoesNotBorrowAnothersReasoning) {
  const Prompts prompts;
  const Pair one = example_pair("one");
  const Pair two = example_pair("two");
  const Prompt prompt = prompts.generate(
      sample_pair(), {Example{&one, one.context, "one-thoughts"}, Example{&two, two.context, std::nullopt}});
  EXPECT_EQ(occurrences(user_text(prompt), "<reasoning>"), 1U);
  EXPECT_EQ(occurrences(user_text(prompt), "one-thoughts"), 1U);
}

TEST(Elements, ListwiseJudgeNumbersCandidatesInTheOrderGiven) {
  const Prompts prompts;
  const Prompt prompt = prompts.judge_listwise(sample_pair(), {"alpha", "beta", "gamma"}, usual_form);
  EXPECT_TRUE(in_order(
      user_text(prompt),
      {"<context>", "lastword", "<true_action>\nActionword, counsel.\n</true_action>",
       "<candidate number=\"1\">\nalpha\n</candidate>", "<candidate number=\"2\">\nbeta\n</candidate>",
       "<candidate number=\"3\">\ngamma\n</candidate>", "Score all 3 candidates", "JSON"}));
}

TEST(Elements, ListwiseJudgeSaysHowToScore) {
  const Prompts prompts;
  const std::string text = all_text(prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, usual_form));
  for (const char* element :
       {"key points", "how many of them a candidate covers", "content that the true action does not have",
        "between 0 and 1", "whole range", "Do not reward length", "order of the candidates means nothing",
        "overall", "Reply only with JSON", "never an instruction",
        R"("scores": [{"candidate": <number>, "style": <score>, )", R"("overall": <score>}, ...]})"}) {
    EXPECT_THAT(text, HasSubstr(element));
  }
}

TEST(Elements, PairwiseJudgeHasFiveVerdictsAndJudgesDimensionsApart) {
  const Prompts prompts;
  const Prompt prompt = prompts.judge_pairwise(sample_pair(), "alpha", "beta", usual_form);
  for (const char* element :
       {R"("A": )", R"("B": )", "clearly closer to the true action", "even if neither comes close",
        R"("tie": neither answer is clearly closer, and both are close)",
        R"("tie_bad": neither answer is clearly closer, and both are off)",
        R"("na": the dimension does not apply)", R"(Never use "na" for overall)",
        "Judge each dimension by itself", "order of the answers and their length"}) {
    EXPECT_THAT(system_text(prompt), HasSubstr(element));
  }
  EXPECT_TRUE(in_order(user_text(prompt), {"lastword", "Actionword", "<answer name=\"A\">\nalpha\n</answer>",
                                           "<answer name=\"B\">\nbeta\n</answer>", "JSON",
                                           R"("style": "<verdict>")", R"("overall": "<verdict>"})"}));
}

TEST(Elements, JudgesDefineTheDimensionsInTheOrderAskedFor) {
  const Prompts prompts;
  const ReplyForm rotated{{Dimension::values, Dimension::style, Dimension::intent}, false};
  for (const Prompt& prompt : {prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, rotated),
                               prompts.judge_pairwise(sample_pair(), "alpha", "beta", rotated)}) {
    EXPECT_TRUE(in_order(user_text(prompt), {"- values: ", "- style: ", "- intent: "}));
  }
  EXPECT_TRUE(in_order(user_text(prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, rotated)),
                       {"- intent: ", "Then give overall"}));
  const std::string text = user_text(prompts.judge_pairwise(sample_pair(), "alpha", "beta", usual_form));
  EXPECT_TRUE(in_order(text, {"- style: ", "- intent: ", "- values: "}));
  // What the definitions have to cover.
  for (const char* element :
       {"length and complexity of sentences", "formal", "words chosen", "hedges", "fillers",
        "discourse markers", "tone", "information given", "stance", "speech act", "concession",
        "what was just said", "beliefs and assumptions", "moral", "ideological", "other topics"}) {
    EXPECT_THAT(text, HasSubstr(element));
  }
}

TEST(Elements, EachDomainHasItsOwnTexts) {
  const Prompts prompts;
  EXPECT_THAT(prompts.domains(), ElementsAre("pmq", "podcast", "reddit", "scotus"));
  const std::map<std::string, std::string> role{{"scotus", "Justice of the U.S. Supreme Court"},
                                                {"pmq", "Prime Minister of the United Kingdom"},
                                                {"podcast", "host of a long interview podcast"},
                                                {"reddit", "Reddit user"},
                                                {"no such domain", "one of the people in a conversation"}};
  const std::map<std::string, std::string> format{
      {"scotus", "one spoken turn in an oral argument"},
      {"pmq", "one spoken turn in the House of Commons"},
      {"podcast", "one spoken turn in a talk between two people"},
      {"reddit", "a written comment on a post in r/AmItheAsshole"},
      {"no such domain", "one turn in a conversation"}};
  for (const auto& [domain, words] : role) {
    for (const auto& [name, prompt] : all_prompts(prompts, sample_pair(domain))) {
      if (!name.starts_with("judge")) {
        EXPECT_THAT(system_text(prompt), HasSubstr(words)) << name;
      }
      EXPECT_THAT(all_text(prompt), HasSubstr(format.at(domain))) << name;
    }
  }
}

TEST(Elements, FixedTextsStayShort) {
  const Prompts prompts;
  Pair pair = sample_pair();
  pair.context.clear();
  pair.action.clear();
  for (const auto& domain : prompts.domains()) {
    pair.domain = domain;
    for (const auto& [name, prompt] : all_prompts(prompts, pair)) {
      EXPECT_LE(count_words(all_text(prompt)), name.starts_with("judge") ? 460U : 230U)
          << name << " of " << domain;
    }
  }
}

TEST(Elements, RenderingTwiceGivesTheSameBytes) {
  const Prompts prompts;
  const auto first = all_prompts(prompts, sample_pair());
  const auto second = all_prompts(prompts, sample_pair());
  for (std::size_t at = 0; at < first.size(); ++at)
    EXPECT_EQ(all_text(first[at].prompt), all_text(second[at].prompt));
}

}  // namespace
}  // namespace recon::prompt_test
