#include "recon/store/question_key.hpp"

#include "recon/core/json.hpp"
#include "recon/model/request.hpp"

#include <string>

#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(CanonicalRequest, IsTheCanonicalFormOfTheSemanticJson) {
  const auto expect_same = [](const Request& request) {
    EXPECT_EQ(canonical_request(request), canonical_json(semantic_json(request)));
    const QuestionKey key{"model at a server", "candidates", 42, 0, semantic_json(request)};
    EXPECT_EQ(question_digest(key.identity, key.purpose, key.seed, key.replicate, request), key.digest());
  };
  std::string every_byte_of_ascii;
  for (char byte = 0; byte < 0x7f; ++byte) every_byte_of_ascii += byte;
  ChatRequest chat;
  expect_same(chat);
  for (const std::string& text : {std::string("plain"), every_byte_of_ascii,
                                  std::string("\x7f é 日本 \U0001f600 \u2028"), std::string()}) {
    chat.messages.push_back({Role::system, text});
    chat.messages.push_back({Role::assistant, text});
    expect_same(chat);
    expect_same(ScoreRequest{chat.messages, text});
    expect_same(EmbedRequest{text});
  }
  for (const double temperature : {0.0, -0.0, 1.0, 0.6, 1e-7, 1.0 / 3.0, 1e300, 123456789.0}) {
    chat.sampling.temperature = temperature;
    expect_same(chat);
  }
  chat.sampling.top_p = 0.95;
  chat.sampling.top_k = -1;
  chat.sampling.max_tokens = 1024;
  expect_same(chat);
  chat.reply_schema =
      ReplySchema(Json::parse(R"({"type":"object","additionalProperties":false,"a":[1.5,null,"é"]})"));
  chat.extra_body = Json::parse(R"({"z":{"b":1,"a":2},"chat_template_kwargs":{"enable_thinking":false}})");
  expect_same(chat);
  chat.extra_body = nullptr;
  expect_same(chat);
  chat.messages.push_back({Role::user, "invalid \xff"});
  EXPECT_ANY_THROW((void)canonical_request(chat));
}

}  // namespace
}  // namespace recon
