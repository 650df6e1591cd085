#include "recon/judges/replies.hpp"

#include "recon/core/json.hpp"
#include "recon/prompts/prompts.hpp"
#include "recon/stages/stage.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::HasSubstr;

/// "b tie na b", with " ambiguous" where it is; "unusable" for anything else.
std::string read_pairwise(std::string_view reply, ReplyEnd end = ReplyEnd::by_itself) {
  const auto parsed = parse_pairwise_reply(reply, end);
  if (const auto* said = std::get_if<PairwiseReply>(&parsed)) {
    return fmt::format("{} {} {} {}{}", to_string(said->style), to_string(said->intent),
                       to_string(said->values), to_string(said->overall),
                       said->ambiguous ? " ambiguous" : "");
  }
  return "unusable";
}

/// "0.1 0.2 0.3 0.4 | ..." by position; "unusable" for anything else.
std::string read_listwise(std::string_view reply, std::size_t count = 2, ReplyEnd end = ReplyEnd::by_itself) {
  const auto parsed = parse_listwise_reply(reply, count, end);
  const auto* said = std::get_if<ListwiseReply>(&parsed);
  if (said == nullptr) return "unusable";
  std::string text;
  for (const Score& score : said->scores) {
    text += fmt::format("{}{} {} {} {}", text.empty() ? "" : " | ", *score.style, *score.intent,
                        *score.values, score.overall);
  }
  return text + (said->ambiguous ? " ambiguous" : "");
}

std::string problem_of(const Parsed<ListwiseReply>& parsed) { return problem_in(parsed).value_or(""); }
std::string problem_of(const Parsed<PairwiseReply>& parsed) { return problem_in(parsed).value_or(""); }

const std::string draft = R"({"style":"A","intent":"A","values":"A","overall":"A"})";
const std::string verdict = R"({"style":"B","intent":"tie","values":"na","overall":"B"})";
const std::string draft_scores =
    R"({"scores":[{"candidate":1,"style":0.9,"intent":0.9,"values":0.9,"overall":0.9},{"candidate":2,"style":0,"intent":0,"values":0,"overall":0}]})";
const std::string entry_1 = R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})";
const std::string entry_2 = R"({"candidate":2,"style":0.5,"intent":0.6,"values":0.7,"overall":0.8})";
const std::string scores = R"({"scores":[)" + entry_1 + "," + entry_2 + "]}";
const std::string scores_read = "0.1 0.2 0.3 0.4 | 0.5 0.6 0.7 0.8";

std::string escaped(const std::string& text) {
  const std::string dumped = Json(text).dump();
  return dumped.substr(1, dumped.size() - 2);
}

