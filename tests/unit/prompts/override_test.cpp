#include "recon/core/error.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "prompt_fixtures.hpp"
#include "source_dir.hpp"
#include <gmock/gmock.h>

namespace recon::prompt_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Override : public testing::Test {
 protected:
  Override() {
    std::string pattern = (std::filesystem::temp_directory_path() / "recon-prompts-XXXXXX").string();
    const char* made = mkdtemp(pattern.data());
    if (made == nullptr) throw std::runtime_error("mkdtemp failed");
    folder_ = made;
  }
  ~Override() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path file(const std::string& content) {
    const auto path = folder_ / "mine.mustache";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  /// What the constructor says about an override.
  std::string error_of(const std::string& prompt, const std::string& content) {
    try {
      const Prompts prompts({{prompt, file(content)}});
    } catch (const UsageError& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path folder_;
};

const std::string good_reconstruct =
    "=== system ===\nBe brief.\n=== user ===\n{{context}}\n{{reasoning}}\nGo on.\n";

TEST_F(Override, ReplacesOnePromptAndNoOther) {
  const Prompts standard;
  const Prompts prompts({{"reconstruct", file(good_reconstruct)}});
  const Prompt prompt = prompts.reconstruct(sample_pair(), "Thoughtword.");
  EXPECT_EQ(system_text(prompt), "Be brief.");
  EXPECT_TRUE(user_text(prompt).starts_with("<turn author=\"Counsel Quill\">"));
  EXPECT_TRUE(user_text(prompt).ends_with("Thoughtword.\nGo on."));
  EXPECT_EQ(all_text(prompts.backward(sample_pair())), all_text(standard.backward(sample_pair())));
}

TEST_F(Override, JudgeMeansTheListwiseJudge) {
  const std::string judge =
      "=== user ===\n{{#dimensions}}{{name}} {{definition}}{{/dimensions}} {{context}} {{action}} "
      "{{#candidates}}{{number}}: {{text}}\n{{/candidates}}";
  const Prompts prompts({{"judge", file(judge)}});
  const Prompt prompt = prompts.judge_listwise(sample_pair(), {"alpha", "beta"}, usual_form);
  ASSERT_EQ(prompt.size(), 1U);
  EXPECT_EQ(prompt[0].role, PromptMessage::Role::user);
  EXPECT_THAT(prompt[0].content, HasSubstr("1: alpha\n2: beta"));
  EXPECT_THROW(Prompts({{"judge", file(judge)}, {"judge_listwise", file(judge)}}), UsageError);
}

TEST_F(Override, NoFormOfTagUndoesTheEscaping) {
  const Prompts prompts({{"reconstruct", file("=== user ===\n{{{context}}}{{&reasoning}}{{reasoning}}")}});
  EXPECT_THAT(all_text(prompts.reconstruct(sample_pair(), "<b>")), HasSubstr("&lt;b&gt;&lt;b&gt;"));
}

TEST_F(Override, WindowsLineEndsAndByteOrderMarksAreFine) {
  const Prompts prompts(
      {{"reconstruct",
        file("\xEF\xBB\xBF=== system ===\r\nBe brief.\r\n=== user ===\r\n{{context}}{{reasoning}}\r\n")}});
  const Prompt prompt = prompts.reconstruct(sample_pair(), "Thoughtword.");
  EXPECT_EQ(system_text(prompt), "Be brief.");
  EXPECT_THAT(user_text(prompt), Not(HasSubstr("\r")));
}

TEST_F(Override, UnknownPromptNamesTheNearest) {
  try {
    const Prompts prompts({{"reconstuct", file(good_reconstruct)}});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("prompts.reconstuct"), HasSubstr("did you mean 'reconstruct'?")));
  }
}

TEST_F(Override, MissingFileIsAUsageError) {
  try {
    const Prompts prompts({{"backward", folder_ / "nowhere.mustache"}});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("prompts.backward"), HasSubstr("nowhere.mustache")));
  }
}

