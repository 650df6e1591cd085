// What a prompt must never contain.
#include "prompt_fixtures.hpp"
#include <gmock/gmock.h>

namespace recon::prompt_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Canary, ReconstructionNeverHoldsTheTrueAction) {
  const Prompts prompts;
  const std::string text = all_text(prompts.reconstruct(sample_pair(), "Thoughtword."));
  EXPECT_THAT(text, Not(HasSubstr("Actionword")));
  EXPECT_THAT(text, HasSubstr("Thoughtword"));
}

TEST(Canary, LeakHoldsNeitherTheActionNorTheContext) {
  const Prompts prompts;
  for (const auto& reasoning : {std::optional<std::string>("Thoughtword."), std::optional<std::string>()}) {
    const std::string text = all_text(prompts.leak(sample_pair(), reasoning));
    EXPECT_THAT(text, Not(HasSubstr("Actionword")));
    EXPECT_THAT(text, Not(HasSubstr("plainword")));
    EXPECT_THAT(text, Not(HasSubstr("Earlierword")));
    EXPECT_EQ(occurrences(text, "Thoughtword"), reasoning ? 1U : 0U);
  }
}

TEST(Canary, GenerationNeverHoldsTheTestAction) {
  const Prompts prompts;
  const Pair example = example_pair("one");
  const std::string text =
      all_text(prompts.generate(sample_pair(), {Example{&example, example.context, "Thoughtword."}}));
  EXPECT_THAT(text, Not(HasSubstr("Actionword")));
  EXPECT_THAT(text, HasSubstr("one-action"));
}

TEST(Canary, GenerationUsesTheExamplesCutContext) {
  const Prompts prompts;
  Pair example = example_pair("one");
  example.context.insert(example.context.begin(), Turn{"Counsel Reed", "cutaway"});
  const std::vector<Turn> cut(example.context.begin() + 1, example.context.end());
  const std::string text = all_text(prompts.generate(sample_pair(), {Example{&example, cut, std::nullopt}}));
  EXPECT_THAT(text, Not(HasSubstr("cutaway")));
  EXPECT_THAT(text, HasSubstr("one-context"));
}

TEST(Canary, TheUsersNameLabelsNothing) {
  const Prompts prompts;
  for (const auto& [name, prompt] : all_prompts(prompts, sample_pair())) {
    const std::string text = all_text(prompt);
    EXPECT_THAT(text, Not(HasSubstr("Nameword"))) << name;
    EXPECT_THAT(text, Not(HasSubstr("Surnameword"))) << name;
    EXPECT_THAT(text, Not(HasSubstr("useridword"))) << name;
    if (name != "leak") {
      EXPECT_THAT(text, HasSubstr("<turn author=\"I\">Earlierword, is it?</turn>")) << name;
    }
  }
  EXPECT_THAT(Prompts::retrieval_text(sample_pair()), Not(HasSubstr("Nameword")));
}

TEST(Canary, TheUsersNameWithOtherSpacingIsStillTheUser) {
  const Prompts prompts;
  Pair pair = sample_pair();
  pair.context[1].author = " Nameword  Surnameword\n";
  EXPECT_THAT(all_text(prompts.backward(pair)), HasSubstr("<turn author=\"I\">Earlierword, is it?</turn>"));
}

TEST(Canary, JudgesHoldOnlyContextActionAndAnswers) {
  const Prompts prompts;
  Pair pair = sample_pair();
  const std::string listwise = all_text(prompts.judge_listwise(pair, {"first", "second"}, usual_form));
  const std::string pairwise = all_text(prompts.judge_pairwise(pair, "first", "second", usual_form));
  for (const std::string& text : {listwise, pairwise}) {
    EXPECT_THAT(text, HasSubstr("Actionword"));
    EXPECT_THAT(text, HasSubstr("plainword"));
    for (const char* word : {"reasoning", "backward", "recon-select", "random", "Model", "model"}) {
      EXPECT_THAT(text, Not(HasSubstr(word)));
    }
    EXPECT_THAT(text, Not(HasSubstr(pair.pair_id.str())));
  }
}

TEST(Canary, RetrievalTextIsOneLabelledLineATurn) {
  Pair pair = sample_pair();
  pair.context[0].text = "Two\nlines\t here & <there>";
  EXPECT_EQ(
      Prompts::retrieval_text(pair),
      "Counsel Quill: Two lines here & <there>\nI: Earlierword, is it?\nCounsel Quill: It is lastword.");
  pair.context.clear();
  EXPECT_EQ(Prompts::retrieval_text(pair), "");
}

TEST(Canary, RetrievalTextHoldsNoAction) {
  EXPECT_THAT(Prompts::retrieval_text(sample_pair()), Not(HasSubstr("Actionword")));
}

}  // namespace
}  // namespace recon::prompt_test