TEST(PairwiseReply, IsTheLastObjectThatFitsWhereverItStands) {
  const std::string said = "b tie na b";
  const std::vector<std::pair<std::string, std::string>> forms = {
      {verdict, said},
      {"Sure!\n```json\n" + verdict + "\n```\nI hope this helps {really}.", said},
      {draft + "\nNo, the other way round:\n" + verdict, said + " ambiguous"},
      {verdict + " I checked it again: " + verdict, said},
      {R"(The form is {"style":"A|B|tie|tie_bad|na","intent":"...","values":"<verdict>","overall":"A|B|tie|tie_bad"}. )" +
           verdict,
       said},
      {verdict +
           R"( as {"style":<A, B, tie, tie_bad or na>,"intent":...,"values":"","overall":<verdict>} asks)",
       said},
      {R"({"type":"object","properties":{"style":{"type":"string"},"intent":{"type":"string"},"overall":{"enum":["A"]}}} )" +
           verdict,
       said},
      {verdict +
           R"( {"properties":{"style":{"type":"string"},"intent":{"type":"string"},"overall":{"enum":["A"]}}})",
       said},
      {R"({"thought":"A says {\"overall\":\"A\"}, B is nearer","next":"B"} )" + verdict, said},
      {"I put {} and {this} aside. " + verdict + " {}", said},
      {R"({"result": )" + verdict + "}", said},
      {R"({"result": {"verdict": )" + verdict + "}}", said},
      {"[" + verdict + "]", said},
      {R"({"draft": )" + draft + R"(, "final": )" + verdict + "}", said},
      {R"({"final": )" + verdict + R"(, "reasoning": )" + draft + "}", said},
      {R"({"first": )" + draft + R"(, "final": )" + verdict + "}", said + " ambiguous"},
      {"\"" + escaped(verdict) + "\"", said},
      {escaped(verdict), said},
      {"```\n" + escaped("{\n  " + verdict.substr(1)) + "\n```", said},
      {R"({"role":"assistant","content":")" + escaped(verdict) + "\"}", said},
      {"{" + verdict + "}", said},
      {"{\n" + verdict, said},
      {verdict + "}", said},
      {"<think>" + draft + "</think>" + verdict, said},
      {"<think>maybe {\"style\": \"A\", </think>" + verdict, said},
      {verdict + "<thinking>or " + draft + "</thinking>", said},
      {"[THINK]" + draft + "[/THINK]\n" + verdict, said},
      {"<|START_THINKING|>" + draft + "<|END_THINKING|>" + verdict, said},
      {"\u25c1think\u25b7" + draft + "\u25c1/think\u25b7" + verdict, said},
      {"<seed:think>" + draft + "</seed:think>" + verdict, said},
      {verdict + " <!-- " + draft + " -->", said},
      {"# Verdict\n> He said: {\"style\":\"plain\"}\n\n" + verdict, said},
      {R"({"style":"A","intent":"A",oops} )" + verdict, said},
      {R"(Style: {"verdict":"A"}. Intent: {"verdict":"B"}. )" + verdict, said},
      {R"({"why":"He wrote {\"overall\":\"A\"}, \"overall\":\"A\" and more","style":"B","intent":"tie","values":"na","overall":"B"})",
       said},
      {R"({"why":")" + escaped(draft) + R"(","style":"B","intent":"tie","values":"na","overall":"B"})", said},
      {R"({"why":{"draft":)" + draft + R"(},"style":"B","intent":"tie","values":"na","overall":"B"})", said},
  };
  for (const auto& [reply, expected] : forms) EXPECT_EQ(read_pairwise(reply), expected) << reply;
}

TEST(PairwiseReply, SpellingIsFreeWhereTheMeaningIsCertain) {
  for (
      const char* reply : {
          R"j({"overall":"B","values":"na","intent":"tie","style":"B"})j",
          R"j({"Style":"Answer B","INTENT":"Tie","Values":"N/A","Overall":"answer_b"})j",
          R"j({"style":"**B**","intent":"TIE","values":"n.a.","overall":"B."})j",
          R"j({"style":"(B)","intent":"tie (both good)","values":"Not applicable","overall":"[[B]]"})j",
          R"j({"style":"b","intent":"Tie (both close)","values":"not_applicable","overall":"B is closer"})j",
          R"j({"style":"Option B","intent":"tie - both are close","values":"NA","overall":"Response B"})j",
          R"j({"style":{"verdict":"B","reason":"hedges"},"intent":{"verdict":"tie"},"values":"na",
                "overall":{"reason":"A is dry","winner":"B"}})j",
          R"j({"style":"B (closer in tone)","intent":"tie","values":"N/A (says nothing of it)","overall":"B"})j",
          R"j({"verdicts":{"style":"B","intent":"tie","values":"na"},"overall":"B"})j",
          R"j({"style":"B","intent":"tie","values":"na","overall":"B","confidence":0.8,"note":null})j",
          R"j({"style":"B","intent":"tie","values":"na","overall":"B","overall":"b"})j",
          R"j({"style":"B","style_score":0.9,"intent":"tie","values":"na","overall":"B","overall_score":0.7})j",
          R"j({"style_verdict":"B","intent verdict":"tie","values-verdict":"na","overall_verdict":"B"})j",
          "{'style': 'B', 'intent': 'tie', 'values': 'na', 'overall': 'B'}",
          "{style: B, intent: tie, values: n/a, overall: B}",
          "{\"style\": \"B\", // dry\n\"intent\": \"tie\", /* both */ \"values\": \"na\",\n\"overall\": "
          "\"B\",}",
          "{\"**style**\": \"B\", \"`intent`\": \"tie\", \"values\": \"na\", \"**overall**\": \"B\"}",
          "{\"style\": \"B\"\n \"intent\": \"tie\"\n \"values\": \"na\"\n \"overall\": \"B\"}",
      }) {
    EXPECT_EQ(read_pairwise(reply), "b tie na b") << reply;
  }
}

