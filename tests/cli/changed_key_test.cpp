// Whatever key of the config is changed, running again in place gives the files of a fresh run with the
// changed config over the same store, byte for byte. Keys that decide nothing leave every stage up to date.
// The keys and their other values come from the declarations that read the config.

#include "recon/stages/run_config.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <set>

#include "source_dir.hpp"
#include "world.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace recon::support {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::filesystem::path checkout = RECON_SOURCE_DIR;

/// A key with one other value of it.
struct Change {
  std::string key;
  std::string other;  ///< YAML
  bool decides = true;
};

void PrintTo(const Change& change, std::ostream* out) { *out << change.key << "=" << change.other; }

/// The configs in which keys are changed.
enum class Base {
  judged,   ///< an LLM judge selects and evaluates
  scored,   ///< likelihoods do
  threads,  ///< Reddit threads
  named     ///< others say the user's name, and contexts are cut
};

/// The first base in which a key has a meaning.
Base base_of(const Change& change) {
  static const std::set<std::string> scored = {"models.*.chat_template", "evaluate.leak"};
  if (scored.contains(change.key) || change.other.find("leak") != std::string::npos) return Base::scored;
  if (change.key == "mask_user" || change.key == "context_keep_first") return Base::named;
  if (change.key == "source.subreddits" || change.key == "source.domain") return Base::threads;
  return Base::judged;
}

/// Conversations and threads, a planted server, and one store for every run, so that nothing is asked twice.
class ChangingWorld {
 public:
  ChangingWorld() : world_({2, 8, 3, 9, 5}, options()) {
    vary_sessions();
    for (const char* name :
         {"backward", "reconstruct", "judge_listwise", "generate", "judge_pairwise", "leak"}) {
      const std::string text = slurp(checkout / "prompts" / (std::string(name) + ".mustache"));
      const std::string file = name == std::string("judge_listwise") ? "judge" : name;
      put(world_.file("other-" + file), text + "\nTake your time.\n");
    }
  }

  /// The folder of the base's run, made when it is first needed.
  const std::filesystem::path& made(Base base) {
    std::filesystem::path& folder = made_[base];
    if (folder.empty()) {
      folder = world_.file(fmt::format("base-{}", static_cast<int>(base)));
      const ProgramResult result = run(config(base), folder);
      EXPECT_EQ(result.exit_code, 0) << result.err;
    }
    return folder;
  }

  ProgramResult run(const Json& config, const std::filesystem::path& folder,
                    std::vector<std::string> more = {}) {
    put(world_.file("config.json"), config.dump(2));
    std::vector<std::string> arguments = {"run", "--config", "config.json", "--run-dir", folder.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return world_.recon(std::move(arguments), {{"OTHER_KEY", "secret-canary-key"}});
  }

  [[nodiscard]] Json config(Base base) {
    const Json price = {{"prompt", 1}, {"cached", 0.25}, {"completion", 2}};
    Json planted = {{"provider", "openai"},     {"base_url", world_.server().base_url()},
                    {"model", "planted-model"}, {"api_key_env", "PLANTED_KEY"},
                    {"concurrency", 16},        {"deadline_s", 20},
                    {"timeout_s", 5},           {"chat_template", "chatml"},
                    {"max_tokens", 200},        {"price", price}};
    Json other = planted;
    other["model"] = "other-model";
    Json config = {
        {"run_dir", "run"},
        {"store", "store.sqlite"},
        {"seed", 7},
        {"source", {{"domain", "sessions"}, {"path", "sessions-source.jsonl"}}},
        {"users",
         {{{"id", "user_one"}, {"name", "Namewordone"}}, {{"id", "user_two"}, {"name", "Namewordtwo"}}}},
        {"split", {{"train_targets", 8}, {"train_1_targets", 4}, {"test_targets", 3}}},
        {"models",
         {{"planted", planted},
          {"other", other},
          {"lexical", {{"provider", "hashing"}, {"dimensions", 512}}}}},
        {"retrieve", {{"model", "lexical"}, {"k", 3}}},
        {"synthesize", {{"model", "planted"}, {"candidates", 2}}},
        {"reconstruct", {{"model", "planted"}}},
        {"judge", {{"model", "planted"}}},
        {"generate", {{"model", "planted"}, {"methods", {"backward", "recon-select", "random"}}}},
        {"evaluate", {{"model", "planted"}}}};
    if (base == Base::scored) {
      config["judge"]["scorer"] = "likelihood";
      config["evaluate"]["metric"] = "likelihood";
    }
    if (base == Base::named) {
      config["source"]["path"] = "named-sessions.jsonl";
      config["context_tokens"] = 40;
    }
    if (base == Base::threads) {
      config["source"] = {{"domain", "reddit"},
                          {"path", (checkout / "data" / "reddit").string()},
                          {"subreddits", {"FairOrFoul"}}};
      config["users"] = {{{"id", "reddit_one"}, {"name", "mossy_teakettle"}}};
    }
    return config;
  }

  /// The config with the key changed, and what must go with it.
  [[nodiscard]] Json changed(Base base, const Change& change) {
    Json result = config(base);
    const Json value = value_of(change);
    set(result, change.key, value);
    Json& planted = result["models"]["planted"];
    if (change.key == "models.*.base_urls") planted.erase("base_url");
    if (change.key == "models.*.provider") {
      result["models"]["lexical"] = planted;
      result["models"]["lexical"]["model"] = "embedding-model";
    }
    if (change.key == "source.domain") {
      result["source"]["path"] = "sessions-source.jsonl";
      result["source"].erase("subreddits");
      result["users"] = config(Base::judged)["users"];
    }
    return result;
  }

  [[nodiscard]] PlantedServer& server() { return world_.server(); }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return world_.file(name); }

