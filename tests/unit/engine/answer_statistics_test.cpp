#include "answer_statistics.hpp"

#include "recon/core/text.hpp"
#include "recon/engine/answer_limits.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ModelConfig config() {
  ModelConfig model;
  model.name = "m";
  return model;
}

/// Answers of one model, each to a prompt and for a record of its own where nothing else is said.
class Answers {
 public:
  Answers& add(const std::vector<Answer>& answers, const std::string& compared_as = "",
               const Request& request = ChatRequest{}) {
    ++count_;
    statistics_.add(request, compared_as, digest_of("prompt " + std::to_string(count_)), count_, answers);
    return *this;
  }
  Answers& text(const std::string& text, Finish finish = Finish::stop, const std::string& compared_as = "") {
    return add({ChatAnswer{text, "", finish}}, compared_as);
  }
  /// A prompt as the server and as we count it.
  Answers& counted(std::int64_t server, std::int64_t own) {
    ChatAnswer answer{"text " + std::to_string(count_), "", Finish::stop};
    answer.prompt_tokens = server;
    answer.estimated_prompt_tokens = own;
    return add({answer});
  }
  [[nodiscard]] std::vector<Warning> warnings(const ModelConfig& model = config()) const {
    return statistics_.warnings("generate", model);
  }
  [[nodiscard]] std::vector<WarningKind> kinds() const {
    std::vector<WarningKind> found;
    for (const Warning& warning : warnings()) found.push_back(warning.kind);
    return found;
  }

 private:
  std::uint64_t count_ = 0;
  AnswerStatistics statistics_;
};

TEST(AnswerStatisticsTest, GoodAnswersAreNoCauseForWarnings) {
  Answers answers;
  for (int i = 0; i < 200; ++i) answers.counted(90 + i, 100 + i);
  EXPECT_THAT(answers.kinds(), IsEmpty());
}

TEST(PromptsCut, WhereTheServerCountsFarLessInTheMedian) {
  Answers answers;
  for (int i = 0; i < 20; ++i) answers.counted(i < 11 ? 59 : 100, 100);
  const auto found = answers.warnings();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, WarningKind::prompts_cut);
  EXPECT_EQ(found[0].stage, "generate");
  EXPECT_EQ(found[0].model, "m");
  EXPECT_THAT(found[0].message, HasSubstr("counted 59 tokens in the median of 20 prompts"));
  EXPECT_THAT(found[0].message, HasSubstr("this program counts 100"));
  EXPECT_THAT(found[0].message, HasSubstr("no context_window is set"));
  EXPECT_THAT(found[0].message, HasSubstr("num_ctx"));
  EXPECT_THAT(found[0].message, HasSubstr("context_tokens"));
  ModelConfig model = config();
  model.context_window = 4096;
  EXPECT_THAT(answers.warnings(model)[0].message, HasSubstr("context_window says 4096"));
  EXPECT_EQ(answers.warnings(model)[0].values.at("context_window"), 4096);
}

struct CountCase {
  std::string name;
  int prompts;
  std::int64_t server;
  double share;  ///< of our own count
  bool warned;
};

class MedianCases : public testing::TestWithParam<CountCase> {};

TEST_P(MedianCases, AreToldFromEachOther) {
  Answers answers;
  for (int i = 0; i < GetParam().prompts; ++i)
    answers.counted(GetParam().server + i,
                    static_cast<std::int64_t>(static_cast<double>(GetParam().server + i) / GetParam().share));
  EXPECT_EQ(!answers.kinds().empty(), GetParam().warned);
}

INSTANTIATE_TEST_SUITE_P(All, MedianCases,
                         testing::Values(CountCase{"TooFew", 19, 100, 0.2, false},
                                         CountCase{"Enough", 20, 100, 0.2, true},
                                         CountCase{"AboveTheLimit", 40, 600, 0.61, false},
                                         CountCase{"BelowTheLimit", 40, 600, 0.59, true},
                                         CountCase{"MoreThanOurs", 40, 600, 1.8, false}),
                         [](const auto& test_case) { return test_case.param.name; });