TEST(PairwiseReply, EveryWordForAnOutcome) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> words = {
      {"a",
       {"A", "a", "Answer A", "answer_a", "**A**", "A.", "(A)", "[A]", "`A`", "\\\"A\\\"", "A wins",
        "Answer A is closer"}},
      {"b", {"B", "answer-b", "__B__", "B is clearly closer"}},
      {"tie",
       {"tie", "Tie", "TIE", "tie (both good)", "both good", "Tie: both close", "draw", "equal", "tie."}},
      {"tie_bad",
       {"tie_bad", "tie-bad", "Tie Bad", "tie\\_bad", "Tie (both bad)", "both bad", "Both are bad", "bad tie",
        "neither"}},
  };
  for (const auto& [outcome, spellings] : words) {
    for (const std::string& word : spellings) {
      const std::string reply = R"({"style":"A","intent":"A","values":"A","overall":")" + word + "\"}";
      EXPECT_EQ(read_pairwise(reply), "a a a " + outcome) << word;
    }
  }
  for (const char* word :
       {"",     "C",       "A or B", "A/B", "A > B",          "A>B",    "A, B",     "A and B",
        "both", "maybe A", "not A",  "AB",  "null",           "1",      "A (or B)", "B (though A is close)",
        "A|B",  "better",  "na",     "N/A", "tie or tie_bad", "Answer", "A B",      "≈"}) {
    const std::string reply =
        R"({"style":"A","intent":"A","values":"A","overall":")" + std::string(word) + "\"}";
    EXPECT_EQ(read_pairwise(reply), "unusable") << word;
  }
}

TEST(PairwiseReply, WhatIsNotCertainIsUnusableNeverADraft) {
  const std::vector<std::string> replies = {
      "A",
      "{}",
      "style: A, intent: A, values: A, overall: A",
      R"({"style":"A","intent":"A","values":"A"})",
      R"({"style":"A","intent":"A","values":"A","overall":null})",
      R"({"style":"A","intent":"A","values":"A","overall":true})",
      R"({"style":null,"intent":"A","values":"A","overall":"A"})",
      R"({"style":"A","intent":"A","values":"A","overall":["A"]})",
      R"({"style":"A","intent":"A","values":"A","overall":"A","overall":"B"})",
      R"({"style":"A","style":"B","intent":"A","values":"A","overall":"A"})",
      R"({"style":"A","intent":"A","values":"A","overall":{"verdict":"A","winner":"B"}})",
      R"({"style":1,"intent":"A","values":"A","overall":"A"})",
      // The last one is spoilt: what stands before is a draft.
      draft + R"( Final: {"style":"B","intent":"tie","values":"na","overall":"A or B"})",
      draft + R"( Final: {"style":"B","intent":"tie","overall":"B"})",
      draft + R"( Final: {"style":"B","intent":"tie" "values":"na","overall":"B"})",
      draft +
          R"( Final: {"why":"He said "no" to it","style":"B","intent":"tie","values":"na","overall":"B"})",
      // The last one is broken off.
      draft + R"( Final: {"style":"B","intent":"ti)",
      draft + R"( Final: {"style":"B","intent":"tie","values":"na","overall":"B")",
      draft + " Final:\n```json\n{",
      draft + " Final:\n```json\n{\"",
      draft + R"( Final: {"why":"B is nea)",
      draft + R"( Final: {"result": {"st)",
      R"({"result": )" + draft,
      R"([)" + draft + ", {",
      R"({"draft": )" + draft + R"(, "final": {"style":"B",)",
      // A quotation in what can't be read.
      R"({"why":"the form \")" + escaped(escaped(draft)) +
          R"(\" is "so","style":"B","intent":"B","values":"B","overall":"B"})",
      R"({"why":")" + escaped(draft) + R"( is "so","style":"B","intent":"B","values":"B","overall":"B"})",
      R"({"reasoning":")" + draft + R"(","style":"B","intent":"B","values":"B","overall":"B"})",
      R"({"style":"B","intent":"B","values":"B","overall":"B","reasoning":"not )" + draft + "\"}",
      "{\"style\":\"A, intent\n\n" + draft,
      // Thinking is no reply.
      "<think>" + draft,
      "<think>" + draft + "</think>",
      "Well. <reasoning>" + draft + "</reasoning> I can't say.",
      R"({"thought": )" + draft + "}",
      R"({"example": )" + draft + "}",
      R"({"reasoning": ")" + escaped(draft) + "\"}",
  };
  for (const std::string& reply : replies) EXPECT_EQ(read_pairwise(reply), "unusable") << reply;
}

