#include "recon/config/config_tree.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::message_of;
using support::put;
using support::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A config as a command might read it.
struct Example {
  std::string run_dir = "runs/default";
  std::uint64_t seed = 42;
  double rate = 0.5;
  bool fast = false;
  int k = 8;
  std::optional<double> temperature = 0.6;
  std::optional<int> top_k;
  std::optional<std::string> note;
  std::string unit = "session";
  std::vector<std::string> methods{"backward"};
  Json extra = Json::object();
  std::vector<std::pair<std::string, std::string>> models;
  std::vector<std::string> users;
  std::map<std::string, std::string> prompts;

  static Example read(const ConfigDocument& document) {
    Example result;
    ConfigSection root = document.root();
    root.value("run_dir", result.run_dir, "where files go");
    root.value("seed", result.seed, "of every random choice");
    root.value("rate", result.rate, "a rate");
    root.value("fast", result.fast, "whether to hurry");
    root.section("retrieve", "neighbours", [&](ConfigSection& section) {
      section.value("k", result.k, "how many");
      section.value("temperature", result.temperature, "of sampling");
      section.value("top_k", result.top_k, "of sampling");
      section.value("note", result.note, "free text");
    });
    root.section("split", "splits", [&](ConfigSection& section) {
      section.choice("unit", result.unit, {"session", "group"}, "what stays together");
    });
    root.value("methods", result.methods, "compared");
    root.value("extra_body", result.extra, "sent as it is");
    root.entries("models", "by name", [&](const std::string& name, ConfigSection& section) {
      std::string provider;
      section.required("provider", provider, "which kind");
      result.models.emplace_back(name, provider);
    });
    root.list("users", "people", [&](ConfigSection& section) {
      std::string id;
      section.required("id", id, "of the user");
      result.users.push_back(id);
    });
    root.strings("prompts", result.prompts, "files");
    root.finish();
    return result;
  }
};

Example read(const std::string& yaml, const std::vector<std::string>& sets = {},
             const ConfigDocument::Environment& environment = {}) {
  return Example::read(ConfigDocument::parse(yaml, "c.yaml", sets, environment));
}

std::string refusal(const std::string& yaml, const std::vector<std::string>& sets = {},
                    const ConfigDocument::Environment& environment = {}) {
  return message_of<UsageError>([&] { read(yaml, sets, environment); });
}

TEST(ConfigTest, AnEmptyFileGivesTheDefaults) {
  for (const char* yaml : {"", "# a comment\n", "---\n", "retrieve:\nmodels:\nusers:\n"}) {
    const Example example = read(yaml);
    EXPECT_EQ(example.run_dir, "runs/default");
    EXPECT_EQ(example.seed, 42U);
    EXPECT_EQ(example.temperature, 0.6);
    EXPECT_EQ(example.top_k, std::nullopt);
    EXPECT_THAT(example.methods, ElementsAre("backward"));
  }
}

TEST(ConfigTest, ReadsEveryKindOfValue) {
  const Example example = read(R"(
run_dir: runs/x
seed: 18446744073709551615
rate: 1e-3
fast: true
retrieve: {k: -3, temperature: 1, top_k: 20, note: "null"}
split: {unit: group}
methods: [a, b]
extra_body: {flag: true, text: "true", number: 1.5, list: [1, null], nested: {a: b}}
models:
  zeta: {provider: openai}
  alpha: {provider: llama}
users:
  - {id: first}
  - {id: second}
prompts: {judge: file.mustache}
)");
  EXPECT_EQ(example.run_dir, "runs/x");
  EXPECT_EQ(example.seed, 18446744073709551615ULL);
  EXPECT_DOUBLE_EQ(example.rate, 0.001);
  EXPECT_TRUE(example.fast);
  EXPECT_EQ(example.k, -3);
  EXPECT_EQ(example.temperature, 1.0);
  EXPECT_EQ(example.top_k, 20);
  EXPECT_EQ(example.unit, "group");
  EXPECT_THAT(example.methods, ElementsAre("a", "b"));
  EXPECT_EQ(example.extra.dump(),
            R"({"flag":true,"text":"true","number":1.5,"list":[1,null],"nested":{"a":"b"}})");
  EXPECT_THAT(example.models, ElementsAre(testing::Pair("zeta", "openai"), testing::Pair("alpha", "llama")));
  EXPECT_THAT(example.users, ElementsAre("first", "second"));
  EXPECT_THAT(example.prompts, ElementsAre(testing::Pair("judge", "file.mustache")));
}

