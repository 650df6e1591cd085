// What becomes of texts on their way: into contexts, into prompts, out of replies.
#include <filesystem>
#include <map>
#include <string>

#include "program.hpp"
#include "source_dir.hpp"
#include "world.hpp"
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string marker = "<left_out>Earlier words are left out here.</left_out>";

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size()))
    ++count;
  return count;
}

std::string prompt_of(const ReceivedCall& call) {
  std::string text;
  for (const Json& message : call.body.at("messages"))
    text += message.at("content").get<std::string>() + "\n";
  return text;
}

TEST(Texts, EntitiesThatAModelCopiesAreCharactersInTracesAndActions) {
  PlantedOptions options;
  options.text_ending = " Smith &amp; Sons &lt;it&#8217;s&gt; &amp;lt; &#0;";
  const std::string meant = " Smith & Sons <it\u2019s> &lt; &#0;";
  World world({1, 8, 3, 9, 6}, options);
  const ProgramResult run = world.recon({"run", "--config", "config.yaml"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::map<std::string, std::string> files{{"candidates.jsonl", "reasoning"},
                                                 {"traces.backward.jsonl", "reasoning"},
                                                 {"traces.recon-select.jsonl", "reasoning"},
                                                 {"reconstructions.jsonl", "action"},
                                                 {"actions.backward.jsonl", "action"}};
  for (const auto& [file, field] : files) {
    for (const Json& record : world.records(file))
      EXPECT_THAT(record.at(field).get<std::string>(), EndsWith(meant)) << file;
  }
  // Shown to a model they are escaped once, as anything else.
  const std::string shown = " Smith &amp; Sons &lt;it\u2019s&gt; &amp;lt; &amp;#0;";
  for (const CallKind kind : {CallKind::reconstruct, CallKind::judge_listwise, CallKind::judge_pairwise}) {
    for (const ReceivedCall& call : world.server().received(kind)) {
      EXPECT_THAT(prompt_of(call), HasSubstr(shown));
      EXPECT_THAT(prompt_of(call), Not(HasSubstr("&amp;amp;")));
    }
  }
}

TEST(Texts, ACutContextSaysSoInEveryPromptAndNowhereElse) {
  World world({1, 8, 4, 12, 8});
  ASSERT_EQ(world
                .recon({"run", "--config", "config.yaml", "--set", "context_tokens=60", "--set",
                        "generate.example_context_tokens=40"})
                .exit_code,
            0);
  std::size_t cut = 0, whole = 0;
  for (const Json& pair : world.records("pairs.jsonl")) {
    const bool is_cut = pair.at("context_cut");
    ++(is_cut ? cut : whole);
    const Json& first = pair.at("context").at(0);
    EXPECT_EQ(first.at("text").get<std::string>().starts_with("context-") &&
                  pair.at("context").size() == pair.at("turn").get<std::size_t>(),
              !is_cut);
    EXPECT_THAT(pair.dump(), Not(HasSubstr("left out")));
  }
  EXPECT_GT(cut, 3U);
  EXPECT_GT(whole, 3U);
  std::size_t marked = 0;
  for (const CallKind kind : {CallKind::backward, CallKind::reconstruct, CallKind::judge_listwise,
                              CallKind::generate, CallKind::judge_pairwise}) {
    for (const ReceivedCall& call : world.server().received(kind)) {
      const std::string prompt = prompt_of(call);
      EXPECT_EQ(count_of(prompt, "<context>\n" + marker + "\n<turn"), count_of(prompt, "left_out>") / 2);
      marked += count_of(prompt, marker);
    }
  }
  EXPECT_GT(marked, cut);
}

TEST(Texts, ALengthIsAskedForUnlessTheConfigSaysNone) {
  World world({1, 8, 3, 9, 6});
  const auto prompt_with = [&](const std::vector<std::string>& more) {
    world.server().forget_received();
    std::vector<std::string> arguments{"synthesize", "--config", "config.yaml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(world.recon(arguments).exit_code, 0);
    const auto calls = world.server().received(CallKind::backward);
    return calls.empty() ? std::string() : prompt_of(calls.front());
  };
  EXPECT_THAT(prompt_with({}), HasSubstr("in 80 to 150 words"));
  EXPECT_EQ(prompt_with({}), "") << "up to date";
  EXPECT_THAT(prompt_with({"--set", "synthesize.words=[15, 30]"}), HasSubstr("in 15 to 30 words"));
  EXPECT_THAT(prompt_with({"--set", "synthesize.words=null"}), Not(HasSubstr("words")));
  EXPECT_EQ(prompt_with({}), "") << "the answers to the first question are in the store";
}

TEST(Texts, AUsersNameIsHiddenInContextsAlone) {
  TestFolder folder;
  const std::filesystem::path checkout = RECON_SOURCE_DIR;
  const auto ingest = [&](const std::string& run_dir, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"ingest", "--config", (checkout / "configs/quickstart.yaml").string(),
                                       "--run-dir", (folder / run_dir).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program({program_under_test(), arguments, {}, checkout});
  };
  ASSERT_EQ(ingest("open", {}).exit_code, 0);
  ASSERT_EQ(ingest("hidden", {"--set", "mask_user=true"}).exit_code, 0);
  EXPECT_EQ(slurp(folder / "open/sessions.jsonl"), slurp(folder / "hidden/sessions.jsonl"));
  const std::vector<Json> open = read_lines(folder / "open/pairs.jsonl");
  const std::vector<Json> hidden = read_lines(folder / "hidden/pairs.jsonl");
  ASSERT_EQ(open.size(), hidden.size());
  std::size_t with_name = 0, places = 0, contexts = 0;
  for (std::size_t i = 0; i < open.size(); ++i) {
    EXPECT_EQ(open[i].at("action"), hidden[i].at("action"));
    EXPECT_EQ(open[i].at("pair_id"), hidden[i].at("pair_id"));
    std::string before, after;
    for (const Json& turn : open[i].at("context")) before += turn.at("text").get<std::string>() + "\n";
    for (const Json& turn : hidden[i].at("context")) after += turn.at("text").get<std::string>() + "\n";
    with_name += before.find("Merrill") != std::string::npos ? 1 : 0;
    EXPECT_THAT(after, Not(HasSubstr("Merrill")));
    places += count_of(after, "[me]");
    contexts += after.find("[me]") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(with_name, 0U);
  const Json counts =
      Json::parse(slurp(folder / "hidden/manifest.json")).at("stages").at("ingest").at("counts");
  EXPECT_EQ(counts.at("masked_names").at("places"), places);
  EXPECT_EQ(counts.at("masked_names").at("contexts"), contexts);
}

}  // namespace
}  // namespace recon::support