TEST(PairwiseReply, ACutReplyCountsOnlyWhereItHadEnded) {
  for (const std::string& rest : {std::string(), std::string("\n```"), std::string(" </answer>\n")})
    EXPECT_EQ(read_pairwise(verdict + rest, ReplyEnd::cut_at_max_tokens), "b tie na b") << rest;
  EXPECT_EQ(read_pairwise(draft + "\nReading again, I had them the", ReplyEnd::cut_at_max_tokens),
            "unusable");
  EXPECT_EQ(read_pairwise(verdict + "\nB is nearer since", ReplyEnd::by_itself), "b tie na b");
}

TEST(PairwiseReply, KeepsWhyAndNeverReadsIt) {
  const auto why_of = [](const std::string& reply) {
    const auto parsed = parse_pairwise_reply(reply);
    const auto* said = std::get_if<PairwiseReply>(&parsed);
    return said == nullptr ? "unusable" : said->why;
  };
  EXPECT_EQ(
      why_of(R"({"why":" Both {speak} of \"it\". ","style":"B","intent":"tie","values":"na","overall":"B"})"),
      "Both {speak} of \"it\".");
  EXPECT_EQ(why_of(R"({"why":"Short.","result":)" + verdict + "}"), "Short.");
  EXPECT_EQ(why_of(verdict), "");
  EXPECT_EQ(why_of(R"({"why":null,"style":"B","intent":"tie","values":"na","overall":"B"})"), "null");
}