TEST(ConfigTest, QuotedNullIsText) { EXPECT_EQ(read("retrieve: {note: \"null\"}").note, "null"); }

TEST(ConfigTest, NullTakesADefaultAway) {
  EXPECT_EQ(read("retrieve: {temperature: null}").temperature, std::nullopt);
  EXPECT_EQ(read("retrieve: {temperature: ~}").temperature, std::nullopt);
}

TEST(ConfigTest, AnUnknownKeyIsNamedWithFileLineAndTheNearestKnown) {
  const auto message = refusal("seed: 1\n\nretrieve:\n  k: 3\n  temprature: 1\n");
  EXPECT_THAT(message, StartsWith("c.yaml:5: "));
  EXPECT_THAT(message, HasSubstr("'retrieve.temprature'"));
  EXPECT_THAT(message, HasSubstr("'temperature'"));
  EXPECT_THAT(refusal("rundir: x\n"), HasSubstr("'run_dir'"));
  EXPECT_THAT(refusal("something_else_entirely: x\n"),
              testing::AllOf(HasSubstr("c.yaml:1"), HasSubstr("run_dir")));
  EXPECT_THAT(refusal("models:\n  m: {provider: x, providr: y}\n"),
              HasSubstr("c.yaml:2: key 'models.m.providr'"));
  EXPECT_THAT(refusal("users:\n  - {id: a}\n  - id: b\n    nam: c\n"),
              HasSubstr("c.yaml:4: key 'users.1.nam'"));
}

TEST(ConfigTest, AWrongTypeIsNamedWithWhatWasFoundAndExpected) {
  struct Case {
    const char* yaml;
    const char* place;
    const char* found;
  };
  for (const Case& wrong : {
           Case{"run_dir: [a]", "c.yaml:1: key 'run_dir'", "list"},
           Case{"run_dir:", "'run_dir'", "null"},
           Case{"seed: -1", "'seed'", "'-1'"},
           Case{"seed: 1.5", "'seed'", "'1.5'"},
           Case{"seed: 18446744073709551616", "'seed'", "'18446744073709551616'"},
           Case{"rate: fast", "'rate'", "'fast'"},
           Case{"rate: .nan", "'rate'", "'.nan'"},
           Case{"rate: 1,5", "'rate'", "'1,5'"},
           Case{"fast: yes", "'fast'", "'yes'"},
           Case{"fast: 1", "'fast'", "'1'"},
           Case{"retrieve: {k: 3.0}", "'retrieve.k'", "'3.0'"},
           Case{"retrieve: {k: 99999999999}", "'retrieve.k'", "'99999999999'"},
           Case{"retrieve: 8", "'retrieve'", "'8'"},
           Case{"retrieve: [k]", "'retrieve'", "list"},
           Case{"retrieve: {temperature: hot}", "'retrieve.temperature'", "'hot'"},
           Case{"split: {unit: day}", "'split.unit'", "session, group"},
           Case{"methods: backward", "'methods'", "'backward'"},
           Case{"methods: [[a]]", "'methods'", "list"},
           Case{"extra_body: 3", "'extra_body'", "'3'"},
           Case{"models: [a]", "'models'", "list"},
           Case{"models: {m: 3}", "'models", "mapping"},
           Case{"users: {id: a}", "'users'", "mapping"},
           Case{"users: [a]", "'users", "mapping"},
           Case{"prompts: {a: {b: c}}", "'prompts", "strings"},
       }) {
    const auto message = refusal(wrong.yaml);
    EXPECT_THAT(message, testing::AllOf(HasSubstr("c.yaml"), HasSubstr(wrong.place), HasSubstr(wrong.found)))
        << wrong.yaml;
  }
}

TEST(ConfigTest, ARequiredKeyThatIsMissingIsNamedWithItsMeaning) {
  EXPECT_THAT(
      refusal("seed: 1\nmodels:\n  m: {}\n"),
      testing::AllOf(HasSubstr("c.yaml:3"), HasSubstr("'models.m.provider'"), HasSubstr("which kind")));
  EXPECT_NE(refusal("models: {m: {provider: \"\"}}"), "nothing was thrown");
}

TEST(ConfigTest, DuplicateKeysAreRefusedAtEveryDepth) {
  EXPECT_THAT(refusal("seed: 1\nrate: 2\nseed: 3\n"),
              testing::AllOf(StartsWith("c.yaml:3"), HasSubstr("'seed'")));
  EXPECT_THAT(refusal("models:\n  m: {provider: a}\n  m: {provider: b}\n"),
              testing::AllOf(StartsWith("c.yaml:3"), HasSubstr("'m'")));
  EXPECT_THAT(refusal("users:\n  - {id: a, id: b}\n"),
              testing::AllOf(StartsWith("c.yaml:2"), HasSubstr("'id'")));
}