 private:
  World world_;
  std::map<Base, std::filesystem::path> made_;

  static PlantedOptions options() {
    PlantedOptions options;
    options.copying_share = 0.5;
    // Every byte of a question matters to the answer.
    options.listwise = options.pairwise = JudgeBias::random;
    options.score_noise = 0.5;
    return options;
  }

  /// Days, groups of two and a session that stands there twice; and a second source.
  void vary_sessions() {
    std::vector<Json> sessions = read_lines(world_.file("sessions-source.jsonl"));
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      sessions[i]["date"] = fmt::format("2020-01-{:02}", 1 + i * 7 % 16);
      sessions[i]["group"] = fmt::format("group-{}", i / 2);
    }
    std::string text, fewer;
    for (const Json& session : sessions) text += session.dump() + "\n";
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      if (i != 3) fewer += sessions[i].dump() + "\n";
    }
    Json twin = sessions[2];
    twin["session_id"] = "u0-a-twin";
    put(world_.file("sessions-source.jsonl"), text + twin.dump() + "\n");
    put(world_.file("other-sessions.jsonl"), fewer);
    constexpr std::string_view asked = "what do you say";
    std::string named = text;
    for (std::size_t at = named.find(asked); at != std::string::npos; at = named.find(asked, at + 40))
      named.insert(at, "Namewordone, Namewordtwo, ");
    put(world_.file("named-sessions.jsonl"), named);
  }

  /// The other value as JSON; addresses get the planted server's port.
  Json value_of(const Change& change) {
    std::string text = change.other;
    const std::string address = world_.server().base_url();
    const std::string port = address.substr(address.rfind(':'), address.rfind('/') - address.rfind(':'));
    for (const char* host : {"http://localhost/", "http://127.0.0.1/"}) {
      if (const std::size_t at = text.find(host); at != std::string::npos)
        text.insert(at + std::string(host).size() - 1, port);
    }
    return ConfigDocument::parse("value: " + text, "value").as_json().at("value");
  }

  static void set(Json& config, const std::string& key, const Json& value) {
    std::string path = "/" + key;
    std::replace(path.begin(), path.end(), '.', '/');
    const auto fill = [&path](const std::string& list, const std::string& entry) {
      if (path.starts_with("/" + list + "/*/")) path.replace(list.size() + 2, 1, entry);
    };
    const bool of_hashing = key == "models.*.dimensions" || key == "models.*.provider";
    fill("models", of_hashing ? "lexical" : "planted");
    fill("users", "0");
    config[Json::json_pointer(path)] = value;
  }
};

ChangingWorld& world() {
  static const auto world = std::make_unique<ChangingWorld>();
  return *world;
}

/// All a run left behind but the manifest, the store and the lock.
std::map<std::string, std::string> files_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name == "manifest.json" || name == ".lock") continue;
    if (name.find("responses.sqlite") != std::string::npos) continue;
    files[name] = slurp(entry.path());
  }
  return files;
}

/// What the manifest says was made: stages with their outputs.
std::map<std::string, std::set<std::string>> made_by_stages(const std::filesystem::path& folder) {
  std::map<std::string, std::set<std::string>> made;
  const Json manifest = Json::parse(slurp(folder / "manifest.json"));
  for (const auto& [stage, entry] : manifest.at("stages").items()) {
    for (const auto& [output, state] : entry.at("outputs").items()) made[stage].insert(output);
  }
  return made;
}

/// Names first, then bytes: a message of megabytes helps nobody.
void expect_same(const std::map<std::string, std::string>& found,
                 const std::map<std::string, std::string>& expected) {
  const auto names = [](const auto& files) {
    std::vector<std::string> result;
    for (const auto& [name, bytes] : files) result.push_back(name);
    return result;
  };
  EXPECT_EQ(names(found), names(expected));
  for (const auto& [name, bytes] : expected) {
    const auto other = found.find(name);
    EXPECT_TRUE(other == found.end() || other->second == bytes) << name << " differs from a fresh run's";
  }
}

class ChangedKey : public testing::TestWithParam<Change> {};

