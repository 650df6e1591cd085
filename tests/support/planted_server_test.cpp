#include "planted_server.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "planted_text.hpp"
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Reply {
  long status = 0;
  std::string text;
  std::string headers;
  CURLcode code = CURLE_OK;
  [[nodiscard]] Json json() const { return Json::parse(text); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

std::size_t append(const char* data, std::size_t size, std::size_t count, void* target) {
  static_cast<std::string*>(target)->append(data, size * count);
  return size * count;
}

/// A client with one connection, kept between requests.
class Client {
 public:
  explicit Client(const PlantedServer& server) : base_(server.base_url()), handle_(curl_easy_init()) {
    if (!handle_) throw std::runtime_error("curl_easy_init failed");
  }

  Reply post(const std::string& path, const std::string& body) {
    Reply reply;
    const std::unique_ptr<curl_slist, FreeList> headers(
        curl_slist_append(nullptr, "Authorization: Bearer key-1"));
    curl_easy_reset(handle_.get());
    curl_easy_setopt(handle_.get(), CURLOPT_URL, (base_ + path).c_str());
    curl_easy_setopt(handle_.get(), CURLOPT_POST, 1L);
    curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle_.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(handle_.get(), CURLOPT_WRITEDATA, &reply.text);
    curl_easy_setopt(handle_.get(), CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(handle_.get(), CURLOPT_HEADERDATA, &reply.headers);
    curl_easy_setopt(handle_.get(), CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(handle_.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle_.get(), CURLOPT_NOSIGNAL, 1L);
    reply.code = curl_easy_perform(handle_.get());
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    return reply;
  }
  Reply post(const std::string& path, const Json& body) { return post(path, body.dump()); }
  Reply chat(const Json& body) { return post("/chat/completions", body); }

 private:
  std::string base_;
  std::unique_ptr<CURL, FreeHandle> handle_;
};

Json chat_body(const std::string& user, int n = 1) {
  Json body{{"model", "m"}, {"messages", Json::array({{{"role", "user"}, {"content", user}}})}};
  if (n != 1) body["n"] = n;
  return body;
}

std::string context() { return "<context>\n<turn author=\"I\">hello</turn>\n</context>\n"; }
std::string backward_prompt(const std::string& action) {
  return context() + "<action>\n" + action + "\n</action>\n";
}
std::string reconstruct_prompt(const std::string& trace) {
  return context() + "<reasoning>\n" + trace + "\n</reasoning>\nNow give your next turn.";
}
std::string generate_prompt(const std::vector<std::string>& traces) {
  std::string text;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    text += "<example number=\"" + std::to_string(i + 1) + "\">\n" + context() + "<reasoning>\n" + traces[i] +
            "\n</reasoning>\n<action>\nreal words\n</action>\n</example>\n";
  }
  return text + context();
}
std::string listwise_prompt(const std::vector<std::string>& shown) {
  std::string text = context() + "<true_action>\nreal words\n</true_action>\n";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    text += "<candidate number=\"" + std::to_string(i + 1) + "\">\n" + shown[i] + "\n</candidate>\n";
  }
  return text;
}
std::string pairwise_prompt(const std::string& a, const std::string& b) {
  return context() + "<true_action>\nreal\n</true_action>\n<answer name=\"A\">\n" + a +
         "\n</answer>\n<answer name=\"B\">\n" + b + "\n</answer>\n";
}

std::vector<std::string> texts(const Reply& reply) {
  std::vector<std::string> found;
  const Json answer = reply.json();
  for (const Json& choice : answer.at("choices")) found.push_back(choice.at("message").at("content"));
  return found;
}

std::vector<double> overall_scores(const Reply& reply) {
  std::vector<double> found;
  const Json answer = Json::parse(texts(reply).at(0));
  for (const Json& score : answer.at("scores")) found.push_back(score.at("overall"));
  return found;
}

std::string overall_verdict(const Reply& reply) { return Json::parse(texts(reply).at(0)).at("overall"); }

TEST(PlantedServerTest, ClassifiesEveryKindOfPrompt) {
  EXPECT_EQ(classify_by_prompt(chat_body(backward_prompt("x"))), CallKind::backward);
  EXPECT_EQ(classify_by_prompt(chat_body(reconstruct_prompt("t"))), CallKind::reconstruct);
  EXPECT_EQ(classify_by_prompt(chat_body(generate_prompt({"t"}))), CallKind::generate);
  EXPECT_EQ(classify_by_prompt(chat_body(generate_prompt({}))), CallKind::generate);
  EXPECT_EQ(classify_by_prompt(chat_body(listwise_prompt({"a", "b"}))), CallKind::judge_listwise);
  EXPECT_EQ(classify_by_prompt(chat_body(pairwise_prompt("a", "b"))), CallKind::judge_pairwise);
  EXPECT_EQ(classify_by_prompt(chat_body("<reasoning>\nt\n</reasoning>\nNow give your next turn.")),
            CallKind::leak);
  EXPECT_EQ(classify_by_prompt(chat_body("hello")), CallKind::unknown);
}

TEST(PlantedServerTest, TracesOfOnePromptDifferAndComeAgainFromAnotherServer) {
  const auto ask = [](int first, int second) {
    PlantedServer server;
    Client client(server);
    auto found = texts(client.chat(chat_body(backward_prompt("x"), first)));
    for (auto& text : texts(client.chat(chat_body(backward_prompt("x"), second))))
      found.push_back(std::move(text));
    return found;
  };
  const auto once = ask(3, 1);
  ASSERT_EQ(once.size(), 4U);
  EXPECT_EQ(std::set<std::string>(once.begin(), once.end()).size(), 4U);
  for (const auto& text : once) EXPECT_THAT(qualities_in(text), testing::SizeIs(1)) << text;
  // The same four samples whether asked for as 3 + 1 or as 1 + 3.
  EXPECT_EQ(once, ask(1, 3));
}

TEST(PlantedServerTest, ReconstructionHasTheQualityOfTheTrace) {
  PlantedServer server;
  Client client(server);
  const auto reply = texts(client.chat(chat_body(reconstruct_prompt("trace[quality-0.734 words]"))));
  EXPECT_THAT(qualities_in(reply.at(0)), ElementsAre(0.734));
  EXPECT_THAT(actions_in(reply.at(0)), testing::SizeIs(1));
}

TEST(PlantedServerTest, GenerationHasTheMeanQualityOfItsExamples) {
  PlantedServer server({.generate_noise = 0.0});
  Client client(server);
  const auto mean =
      texts(client.chat(chat_body(generate_prompt({"trace[quality-0.200]", "trace[quality-0.600]"}))));
  EXPECT_THAT(qualities_in(mean.at(0)), ElementsAre(0.4));
  const auto none = texts(client.chat(chat_body(generate_prompt({}))));
  EXPECT_THAT(qualities_in(none.at(0)), ElementsAre(0.2));
}

TEST(PlantedServerTest, ListwiseJudgeScoresByQualityInAnyOrder) {
  PlantedServer server;
  Client client(server);
  const std::vector<std::string> shown{"planted[quality-0.300 a]", "planted[quality-0.900 b]",
                                       "planted[quality-0.100 c]"};
  const auto scores = overall_scores(client.chat(chat_body(listwise_prompt(shown))));
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_NEAR(scores[0], 0.3, 0.011);
  EXPECT_NEAR(scores[1], 0.9, 0.011);
  const auto turned = overall_scores(client.chat(chat_body(listwise_prompt({shown[2], shown[0], shown[1]}))));
  EXPECT_THAT(turned, ElementsAre(scores[2], scores[0], scores[1]));
}

TEST(PlantedServerTest, PairwiseJudgePrefersQualityAndKnowsTies) {
  PlantedServer server;
  Client client(server);
  const std::string good = "planted[quality-0.800 words]";
  const std::string bad = "planted[quality-0.300 other words and more of them]";
  EXPECT_EQ(overall_verdict(client.chat(chat_body(pairwise_prompt(good, bad)))), "A");
  EXPECT_EQ(overall_verdict(client.chat(chat_body(pairwise_prompt(bad, good)))), "B");
  EXPECT_EQ(overall_verdict(client.chat(chat_body(pairwise_prompt(good, good)))), "tie");
}

TEST(PlantedServerTest, BiasedJudgesIgnoreQuality) {
  const std::string short_good = "planted[quality-0.900 a]";
  const std::string long_bad = "planted[quality-0.100 many words that say nothing]";
  const std::string quoting = "planted[quality-0.100 truth(its words) b]";
  const auto verdict = [](JudgeBias bias, const std::string& a, const std::string& b) {
    PlantedServer server({.pairwise = bias});
    Client client(server);
    return overall_verdict(client.chat(chat_body(pairwise_prompt(a, b))));
  };
  EXPECT_EQ(verdict(JudgeBias::first_shown, long_bad, short_good), "A");
  EXPECT_EQ(verdict(JudgeBias::first_shown, short_good, long_bad), "A");
  EXPECT_EQ(verdict(JudgeBias::longest, short_good, long_bad), "B");
  EXPECT_EQ(verdict(JudgeBias::copied, short_good, quoting), "B");

  PlantedServer server({.listwise = JudgeBias::first_shown});
  Client client(server);
  const auto scores = overall_scores(client.chat(chat_body(listwise_prompt({long_bad, short_good}))));
  EXPECT_GT(scores.at(0), scores.at(1));
}

TEST(PlantedServerTest, RandomJudgeFavoursNoPlace) {
  PlantedServer server({.pairwise = JudgeBias::random});
  Client client(server);
  int first = 0;
  constexpr int trials = 400;
  for (int i = 0; i < trials; ++i) {
    const std::string tag = std::to_string(i);
    const auto reply = client.chat(
        chat_body(pairwise_prompt("planted[quality-0.900 " + tag + "]", "planted[quality-0.100 x]")));
    first += overall_verdict(reply) == "A" ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(first) / trials, 0.5, 0.1);  // four standard errors
}

TEST(PlantedServerTest, CopyingTracesQuoteTheActionOfThePairOnly) {
  PlantedServer server({.copying_share = 1.0});
  Client client(server);
  const auto trace =
      texts(client.chat(chat_body("truth(earlier words)" + backward_prompt("truth(my own words)")))).at(0);
  EXPECT_THAT(trace, HasSubstr("truth(my own words)"));
  EXPECT_THAT(trace, testing::Not(HasSubstr("earlier")));
  const auto action = texts(client.chat(chat_body(reconstruct_prompt(trace)))).at(0);
  EXPECT_THAT(action, HasSubstr("truth(my own words)"));
}

TEST(PlantedServerTest, EchoGivesTokensOffsetsInCodePointsAndNoFirstProbability) {
  PlantedServer server;
  Client client(server);
  const std::string prompt = "Caf\xC3\xA9 \xE2\x82\xAC 12 trace[quality-0.500]";
  const Reply reply = client.post(
      "/completions", Json{{"prompt", prompt}, {"echo", true}, {"logprobs", 1}, {"max_tokens", 1}});
  const Json answer = reply.json();
  const Json& choice = answer["choices"][0];
  const Json& found = choice["logprobs"];
  std::string joined;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < found["tokens"].size(); ++i) {
    EXPECT_EQ(found["text_offset"][i].get<std::size_t>(), offset) << i;
    const auto token = found["tokens"][i].get<std::string>();
    joined += token;
    offset += code_points(token);
  }
  EXPECT_EQ(joined, choice["text"]);
  EXPECT_EQ(joined, prompt + " planted");
  EXPECT_TRUE(found["token_logprobs"][0].is_null());
  EXPECT_LT(found["token_logprobs"][1].get<double>(), 0.0);
  EXPECT_EQ(server.count(CallKind::score), 1U);
}

TEST(PlantedServerTest, LogProbabilitiesRiseWithTheQualityOfTheTrace) {
  PlantedServer server;
  Client client(server);
  const auto mean = [&](const std::string& trace) {
    const Json answer =
        client
            .post(
                "/completions",
                Json{{"prompt", trace + "\nthe action"}, {"echo", true}, {"logprobs", 1}, {"max_tokens", 0}})
            .json();
    const Json& values = answer["choices"][0]["logprobs"]["token_logprobs"];
    double sum = 0;
    for (std::size_t i = 1; i < values.size(); ++i) sum += values[i].get<double>();
    return sum / static_cast<double>(values.size() - 1);
  };
  EXPECT_GT(mean("trace[quality-0.900 a]"), mean("trace[quality-0.400 a]") + 0.5);
  EXPECT_GT(mean("trace[quality-0.400 truth(the action)]"), mean("trace[quality-0.400 a]") + 0.5);
}

TEST(PlantedServerTest, EmbeddingsAreUnitVectorsNearForSharedWords) {
  PlantedServer server;
  Client client(server);
  const Json answer =
      client
          .post("/embeddings",
                Json{{"input", {"the court asks", "the court asks why", "other things entirely"}}})
          .json();
  ASSERT_EQ(answer["data"].size(), 3U);
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      sum +=
          answer["data"][a]["embedding"][i].get<double>() * answer["data"][b]["embedding"][i].get<double>();
    }
    return sum;
  };
  EXPECT_NEAR(dot(0, 0), 1.0, 1e-12);
  EXPECT_GT(dot(0, 1), dot(0, 2));
}