TEST(ConfigTest, WhatIsNoYamlMappingIsRefused) {
  EXPECT_THAT(refusal("seed: 1\nmodels: {a: [\n"), StartsWith("c.yaml:"));
  EXPECT_THAT(refusal("seed: 1\n\trate: 2\n"), StartsWith("c.yaml:"));
  EXPECT_THAT(refusal("[a, b]"), StartsWith("c.yaml"));
  EXPECT_THAT(refusal("just text"), StartsWith("c.yaml"));
  EXPECT_THAT(refusal("run_dir: \"\xFF\""), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("? [a]\n: b\n"), StartsWith("c.yaml:1"));
}

TEST(ConfigTest, AnAliasOfItselfIsRefusedNotFollowedForEver) {
  EXPECT_NE(refusal("extra_body: &loop {again: *loop}\n"), "nothing was thrown");
}

TEST(ConfigTest, FlagsGoBeforeTheEnvironmentBeforeTheFile) {
  const std::string yaml = "seed: 1\nrate: 1\nfast: false\n";
  const ConfigDocument::Environment environment{{"RECON_SEED", "2"}, {"RECON_RATE", "2"}, {"HOME", "/x"}};
  const Example example = read(yaml, {"seed=3"}, environment);
  EXPECT_EQ(example.seed, 3U);
  EXPECT_DOUBLE_EQ(example.rate, 2.0);
  EXPECT_FALSE(example.fast);
  EXPECT_EQ(read(yaml, {"seed=3", "seed=4"}).seed, 4U) << "the last flag wins";
}

TEST(ConfigTest, OverridesReachNestedKeysThatTheFileLacks) {
  const Example example =
      read("seed: 1\n", {"retrieve.k=3", "models.m.provider=llama", "methods=[x, y]", "retrieve.top_k=null"},
           {{"RECON_RETRIEVE__TEMPERATURE", "null"}, {"RECON_SPLIT__UNIT", "group"}, {"RECON_RUN_DIR", "d"}});
  EXPECT_EQ(example.k, 3);
  EXPECT_THAT(example.models, ElementsAre(testing::Pair("m", "llama")));
  EXPECT_THAT(example.methods, ElementsAre("x", "y"));
  EXPECT_EQ(example.temperature, std::nullopt);
  EXPECT_EQ(example.unit, "group");
  EXPECT_EQ(example.run_dir, "d");
}

TEST(ConfigTest, OverridesReachItemsOfLists) {
  EXPECT_THAT(read("users: [{id: a}, {id: b}]", {"users.1.id=c"}).users, ElementsAre("a", "c"));
  EXPECT_THAT(refusal("users: [{id: a}]", {"users.1.id=c"}), HasSubstr("users.1.id"));
  EXPECT_THAT(refusal("users: [{id: a}]", {"users.x.id=c"}), HasSubstr("users.x.id"));
}

TEST(ConfigTest, AnOverrideMayHoldAnEqualsSignOrNothing) {
  EXPECT_EQ(read("", {"run_dir=a=b"}).run_dir, "a=b");
  EXPECT_EQ(read("", {"run_dir="}).run_dir, "");
}

TEST(ConfigTest, AWrongOverrideNamesTheOverride) {
  EXPECT_THAT(refusal("", {"retrieve.k=many"}),
              testing::AllOf(HasSubstr("--set retrieve.k:"), HasSubstr("'many'")));
  EXPECT_THAT(refusal("", {"retrieve.kk=1"}),
              testing::AllOf(HasSubstr("--set retrieve.kk:"), HasSubstr("'k'")));
  EXPECT_THAT(refusal("", {}, {{"RECON_RETRIEVE__K", "many"}}), HasSubstr("RECON_RETRIEVE__K"));
  for (const char* path : {"retrieve..k", ".seed", "seed.deeper", "run_dir"})
    EXPECT_THAT(refusal("seed: 1\n", {std::string(path) + "={3"}),
                HasSubstr("--set " + std::string(path) + ":"));
  EXPECT_THAT(refusal("seed: 1\n", {"seed"}), HasSubstr("--set seed: "));
  EXPECT_THAT(refusal("seed: 1\n", {"=3"}), HasSubstr("expected key.path=value"));
}