TEST(ListwiseReply, IsTheLastObjectThatFitsWhereverItStands) {
  const std::string said = scores_read;
  const std::vector<std::pair<std::string, std::string>> forms = {
      {scores, said},
      {"```json\n" + scores + "\n```", said},
      {"First: " + draft_scores + " Again: " + scores, said + " ambiguous"},
      {scores + scores, said},
      {R"(As {"scores":[{"candidate":1,"style":<0..1>,"intent":"<0..1>","values":"...","overall":""},...]}: )" +
           scores,
       said},
      {scores +
           R"( (form: {"scores":[{"candidate":<number>,"style":<score>,"intent":<score>,"values":<score>,"overall":<score>},...]}))",
       said},
      {scores + R"( {"scores":[...]})", said},
      {R"({"scores":[{"candidate":1,"style":0.0,"intent":0.0,"values":0.0,"overall":0.0}]} )" + scores, said},
      {R"({"result":)" + scores + "}", said},
      {R"({"result":{"scores":[)" + entry_2 + "," + entry_1 + R"(]},"note":"done"})", said},
      {"[" + entry_1 + "," + entry_2 + "]", said},
      {R"({"candidates":[)" + entry_1 + "," + entry_2 + "]}", said},
      {entry_1 + "\n" + entry_2, said},
      {entry_2 + ",\n" + entry_1, said},
      {"1. " + entry_1 + "\n2. " + entry_2, said},
      {entry_1 + entry_2 + "\nOn second thought:\n" + entry_2 + entry_1, said},
      {R"({"candidate":1,"style":0.9,"intent":0.9,"values":0.9,"overall":0.9} then )" + scores, said},
      {R"({"scores":{"1":)" + entry_1 + R"(,"2":)" + entry_2 + "}}", said},
      {R"({"scores":{"candidate_1":{"style":0.1,"intent":0.2,"values":0.3,"overall":0.4},"Candidate 2":{"style":0.5,"intent":0.6,"values":0.7,"overall":0.8}}})",
       said},
      {R"({"2":{"style":0.5,"intent":0.6,"values":0.7,"overall":0.8},"1":{"style":0.1,"intent":0.2,"values":0.3,"overall":0.4}})",
       said},
      {R"({"answer":")" + escaped(scores) + "\"}", said},
      {escaped(scores), said},
      {R"({"why":"{\"scores\":[]}","scores":[)" + entry_1 + "," + entry_2 + "]}", said},
      {R"({"draft":)" + draft_scores + R"(,"scores":[)" + entry_1 + "," + entry_2 + "]}", said},
      {"<think>" + draft_scores + "</think>\n" + scores, said},
      {"I note {} and [1] and [see above]. " + scores, said},
  };
  for (const auto& [reply, expected] : forms) EXPECT_EQ(read_listwise(reply), expected) << reply;
}

TEST(ListwiseReply, SpellingIsFreeWhereTheMeaningIsCertain) {
  const auto with_first = [](const std::string& entry) {
    return R"({"scores":[)" + entry + "," + entry_2 + "]}";
  };
  for (
      const char* entry :
      {R"({"candidate":1.0,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
       R"({"candidate":"1","style":"0.1","intent":"0.2","values":"0.3","overall":"0.4"})",
       R"({"candidate":"candidate 1","style":".1","intent":"0.20","values":"3e-1","overall":" 0.4 "})",
       R"({"Candidate":"Candidate #1","Style":"**0.1**","INTENT":0.2,"values ":0.3,"overall score":0.4})",
       R"({"candidate_number":"1.0","overall":0.4,"values":0.3,"intent":0.2,"style":0.1,})",
       R"({"candidate":1,"style":{"score":0.1,"reason":"dry"},"intent":{"score":0.2},"values":0.3,"overall":{"reason":"0.9","value":0.4}})",
       R"({"candidate":1,"scores":{"style":0.1,"intent":0.2,"values":0.3,"overall":0.4}})",
       R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4,"length":NaN,"note":Infinity})",
       R"({"candidate":1,"candidate":"1","style":0.1,"intent":0.2,"values":0.3,"overall":0.4,"overall":"0.4"})",
       "{'candidate': 1, 'style': 0.1, 'intent': 0.2, 'values': 0.3, 'overall': 0.4}",
       "{candidate: 1, style: 0.1, // low\n intent: 0.2, values: 0.3 /* so */, overall: 0.4}"}) {
    EXPECT_EQ(read_listwise(with_first(entry)), scores_read) << entry;
  }
  EXPECT_EQ(read_listwise(R"({"scores":)" + entry_1 + "}", 1), "0.1 0.2 0.3 0.4");
  EXPECT_EQ(read_listwise(R"([{"candidate":1,"style":-0.0,"intent":0,"values":1,"overall":1.0}])", 1),
            "0 0 1 1");
}