TEST(PromptsCut, NotWhereOnlySomeAreLow) {
  Answers answers;
  for (int i = 0; i < 40; ++i) answers.counted(i < 20 ? 50 : 100 + i, 100);
  EXPECT_THAT(answers.kinds(), IsEmpty());
}

TEST(PromptsCut, WhereOneNumberIsCountedForLongAndShort) {
  Answers answers;
  for (int i = 0; i < 20; ++i) answers.counted(4096, 4096 + 110 * i);
  const auto found = answers.warnings();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].message, HasSubstr("counted 4096 tokens for 20 of 20 prompts"));
  EXPECT_THAT(found[0].message, HasSubstr("have 4096 to 6186"));
  EXPECT_EQ(found[0].values.at("one_number").at("own_longest"), 6186);
}

TEST(PromptsCut, WhereOnlyTheLongerOnesHitTheWindow) {
  Answers answers;
  for (int i = 0; i < 30; ++i) answers.counted(1000 + i, 1000 + i);
  for (int i = 0; i < 20; ++i) answers.counted(4096, 4100 + 150 * i);
  EXPECT_THAT(answers.kinds(), ElementsAre(WarningKind::prompts_cut));
}

TEST(PromptsCut, NotWherePromptsAreOfOneLength) {
  Answers answers;
  for (int i = 0; i < 40; ++i) answers.counted(500, 500 + i);
  EXPECT_THAT(answers.kinds(), IsEmpty());
}

TEST(PromptsCut, NotWhereNobodyCounted) {
  Answers answers;
  for (int i = 0; i < 40; ++i) answers.counted(0, 500).counted(10, 0);
  EXPECT_THAT(answers.kinds(), IsEmpty());
}

TEST(IdenticalSamples, OfOverHalfOfTheQuestions) {
  const auto with_alike = [](int alike) {
    Answers answers;
    for (int i = 0; i < 10; ++i) {
      const std::string text = "text " + std::to_string(i);
      answers.add({ChatAnswer{text, "", Finish::stop},
                   ChatAnswer{i < alike ? " " + text + "\n" : "other " + text, "", Finish::stop}});
    }
    return answers.warnings();
  };
  EXPECT_THAT(with_alike(5), IsEmpty()) << "half is not over half";
  const auto found = with_alike(6);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, WarningKind::identical_samples);
  EXPECT_THAT(found[0].message, HasSubstr("all samples of 6 of 10 questions"));
  EXPECT_THAT(found[0].message, HasSubstr("temperature"));
}

TEST(IdenticalSamples, SingleAnswersAreNoSamples) {
  Answers answers;
  for (int i = 0; i < 40; ++i) answers.text("text " + std::to_string(i));
  EXPECT_THAT(answers.kinds(), IsEmpty());
}

TEST(UnknownMarks, AtTheBeginningOfOverHalfOfTheReplies) {
  const auto with_marks = [](int marked) {
    Answers answers;
    for (int i = 0; i < 40; ++i)
      answers.text((i < marked ? "<ponder>Let me see. " : "") + std::string("text ") + std::to_string(i));
    return answers.warnings();
  };
  EXPECT_THAT(with_marks(20), IsEmpty());
  const auto found = with_marks(21);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, WarningKind::unknown_marks);
  EXPECT_THAT(found[0].message, HasSubstr("21 of 40 replies begin with a mark such as <ponder>"));
}

TEST(OneReply, ToOverAQuarterOfThePrompts) {
  const auto with_refusals = [](int refusals) {
    Answers answers;
    for (int i = 0; i < 40; ++i)
      answers.text(i < refusals ? "I cannot help with that." : "text " + std::to_string(i));
    return answers.warnings();
  };
  EXPECT_THAT(with_refusals(10), IsEmpty());
  const auto found = with_refusals(11);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, WarningKind::one_reply);
  EXPECT_THAT(found[0].message, HasSubstr("11 of 40 different prompts: \"I cannot help with that.\""));
}