TEST_F(Override, MissingVariableIsNamed) {
  EXPECT_THAT(error_of("reconstruct", "=== user ===\n{{context}}\n"),
              AllOf(HasSubstr("mine.mustache"), HasSubstr("'reconstruct'"), HasSubstr("'reasoning'")));
  EXPECT_THAT(error_of("backward", "=== user ===\n{{context}}\n"), HasSubstr("'action'"));
  EXPECT_THAT(error_of("leak", "=== user ===\nGo on.\n"), HasSubstr("'reasoning'"));
  EXPECT_THAT(
      error_of("generate", "=== user ===\n{{#examples}}{{context}}{{reasoning}}{{/examples}}{{context}}"),
      HasSubstr("'examples'"));
  EXPECT_THAT(
      error_of("judge_pairwise",
               "=== user ===\n{{#dimensions}}{{definition}}{{/dimensions}}{{context}}{{action}}{{answer_a}}"),
      HasSubstr("'answer_b'"));
  EXPECT_THAT(error_of("judge_pairwise", "=== user ===\n{{context}}{{action}}{{answer_a}}{{answer_b}}"),
              HasSubstr("'dimensions'"));
}

TEST_F(Override, AVariableHiddenInASectionThatIsNeverShownIsMissing) {
  EXPECT_THAT(error_of("reconstruct", "=== user ===\n{{context}}{{^context}}{{reasoning}}{{/context}}"),
              HasSubstr("'reasoning'"));
}

TEST_F(Override, UnknownVariableIsNamedWithItsLineAndTheNearest) {
  EXPECT_THAT(
      error_of("reconstruct",
               "A remark.\n=== system ===\n\nBe brief.\n=== user ===\n{{context}}\n{{reasonning}}\n"),
      AllOf(HasSubstr("mine.mustache:7"), HasSubstr("'reasonning'"), HasSubstr("did you mean 'reasoning'?")));
  EXPECT_THAT(
      error_of("reconstruct", "=== system ===\n\n\n{{wrong}}\n=== user ===\n{{context}}{{reasoning}}"),
      HasSubstr("mine.mustache:4"));
}

TEST_F(Override, TheTrueActionIsNoVariableOfTheReconstruction) {
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "{{action}}"), HasSubstr("no variable 'action'"));
  EXPECT_THAT(error_of("leak", "=== user ===\n{{reasoning}}{{context}}"), HasSubstr("no variable 'context'"));
  EXPECT_THAT(error_of("judge_listwise", "=== user ===\n{{reasoning}}"),
              HasSubstr("no variable 'reasoning'"));
}

TEST_F(Override, GenerationOutsideTheExamplesHasNoAction) {
  const Prompts prompts(
      {{"generate",
        file("=== user "
             "===\n{{#examples}}{{context}}{{reasoning}}{{action}}{{/examples}}{{context}}[{{action}}]")}});
  const Pair example = example_pair("one");
  EXPECT_TRUE(
      user_text({{}, prompts.generate(sample_pair(), {Example{&example, example.context, "x"}}).at(0)})
          .ends_with("[]"));
}

TEST_F(Override, BrokenTemplatesAreRefused) {
  EXPECT_THAT(error_of("reconstruct", "{{context}}{{reasoning}}"), HasSubstr("no line '=== user ==='"));
  EXPECT_THAT(error_of("reconstruct", "=== system ===\nOnly this.\n"), HasSubstr("no line '=== user ==='"));
  EXPECT_THAT(error_of("reconstruct", "=== system ===\nThis.\n=== user ===\n \n"),
              HasSubstr("nothing follows"));
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "=== user ===\nmore\n"),
              HasSubstr("second line '=== user ==='"));
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "=== assistant ===\n"), HasSubstr("unknown marker"));
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "{{context"), HasSubstr("not closed"));
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "{{#context}}"), HasSubstr("mine.mustache"));
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "{{>other}}"), HasSubstr("no partials"));
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "{{=<% %>=}}"), HasSubstr("no other delimiters"));
  EXPECT_THAT(error_of("reconstruct", good_reconstruct + "\xFF"), HasSubstr("UTF-8"));
  EXPECT_THAT(error_of("reconstruct", ""), HasSubstr("no line '=== user ==='"));
}