TEST(PlantedServerTest, EveryThirdRequestFails) {
  PlantedServer server({.faults = {{FaultKind::too_many_requests, 3}}});
  Client client(server);
  std::vector<long> statuses;
  Reply last;
  for (int i = 0; i < 6; ++i) {
    last = client.chat(chat_body(backward_prompt("x")));
    statuses.push_back(last.status);
  }
  EXPECT_THAT(statuses, ElementsAre(200, 200, 429, 200, 200, 429));
  EXPECT_THAT(last.headers, HasSubstr("Retry-After: 0"));
}

TEST(PlantedServerTest, FaultsBreakWhatTheyName) {
  const auto ask = [](FaultKind kind, int n = 1) {
    PlantedServer server({.faults = {{kind, 1}}});
    Client client(server);
    return client.chat(chat_body(backward_prompt("x"), n));
  };
  EXPECT_EQ(ask(FaultKind::server_error).status, 500);
  EXPECT_EQ(ask(FaultKind::bad_request).status, 400);
  EXPECT_NE(ask(FaultKind::hang_up).code, CURLE_OK);
  EXPECT_FALSE(Json::accept(ask(FaultKind::malformed_json).text));
  EXPECT_FALSE(ask(FaultKind::wrong_json).json().contains("choices"));
  EXPECT_TRUE(ask(FaultKind::empty_choices).json()["choices"].empty());
  EXPECT_THAT(texts(ask(FaultKind::empty_text)), ElementsAre(""));
  EXPECT_TRUE(qualities_in(texts(ask(FaultKind::unusable_text)).at(0)).empty());
  EXPECT_EQ(ask(FaultKind::refuse_n, 2).status, 400);
  EXPECT_EQ(ask(FaultKind::refuse_n, 1).status, 200);
  EXPECT_THAT(texts(ask(FaultKind::ignore_n, 4)), testing::SizeIs(1));
}