TEST_P(ChangedKey, GivesWhatAFreshRunGives) {
  const Change change = GetParam();
  const Base base = base_of(change);
  const std::filesystem::path place = world().file("place"), fresh = world().file("fresh");
  for (const auto& folder : {place, fresh}) std::filesystem::remove_all(folder);
  std::filesystem::copy(world().made(base), place, std::filesystem::copy_options::recursive);
  const auto before = files_of(place);
  const std::size_t asked = world().server().count();
  const Json config = world().changed(base, change);
  const ProgramResult again = world().run(config, place);
  if (!change.decides) {
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_THAT(again.err, Not(HasSubstr("running")));
    EXPECT_EQ(world().server().count(), asked);
    expect_same(files_of(place), before);
    return;
  }
  const std::size_t asked_in_place = world().server().count();
  const ProgramResult whole = world().run(config, fresh);
  EXPECT_EQ(world().server().count(), asked_in_place) << "a fresh run asks what was answered";
  EXPECT_THAT(whole.exit_code, testing::AnyOf(0, 3)) << whole.err;
  EXPECT_EQ(again.exit_code, whole.exit_code) << again.err;
  EXPECT_TRUE(files_of(fresh) != before) << "this value changes nothing: the test proves nothing";
  expect_same(files_of(place), files_of(fresh));
  EXPECT_EQ(made_by_stages(place), made_by_stages(fresh));
}

std::vector<Change> changes() {
  std::vector<Change> found;
  for (const KeyDeclaration& key : config_keys()) {
    if (key.path == "models.*.path" || key.path == "models.*.threads") continue;  // embedded_model_test.cpp
    if (const auto* decides = std::get_if<Decides>(&key.bearing)) {
      for (const std::string& other : decides->others) found.push_back({key.path, other, true});
    } else if (const auto* irrelevant = std::get_if<Irrelevant>(&key.bearing)) {
      found.push_back({key.path, irrelevant->other, false});
    }
  }
  return found;
}

std::string name_of(const testing::TestParamInfo<Change>& change) {
  std::string name = fmt::format("{}_{}", change.param.key, change.index);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Config, ChangedKey, testing::ValuesIn(changes()), name_of);

/// Configs that were run one after the other in one folder, which must then hold what the last one makes.
void expect_fresh_after(const std::vector<std::pair<Json, std::vector<std::string>>>& runs) {
  const std::filesystem::path place = world().file("place"), fresh = world().file("fresh");
  for (const auto& folder : {place, fresh}) std::filesystem::remove_all(folder);
  for (const auto& [config, options] : runs)
    EXPECT_THAT(world().run(config, place, options).exit_code, testing::AnyOf(0, 3));
  EXPECT_THAT(world().run(runs.back().first, fresh, runs.back().second).exit_code, testing::AnyOf(0, 3));
  expect_same(files_of(place), files_of(fresh));
  EXPECT_EQ(made_by_stages(place), made_by_stages(fresh));
}

TEST(ChangedKeys, ThereAndBackIsWhereItBegan) {
  const Json judged = world().config(Base::judged), scored = world().config(Base::scored);
  expect_fresh_after({{judged, {}}, {scored, {}}, {judged, {}}});
  expect_fresh_after({{scored, {}}, {world().config(Base::threads), {}}, {scored, {}}});
}

TEST(ChangedKeys, ALookLeavesNothingBehind) {
  const Json judged = world().config(Base::judged), scored = world().config(Base::scored);
  expect_fresh_after({{judged, {"--limit", "1"}}, {judged, {}}});
  expect_fresh_after({{judged, {}}, {judged, {"--limit", "2"}}});
  expect_fresh_after({{scored, {"--limit", "2"}}, {scored, {"--limit", "1"}}});
}

TEST(ChangedKeys, TheOrderOfUsersAndMethodsIsThatOfTheConfig) {
  const Json judged = world().config(Base::judged);
  Json turned = judged;
  std::reverse(turned["users"].begin(), turned["users"].end());
  std::reverse(turned["generate"]["methods"].begin(), turned["generate"]["methods"].end());
  expect_fresh_after({{judged, {}}, {turned, {}}});
}

TEST(ChangedKeys, RejectsStandInTheOrderOfTheChain) {
  Json config = world().config(Base::judged);
  // Too small for some prompts of every stage.
  config["models"]["planted"]["context_window"] = 640;
  Json changed = config;
  changed["synthesize"]["temperature"] = 0.4;
  expect_fresh_after({{config, {}}, {changed, {}}});
  Json judge_alone = changed;
  judge_alone["judge"]["temperature"] = 0.4;
  expect_fresh_after({{changed, {}}, {judge_alone, {}}});
}

TEST(ChangedKeys, EveryKeySaysWhatItMeansForTheOutput) {
  for (const KeyDeclaration& key : config_keys()) {
    EXPECT_FALSE(std::holds_alternative<std::monostate>(key.bearing))
        << key.path << ": its declaration has neither another value (Decides) nor a reason (Irrelevant)";
    if (const auto* decides = std::get_if<Decides>(&key.bearing)) {
      EXPECT_FALSE(decides->others.empty()) << key.path;
    }
  }
}

}  // namespace
}  // namespace recon::support
