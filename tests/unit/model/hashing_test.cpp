#include "recon/core/error.hpp"
#include "recon/model/factory.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::SizeIs;

ModelConfig config_of(int dimensions) {
  ModelConfig config;
  config.name = "lexical";
  config.provider = "hashing";
  config.dimensions = dimensions;
  return config;
}

std::vector<float> embed(const std::string& text, int dimensions = 4096) {
  const auto provider = make_hashing_provider(config_of(dimensions));
  provider->open();
  Call call;
  call.id = 1;
  call.request = EmbedRequest{text};
  provider->submit(call);
  const auto completions = provider->poll(std::chrono::milliseconds(0));
  return std::get<EmbedAnswer>(completions.at(0).answers.at(0)).vector;
}

std::vector<float> non_zero(const std::vector<float>& vector) {
  std::vector<float> values;
  for (const float value : vector) {
    if (value != 0.0F) values.push_back(std::abs(value));
  }
  return values;
}

double cosine(const std::vector<float>& left, const std::vector<float>& right) {
  double dot = 0, left_norm = 0, right_norm = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    dot += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    left_norm += static_cast<double>(left[i]) * static_cast<double>(left[i]);
    right_norm += static_cast<double>(right[i]) * static_cast<double>(right[i]);
  }
  return dot / std::sqrt(left_norm * right_norm);
}

TEST(HashingProvider, SaysWhatItIsAndCanDo) {
  const auto provider = make_hashing_provider(config_of(256));
  EXPECT_EQ(provider->identity(), "hashing-v1-256");
  EXPECT_EQ(provider->model_name(), "hashing-v1-256");
  const Capabilities capabilities = provider->capabilities();
  EXPECT_TRUE(capabilities.embed);
  EXPECT_TRUE(capabilities.counts);
  EXPECT_TRUE(capabilities.free);
  EXPECT_FALSE(capabilities.chat);
  EXPECT_FALSE(capabilities.score);
  EXPECT_GT(provider->concurrency(), 0U);
}

TEST(HashingProvider, TakesAnIdentityFromTheConfig) {
  ModelConfig config = config_of(256);
  config.identity = "mine";
  EXPECT_EQ(make_hashing_provider(config)->identity(), "mine");
}

TEST(HashingProvider, RefusesNoDimensions) {
  EXPECT_THROW(static_cast<void>(make_hashing_provider(config_of(0))), UsageError);
  EXPECT_THROW(static_cast<void>(make_hashing_provider(config_of(-4))), UsageError);
}

TEST(HashingProvider, CountsWordsAndPairsOfWords) {
  // Three different words, two adjacent pairs.
  EXPECT_THAT(non_zero(embed("the right honourable")), testing::UnorderedElementsAre(1, 1, 1, 1, 1));
}

TEST(HashingProvider, DampsRepeatedWords) {
  // "no" three times, "no no" twice.
  EXPECT_THAT(non_zero(embed("no no no")),
              testing::UnorderedElementsAre(testing::FloatEq(1 + std::log(3.0F)),
                                            testing::FloatEq(1 + std::log(2.0F))));
}

TEST(HashingProvider, UsesBothSigns) {
  const auto vector = embed("a bill of rights is before this house and it will pass on its merits alone");
  EXPECT_THAT(vector, testing::Contains(testing::Gt(0.5F)));
  EXPECT_THAT(vector, testing::Contains(testing::Lt(-0.5F)));
}

TEST(HashingProvider, IgnoresCaseAndPunctuationButNotOrder) {
  EXPECT_EQ(embed("Order, ORDER!"), embed("order order"));
  EXPECT_NE(embed("dog bites man"), embed("man bites dog"));
}

TEST(HashingProvider, FindsSharedWordsSimilar) {
  const auto question = embed("will the minister say how many hospitals will close this winter");
  const auto near = embed("how many hospitals does the minister expect to close");
  const auto far = embed("fishing quotas in northern waters remain under negotiation");
  EXPECT_GT(cosine(question, near), 0.2);
  EXPECT_LT(std::abs(cosine(question, far)), 0.15);
}

TEST(HashingProvider, GivesEmptyTextTheZeroVector) {
  EXPECT_EQ(embed("", 16), std::vector<float>(16, 0.0F));
  EXPECT_EQ(embed(" ?! ", 16), std::vector<float>(16, 0.0F));
}

TEST(HashingProvider, HasTheAskedDimensions) {
  EXPECT_THAT(embed("one", 7), SizeIs(7));
  EXPECT_THAT(embed("one two three four", 1), SizeIs(1));
}

TEST(HashingProvider, StaysTheSameOnEveryMachine) {
  // Fixed by the identity "v1": stored neighbours would change with it.
  const auto vector = embed("order order", 8);
  EXPECT_THAT(vector, testing::ElementsAre(0, -1, 0, 0, 0, 0, 0, testing::FloatEq(-1 - std::log(2.0F))));
}

TEST(HashingProvider, AnswersInTheOrderOfQuestions) {
  const auto provider = make_hashing_provider(config_of(16));
  for (std::uint64_t id = 5; id < 9; ++id) {
    Call call;
    call.id = id;
    call.request = EmbedRequest{"text " + std::to_string(id)};
    provider->submit(call);
  }
  const auto completions = provider->poll(std::chrono::milliseconds(0));
  ASSERT_THAT(completions, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(completions[i].id, 5 + i);
    EXPECT_FALSE(completions[i].failure);
  }
  EXPECT_TRUE(provider->poll(std::chrono::milliseconds(0)).empty()) << "every call ends once";
}

TEST(HashingProvider, RefusesToChat) {
  const auto provider = make_hashing_provider(config_of(16));
  Call call;
  call.id = 3;
  call.request = ChatRequest{};
  provider->submit(call);
  const auto completions = provider->poll(std::chrono::milliseconds(0));
  ASSERT_THAT(completions, SizeIs(1));
  EXPECT_TRUE(completions[0].answers.empty());
  ASSERT_TRUE(completions[0].failure);
  EXPECT_EQ(completions[0].failure->kind, Failure::Kind::unsupported);
}

}  // namespace
}  // namespace recon