TEST(OneReply, VerdictsAndScoresAreOftenEqual) {
  Answers answers;
  ChatRequest request;
  request.reply_schema.emplace(Json{{"type", "object"}});
  for (int i = 0; i < 40; ++i) answers.add({ChatAnswer{R"({"overall":"A"})", "", Finish::stop}}, "", request);
  EXPECT_THAT(answers.kinds(), IsEmpty());
}

TEST(OneReply, EqualPromptsOfOneRecordAreNoSurprise) {
  AnswerStatistics statistics;
  for (std::uint64_t record = 0; record < 3; ++record) {
    for (int method = 0; method < 8; ++method) {
      const std::vector<Answer> answers = {ChatAnswer{"text " + std::to_string(record), "", Finish::stop}};
      statistics.add(ChatRequest{}, "", digest_of(std::to_string(record) + "/" + std::to_string(method)),
                     record, answers);
    }
  }
  EXPECT_THAT(statistics.warnings("generate", config()), IsEmpty());
}

TEST(FrequentValuesTest, FindsALargeShareOfVeryManyInBoundedMemory) {
  FrequentValues values;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    values.add(i % 3 == 0 ? 7 : 1'000'000 + i, i, i, i % 3 == 0 ? "often" : "once");
  const auto* found = values.most_frequent();
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->shown, "often");
  EXPECT_GT(found->prompts, 33'000U) << "short of the truth by a thousandth at most";
  EXPECT_LE(found->prompts, 33'334U);
}

TEST(CutReplies, ThatDifferByOverFivePoints) {
  const auto with_cut = [](int cut) {
    Answers answers;
    for (int i = 0; i < 40; ++i) {
      answers.text("a" + std::to_string(i), i < 1 ? Finish::length : Finish::stop, "backward");
      answers.text("b" + std::to_string(i), i < cut ? Finish::length : Finish::stop, "recon-select");
    }
    return answers.warnings();
  };
  EXPECT_THAT(with_cut(3), IsEmpty()) << "five points are not over five";
  const auto found = with_cut(4);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, WarningKind::cut_replies_differ);
  EXPECT_THAT(found[0].message, HasSubstr("10 % of the replies of 'recon-select'"));
  EXPECT_EQ(found[0].values.at("backward").at("cut"), 1);
}

TEST(CutReplies, OfAFewAnswersSayNothing) {
  Answers answers;
  for (int i = 0; i < 19; ++i) {
    answers.text("a" + std::to_string(i), Finish::stop, "a");
    answers.text("b" + std::to_string(i), Finish::length, "b");
  }
  EXPECT_THAT(answers.kinds(), IsEmpty());
}

TEST(Oddities, AreCountedFromTheFirstOn) {
  ChatAnswer strange{"text", "", Finish::other};
  strange.finish_reason = "eos_found";
  ChatAnswer repaired{"text 2", "", Finish::stop};
  repaired.repaired = 3;
  const auto found = Answers().add({strange}).add({repaired}).warnings();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].kind, WarningKind::unknown_finish_reason);
  EXPECT_THAT(found[0].message, HasSubstr("'eos_found' (1)"));
  EXPECT_EQ(found[1].kind, WarningKind::repaired_replies);
  EXPECT_THAT(found[1].message, HasSubstr("1 reply held"));
}

TEST(Numbers, ThatAreOneForManyTextsMeanNothing) {
  Answers scores, vectors, good;
  for (int i = 0; i < 20; ++i) {
    scores.add({ScoreAnswer{-12.5, 7}});
    vectors.add({EmbedAnswer{{0, 0, 0}}});
    good.add({ScoreAnswer{-12.5 - i, 7}});
  }
  EXPECT_THAT(scores.kinds(), ElementsAre(WarningKind::identical_likelihoods));
  EXPECT_THAT(vectors.kinds(), ElementsAre(WarningKind::identical_embeddings));
  EXPECT_THAT(good.kinds(), IsEmpty());
}

}  // namespace
}  // namespace recon