TEST(ListwiseReply, WhatIsNotCertainIsUnusableNeverAZero) {
  const auto with_first = [](const std::string& entry) {
    return R"({"scores":[)" + entry + "," + entry_2 + "]}";
  };
  std::vector<std::string> replies = {
      "I can't",
      "{}",
      R"({"scores":[]})",
      R"({"scores":"none"})",
      R"({"scores":[0.1,0.2]})",
      R"({"scores":[{"style":0.1,"intent":0.2,"values":0.3,"overall":0.4},{"style":0.5,"intent":0.6,"values":0.7,"overall":0.8}]})",
      R"({"scores":[)" + entry_1 + "]}",
      R"({"scores":[)" + entry_1 + "," + entry_1 + "]}",
      R"({"scores":[)" + entry_1 + "," + entry_2 + "," + entry_2 + "]}",
      R"({"scores":[)" + entry_1 + "," + entry_2 + R"(],"scores":[)" + entry_2 +
          R"(,{"candidate":1,"style":0,"intent":0,"values":0,"overall":0}]})",
      R"({"scores":{"1":)" + entry_1 + R"(,"1":)" + entry_1 + "}}",
      R"({"scores":{"1":)" + entry_2 + R"(,"2":)" + entry_1 + "}}",
      entry_1,
      entry_1 + entry_1,
      entry_1 + entry_2 + entry_1,
      // Drafts before what is spoilt or broken off.
      draft_scores + " Final: " + R"({"scores":[)" + entry_1 + "]}",
      draft_scores + " Final: " + R"({"scores":[)" + entry_1 +
          R"(,{"candidate":2,"style":8,"intent":7,"values":9,"overall":8}]})",
      draft_scores + " Final: " + R"({"scores":[)" + entry_1 + R"(,{"candidate":2,"style":0.)",
      draft_scores + " Final: " + R"({"scores":[)" + entry_1 + "," + entry_2 + "]",
      draft_scores + " Final: [" + entry_1 + ",",
      draft_scores + " Final: " + entry_1 + R"({"cand)",
      R"({"scores":[)" + entry_1 + "," + entry_2 + "]",
      R"({"scores":[)" + entry_1 + "," + entry_2 + "] oops}",
      R"({"thoughts":)" + scores + "}",
      "<think>" + scores,
  };
  for (const char* entry : {
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":null})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":NaN})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":"NaN"})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":Infinity})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":1e999})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":1.5})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":-0.1})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":8})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":"80%"})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":"8/10"})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":"0.4-0.6"})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":0,4})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":true})",
           R"({"candidate":1,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4,"overall":0.5})",
           R"({"candidate":1,"candidate":2,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
           R"({"candidate":0,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
           R"({"candidate":3,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
           R"({"candidate":1.5,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
           R"({"candidate":1e300,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
           R"({"candidate":"one","style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
           R"({"candidate":null,"style":0.1,"intent":0.2,"values":0.3,"overall":0.4})",
           R"({"candidate":1,"style":<0..1>,"intent":0.2,"values":0.3,"overall":0.4})",
       })
    replies.push_back(with_first(entry));
  for (const std::string& reply : replies) EXPECT_EQ(read_listwise(reply), "unusable") << reply;
}

TEST(ListwiseReply, ACutReplyCountsOnlyWhereItHadEnded) {
  EXPECT_EQ(read_listwise(scores + "\n``", 2, ReplyEnd::cut_at_max_tokens), scores_read);
  EXPECT_EQ(read_listwise(scores + " Hm, I had them", 2, ReplyEnd::cut_at_max_tokens), "unusable");
}