/// A value may hold a secret, and so may what was meant as one.
TEST(ConfigTest, AWrongOverrideRepeatsNoValueThatMayBeASecret) {
  for (const char* set :
       {"=canary", "http://me:canary@host", "sk-CANARY canary", "seed={canary", "seed.x=canary",
        "models.m.base_url=http://me:canary@host", "no_such_key=canary", "run_dir: canary"})
    EXPECT_THAT(refusal("seed: 1\n", {set}), testing::Not(HasSubstr("canary"))) << set;
}

TEST(ConfigTest, LoadingAMissingFileIsAUsageError) {
  const TestFolder folder;
  EXPECT_THAT(message_of<UsageError>([&] { ConfigDocument::load({folder / "none.yaml"}, {}, {}); }),
              HasSubstr("none.yaml"));
  const auto path = put(folder / "c.yaml", "seed: 7\n");
  EXPECT_EQ(Example::read(ConfigDocument::load({path}, {}, {})).seed, 7U);
}

TEST(ConfigTest, ALaterFileLiesOverTheEarlier) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"base.yaml",
       "seed: 1\nrun_dir: base\nretrieve: {k: 2, note: kept}\nmethods: [a, b]\nusers: [{id: one}, {id: "
       "two}]\n"},
      {"over.yaml", "run_dir: over\nretrieve:\n  k: 3\nmethods: [c]\nusers: [{id: three}]\n"}};
  const Example example = Example::read(ConfigDocument::parse(files, {"seed=9"}, {}));
  EXPECT_EQ(example.run_dir, "over");
  EXPECT_EQ(example.k, 3);
  EXPECT_EQ(example.note, "kept");
  EXPECT_EQ(example.seed, 9U) << "a flag lies over all files";
  EXPECT_THAT(example.methods, ElementsAre("c")) << "lists are not merged";
  EXPECT_THAT(example.users, ElementsAre("three"));
}

TEST(ConfigTest, OverridingAnEntryLeavesItsAliasesAlone) {
  const std::string base = "models:\n  one: &m {provider: openai}\n  two: *m\nextra_body: {a: &n 1, b: *n}\n";
  const auto providers = [](const Example& example) { return example.models; };
  const auto over = Example::read(ConfigDocument::parse(
      {{"base.yaml", base}, {"over.yaml", "models: {one: {provider: llama}}\n"}}, {}, {}));
  EXPECT_THAT(providers(over), ElementsAre(testing::Pair("one", "llama"), testing::Pair("two", "openai")));
  const auto set = read(base, {"models.two.provider=llama", "extra_body.a=2"});
  EXPECT_THAT(providers(set), ElementsAre(testing::Pair("one", "openai"), testing::Pair("two", "llama")));
  EXPECT_EQ(set.extra.dump(), R"({"a":2,"b":1})");
}

TEST(ConfigTest, AMistakeIsLaidAtTheDoorOfItsOwnFile) {
  const std::string base = "seed: 1\nretrieve:\n  k: 2\nusers: [{id: one}]\n";
  const auto refused = [&](const std::string& over) {
    return message_of<UsageError>([&] {
      static_cast<void>(
          Example::read(ConfigDocument::parse({{"base.yaml", base}, {"over.yaml", over}}, {}, {})));
    });
  };
  EXPECT_THAT(refused("\n\nretrieve:\n  k: many\n"), StartsWith("over.yaml:4: key 'retrieve.k'"));
  EXPECT_THAT(refused("retrieve: {kk: 1}\n"), StartsWith("over.yaml:1: key 'retrieve.kk'"));
  EXPECT_THAT(refused("users:\n  - {id: one, nam: x}\n"), StartsWith("over.yaml:2:"));
  EXPECT_THAT(refused("seed: [1\n"), StartsWith("over.yaml:"));
  EXPECT_THAT(refused("- seed\n"), StartsWith("over.yaml: "));
}

TEST(ConfigTest, HasAndWhere) {
  const ConfigDocument document = ConfigDocument::parse("seed: 1\nretrieve:\n  k: 2\n", "c.yaml");
  ConfigSection root = document.root();
  EXPECT_TRUE(root.has("seed"));
  EXPECT_FALSE(root.has("rate"));
  root.section("retrieve", "", [](ConfigSection& section) {
    int k = 0;
    section.value("k", k, "");
    EXPECT_EQ(section.where("k"), "c.yaml:3: key 'retrieve.k'");
    EXPECT_THAT(section.where("missing"),
                testing::AllOf(StartsWith("c.yaml:"), HasSubstr("'retrieve.missing'")));
  });
}