TEST(PlantedServerTest, AFaultOfOneKindLeavesTheOthersAlone) {
  PlantedServer server({.faults = {{FaultKind::server_error, 1, CallKind::judge_pairwise}}});
  Client client(server);
  EXPECT_EQ(client.chat(chat_body(backward_prompt("x"))).status, 200);
  EXPECT_EQ(client.chat(chat_body(pairwise_prompt("planted[a]", "planted[b]"))).status, 500);
}

TEST(PlantedServerTest, RecordsBytesKindsAndKeys) {
  PlantedServer server;
  Client client(server);
  const std::string body =
      R"({ "messages" : [{"role":"user","content":"<context></context><action>canary</action>"}] })";
  EXPECT_EQ(client.post("/chat/completions", body).status, 200);
  EXPECT_EQ(client.post("/chat/completions", std::string("no json")).status, 400);
  EXPECT_EQ(client.post("/elsewhere", std::string("{}")).status, 404);
  const auto received = server.received();
  ASSERT_EQ(received.size(), 3U);
  EXPECT_EQ(received[0].raw, body);
  EXPECT_EQ(received[0].authorization, "Bearer key-1");
  EXPECT_EQ(server.count(CallKind::backward), 1U);
  EXPECT_EQ(server.received(CallKind::backward).size(), 1U);
  server.forget_received();
  EXPECT_EQ(server.count(), 0U);
}