TEST_F(Override, DigestFollowsTheTemplateAndNothingElse) {
  const Prompts standard;
  const Prompts again;
  const Prompts prompts({{"reconstruct", file(good_reconstruct)}});
  for (const PromptName name : {PromptName::backward, PromptName::judge_listwise, PromptName::generate,
                                PromptName::judge_pairwise, PromptName::leak}) {
    EXPECT_EQ(standard.digest(name), prompts.digest(name)) << to_string(name);
    EXPECT_EQ(standard.digest(name), again.digest(name)) << to_string(name);
  }
  EXPECT_NE(standard.digest(PromptName::reconstruct), prompts.digest(PromptName::reconstruct));
  const Prompts remarked({{"reconstruct", file("A remark.\n" + good_reconstruct)}});
  EXPECT_EQ(prompts.digest(PromptName::reconstruct), remarked.digest(PromptName::reconstruct));
  const Prompts changed({{"reconstruct", file(good_reconstruct + "Now.")}});
  EXPECT_NE(prompts.digest(PromptName::reconstruct), changed.digest(PromptName::reconstruct));
}

TEST_F(Override, EveryPromptHasItsOwnDigest) {
  const Prompts prompts;
  std::set<Digest> digests;
  for (const PromptName name : {PromptName::backward, PromptName::reconstruct, PromptName::judge_listwise,
                                PromptName::generate, PromptName::judge_pairwise, PromptName::leak}) {
    digests.insert(prompts.digest(name));
    EXPECT_EQ(prompt_name_from(to_string(name)), name);
  }
  EXPECT_EQ(digests.size(), 6U);
  EXPECT_EQ(prompt_name_from("generator"), std::nullopt);
}

/// A judge's template as it was if it could not ask why.
std::string without_explain(const std::string& name) {
  std::ifstream stream(std::filesystem::path(RECON_SOURCE_DIR) / "prompts" / (name + ".mustache"));
  std::string source((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  constexpr std::string_view open = "{{#explain}}";
  constexpr std::string_view close = "{{/explain}}";
  for (std::size_t at = source.find(open); at != std::string::npos; at = source.find(open)) {
    std::size_t end = source.find(close, at) + close.size();
    if (source[at - 1] == '\n' && source[end] == '\n') ++end;
    source.erase(at, end - at);
  }
  return source;
}

TEST_F(Override, WithoutExplainPromptsAreAsIfThereWereNone) {
  const Prompts standard;
  const std::string listwise = without_explain("judge_listwise");
  EXPECT_THAT(listwise, Not(HasSubstr("why")));
  const Prompts plain_listwise({{"judge_listwise", file(listwise)}});
  EXPECT_EQ(all_text(standard.judge_listwise(sample_pair(), {"alpha", "beta"}, usual_form)),
            all_text(plain_listwise.judge_listwise(sample_pair(), {"alpha", "beta"}, usual_form)));
  const Prompts plain_pairwise({{"judge_pairwise", file(without_explain("judge_pairwise"))}});
  EXPECT_EQ(all_text(standard.judge_pairwise(sample_pair(), "alpha", "beta", usual_form)),
            all_text(plain_pairwise.judge_pairwise(sample_pair(), "alpha", "beta", usual_form)));
}

TEST_F(Override, ACopyOfACompiledInTemplateChangesNothing) {
  const Prompts standard;
  const std::filesystem::path folder = std::filesystem::path(RECON_SOURCE_DIR) / "prompts";
  for (const char* name :
       {"backward", "reconstruct", "judge_listwise", "generate", "judge_pairwise", "leak"}) {
    const Prompts prompts({{name, folder / (std::string(name) + ".mustache")}});
    EXPECT_EQ(standard.digest(*prompt_name_from(name)), prompts.digest(*prompt_name_from(name))) << name;
  }
}

}  // namespace
}  // namespace recon::prompt_test