TEST(ConfigTest, TheSchemaDescribesEveryKeyThatIsRead) {
  const ConfigDocument document = ConfigDocument::describing();
  static_cast<void>(Example::read(document));
  const Json schema = document.schema();
  EXPECT_EQ(schema.at("additionalProperties"), false);
  const Json& keys = schema.at("properties");
  for (const char* key : {"run_dir", "seed", "rate", "fast", "retrieve", "split", "methods", "extra_body",
                          "models", "users", "prompts"}) {
    ASSERT_TRUE(keys.contains(key)) << key;
  }
  EXPECT_EQ(keys.at("run_dir").at("default"), "runs/default");
  EXPECT_EQ(keys.at("run_dir").at("description"), "where files go");
  EXPECT_EQ(keys.at("retrieve").at("properties").at("k").at("type"), "integer");
  EXPECT_EQ(keys.at("retrieve").at("properties").at("temperature").at("type"),
            Json::parse(R"(["number", "null"])"));
  EXPECT_EQ(keys.at("split").at("properties").at("unit").at("enum"), Json::parse(R"(["session", "group"])"));
  EXPECT_EQ(keys.at("models").at("additionalProperties").at("required"), Json::parse(R"(["provider"])"));
  EXPECT_EQ(keys.at("users").at("items").at("properties").at("id").at("type"), "string");
}

TEST(ConfigTree, DeclarationsSayWhatAKeyMeansForTheOutput) {
  const ConfigDocument document = ConfigDocument::describing();
  ConfigSection root = document.root();
  std::string provider;
  int k = 8;
  std::string note;
  double price = 0;
  root.value("k", k, "how many", Decides{"2", "3"});
  root.value("note", note, "free text");
  root.entries("models", "by name", [&](const std::string&, ConfigSection& section) {
    section.required("provider", provider, "of answers");
    section.choice("provider", provider, {"openai", "llama"}, "of answers", Decides{"llama"});
    section.section("price", "USD", [&](ConfigSection& nested) {
      nested.value("prompt", price, "prompt tokens", Irrelevant{Because::money, "3"});
    });
  });
  root.list("users", "people", [&](ConfigSection& section) { section.required("id", note, "short name"); });
  std::map<std::string, std::string> described;
  for (const KeyDeclaration& key : document.declarations()) {
    std::string& text = described[key.path];
    if (const auto* decides = std::get_if<Decides>(&key.bearing)) {
      for (const std::string& other : decides->others) text += "decides " + other + " ";
    } else if (const auto* irrelevant = std::get_if<Irrelevant>(&key.bearing)) {
      text = std::string(to_string(irrelevant->reason)) + " " + irrelevant->other;
    }
  }
  EXPECT_EQ(described, (std::map<std::string, std::string>{{"k", "decides 2 decides 3 "},
                                                           {"note", ""},
                                                           {"models.*.provider", "decides llama "},
                                                           {"models.*.price.prompt", "it is about money 3"},
                                                           {"users.*.id", ""}}));
  EXPECT_EQ(document.schema().dump().find("money"), std::string::npos) << "the schema is for editors";
}

TEST(ConfigTree, ARangeIsTwoWholeNumbersOrNull) {
  const auto read = [](const std::string& text) {
    const ConfigDocument document = ConfigDocument::parse("words: " + text + "\n", "test.yaml");
    ConfigSection root = document.root();
    std::optional<IntegerRange> range = IntegerRange{80, 150};
    root.range("words", range, 1, "of a text");
    root.finish();
    return range;
  };
  EXPECT_EQ(read("[15, 30]"), (IntegerRange{15, 30}));
  EXPECT_EQ(read("[1, 1]"), (IntegerRange{1, 1}));
  EXPECT_EQ(read("null"), std::nullopt);
  for (const char* wrong : {"[30, 15]", "[0, 15]", "[-2, 15]", "[15]", "[1, 2, 3]", "[1.5, 3]", "[one, two]",
                            "15", "many", "{least: 1, most: 2}", "[]", "[1, 99999999999]", "[[1, 2], 3]"}) {
    try {
      (void)read(wrong);
      FAIL() << "accepted " << wrong;
    } catch (const UsageError& problem) {
      EXPECT_THAT(problem.what(), testing::HasSubstr("test.yaml:1: key 'words'")) << wrong;
      EXPECT_THAT(problem.what(), testing::HasSubstr("such as [80, 150]")) << wrong;
    }
  }
}

}  // namespace
}  // namespace recon