TEST(PlantedServerTest, ServesManyConnectionsAtOnceAndLargeBodies) {
  PlantedServer server;
  constexpr int clients = 8;
  constexpr int each = 5;
  std::vector<std::thread> threads;
  std::vector<int> done(clients, 0);
  threads.reserve(clients);
  for (std::size_t i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      Client client(server);
      // Over a megabyte libcurl asks first, with Expect: 100-continue.
      const std::string large(i == 0 ? (std::size_t{3} << 20U) : 10U, 'x');
      for (int k = 0; k < each; ++k) {
        if (client.chat(chat_body(backward_prompt(large + std::to_string(i)))).status == 200) ++done[i];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(done, testing::Each(each));
  EXPECT_EQ(server.count(CallKind::backward), static_cast<std::size_t>(clients * each));
}

TEST(PlantedServerTest, ThinkBlocksAndMissingUsage) {
  PlantedServer server({.think_block = true, .send_usage = false});
  Client client(server);
  const Reply reply = client.chat(chat_body(backward_prompt("x")));
  EXPECT_THAT(texts(reply).at(0), testing::StartsWith("<think>"));
  EXPECT_FALSE(reply.json().contains("usage"));
  server.set_options({});
  EXPECT_GT(client.chat(chat_body(backward_prompt("x"))).json()["usage"]["prompt_tokens"].get<int>(), 0);
}

}  // namespace
}  // namespace recon::support