TEST(JudgeReplies, APromptSaysNothing) {
  const Prompts prompts;
  Pair pair;
  pair.author = "One";
  pair.context = {{"Two", "Is it so?"}};
  pair.action = "It is.";
  std::vector<Dimension> dimensions = {Dimension::style, Dimension::intent, Dimension::values};
  do {
    for (const bool explain : {false, true}) {
      const ReplyForm form{{dimensions[0], dimensions[1], dimensions[2]}, explain};
      for (const std::size_t count : {1U, 2U, 4U}) {
        const Prompt listwise = prompts.judge_listwise(pair, std::vector<std::string>(count, "Yes."), form);
        const std::string shown = listwise.at(1).content;
        const std::string line = shown.substr(shown.rfind('\n') + 1);
        for (const std::string& text : {listwise.at(0).content, shown, line})
          EXPECT_EQ(read_listwise(text, count), "unusable") << text;
        if (count == 2) {
          EXPECT_EQ(read_listwise(line + "\n" + scores), scores_read) << line;
          EXPECT_EQ(read_listwise(scores + " as in " + line), scores_read) << line;
        }
      }
      const Prompt pairwise = prompts.judge_pairwise(pair, "Yes.", "No.", form);
      const std::string shown = pairwise.at(1).content;
      const std::string line = shown.substr(shown.rfind('\n') + 1);
      for (const std::string& text : {pairwise.at(0).content, shown, line})
        EXPECT_EQ(read_pairwise(text), "unusable") << text;
      EXPECT_EQ(read_pairwise(line + "\n" + verdict), "b tie na b") << line;
      EXPECT_EQ(read_pairwise(verdict + " as in " + line), "b tie na b") << line;
    }
  } while (std::next_permutation(dimensions.begin(), dimensions.end()));
}

TEST(JudgeReplies, SayWhatIsWrongWithThem) {
  const auto first = [](const std::string& entry) {
    return problem_of(parse_listwise_reply(R"({"scores":[)" + entry + "]}", 1));
  };
  EXPECT_THAT(problem_of(parse_listwise_reply("I can't", 2)), HasSubstr("no JSON object"));
  EXPECT_THAT(problem_of(parse_listwise_reply("{}", 2)), HasSubstr("scores"));
  EXPECT_THAT(problem_of(parse_listwise_reply(R"({"scores":[)" + entry_1 + "]}", 2)),
              HasSubstr("1 scores, expected 2"));
  EXPECT_THAT(problem_of(parse_listwise_reply(R"({"scores":[)" + entry_1 + "," + entry_1 + "]}", 2)),
              HasSubstr("candidate 1 is scored twice"));
  EXPECT_THAT(first(entry_2), HasSubstr("candidate 2 does not exist, expected 1..1"));
  EXPECT_THAT(first(R"({"candidate":1,"style":8,"intent":1,"values":1,"overall":1})"),
              HasSubstr("candidate 1: 'style' is '8', expected a number in 0..1"));
  EXPECT_THAT(first(R"({"candidate":1,"style":1,"intent":1,"values":1})"),
              HasSubstr("candidate 1: no 'overall'"));
  EXPECT_THAT(first(R"({"candidate":"x","style":1,"intent":1,"values":1,"overall":1})"),
              HasSubstr("integer 'candidate'"));
  EXPECT_THAT(problem_of(parse_pairwise_reply("A")), HasSubstr("no JSON object"));
  EXPECT_THAT(problem_of(parse_pairwise_reply("{}")), HasSubstr("'overall'"));
  EXPECT_THAT(
      problem_of(parse_pairwise_reply(R"({"style":"A","intent":"A","values":"A","overall":"A or B"})")),
      HasSubstr("'overall' is 'A or B', expected A, B, tie"));
  EXPECT_THAT(problem_of(parse_pairwise_reply(draft + " {\"style\":")), HasSubstr("breaks off"));
  EXPECT_THAT(problem_of(parse_pairwise_reply(draft + " but", ReplyEnd::cut_at_max_tokens)),
              HasSubstr("was cut"));
}

TEST(PlainReply, TracesAndActionsLoseTheEscapingAndJudgesKeepTheirReply) {
  const Answer answer = ChatAnswer{" Smith &amp; Sons &#8211; &lt;now&gt; ", "", Finish::stop};
  EXPECT_EQ(plain_text_of(answer), "Smith & Sons \u2013 <now>");
  EXPECT_EQ(text_of(answer), "Smith &amp; Sons &#8211; &lt;now&gt;");
  EXPECT_FALSE(unusable_text(answer));
  EXPECT_TRUE(unusable_text(ChatAnswer{"&#32;&#10;", "", Finish::stop})) << "nothing is left of it";
}

}  // namespace
}  // namespace recon
